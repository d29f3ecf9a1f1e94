import { messages } from '@/messages';

/** Which blogs can be imported, and what becomes of them. */
export function ImportableKinds() {
  const { kinds } = messages.imports;
  return (
    <details className="w-full text-sm">
      <summary className="text-ink-soft hover:text-ink w-fit cursor-pointer">{kinds.title}</summary>
      <div className="text-ink-soft grid max-w-prose gap-3 pt-3">
        <p>{kinds.lead}</p>
        <dl className="divide-line border-line grid divide-y border-y">
          {kinds.list.map(({ name, text }) => (
            <div key={name} className="py-2 sm:grid sm:grid-cols-[11rem_minmax(0,1fr)] sm:gap-4">
              <dt className="text-ink font-medium">{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <p>{kinds.then}</p>
      </div>
    </details>
  );
}
