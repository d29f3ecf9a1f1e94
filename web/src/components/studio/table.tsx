import { cn } from '@/lib/classes';

export type Column = { name: string; end?: boolean; hidden?: boolean };

/**
 * A table that becomes a pile of cards on phones. The roles are said aloud: what is not displayed as a table would be
 * none for a screen reader.
 */
export function Table({ label, columns, children }: { label: string; columns: Column[]; children: React.ReactNode }) {
  return (
    <table role="table" aria-label={label} className="w-full border-collapse text-sm max-sm:block">
      <thead role="rowgroup" className="text-ink-faint max-sm:sr-only">
        <tr role="row">
          {columns.map(({ name, end, hidden }) => (
            <th key={name} role="columnheader" scope="col" className={cn('pe-4 pb-2 text-start font-normal last:pe-0', end && 'text-end')}>
              {hidden ? <span className="sr-only">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" className="divide-line border-line sm:divide-y sm:border-y max-sm:grid max-sm:gap-3">
        {children}
      </tbody>
    </table>
  );
}

/** Row of a table; a `RowLink` in it makes the whole row clickable. */
export function Row({ children }: { children: React.ReactNode }) {
  return (
    <tr
      role="row"
      className="sm:hover:bg-sunken/60 max-sm:border-line max-sm:bg-surface max-sm:rounded-card relative max-sm:grid max-sm:gap-1.5 max-sm:border max-sm:p-4"
    >
      {children}
    </tr>
  );
}

type CellProps = { label?: string; end?: boolean; className?: string; children: React.ReactNode };

/** `label` is shown before the value on narrow screens, where rows are cards. */
export function Cell({ label, end = false, className, children }: CellProps) {
  return (
    <td role="cell" className={cn('py-3.5 pe-4 align-middle last:pe-0 max-sm:p-0', end && 'sm:text-end', label && 'max-sm:flex max-sm:justify-between max-sm:gap-4', className)}>
      {label && (
        <span aria-hidden className="text-ink-faint sm:hidden">
          {label}
        </span>
      )}
      {children}
    </td>
  );
}
