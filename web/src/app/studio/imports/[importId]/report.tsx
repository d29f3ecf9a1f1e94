import Link from 'next/link';
import type { Import, ImportItem, ItemOutcome } from '@/client';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { TableTabs } from '@/components/studio/table-tabs';
import { Badge } from '@/components/ui/badge';
import { Empty } from '@/components/ui/empty';
import { count, messages } from '@/messages';
import { OUTCOMES, outcomeNames } from '../counts';

const { imports: words } = messages;
const { report } = words.one;
const TONES = { created: 'good', updated: 'accent', unchanged: 'plain', skipped: 'plain', failed: 'bad' } as const;

export const ITEMS_PER_PAGE = 50;

/** The files that a report shows: of one outcome, those with notes, or all. */
export type ReportFilter = ItemOutcome | 'notes' | undefined;

/** Return the address of an import's page with the files of a filter. */
export const reportUrl = (id: string, filter: ReportFilter) => `/studio/imports/${id}${filter ? `?files=${filter}` : ''}`;

type ReportProps = { import: Import; items: ImportItem[]; filter: ReportFilter; page: number; total: number };

/** What became of each file. */
export function Report({ import: one, items, filter, page, total }: ReportProps) {
  const { columns } = report;
  const hasEnded = one.finished_at !== null;
  const { counts } = one;
  const tabs: { of: ReportFilter; name: string; number: number }[] = [
    { of: undefined, name: report.all, number: OUTCOMES.reduce((sum, each) => sum + counts[each], 0) },
    ...OUTCOMES.map((each) => ({ of: each, name: outcomeNames(one)[each], number: counts[each] })),
  ];
  return (
    <section aria-labelledby="report" className="grid gap-4">
      <h2 id="report" className="font-serif text-xl font-semibold">
        {report.title}
      </h2>
      <TableTabs
        label={report.filter}
        tabs={[
          ...tabs
            .filter(({ of, number }) => !of || number > 0 || of === filter)
            .map(({ of, name, number }) => ({ name: report.tab(name, count(number)), href: reportUrl(one.id, of), current: of === filter })),
          // Counted are the notes, and a file may have several.
          ...(counts.notes > 0 ? [{ name: report.notes, href: reportUrl(one.id, 'notes'), current: filter === 'notes' }] : []),
        ]}
      />
      {items.length === 0 ? (
        <Empty title={hasEnded || filter ? report.empty.none : report.empty.waiting} />
      ) : (
        <Table label={report.title} columns={[{ name: columns.file }, { name: columns.outcome }, { name: columns.post, hidden: true, end: true }]}>
          {items.map((item) => (
            <ItemRow key={item.id} item={item} outcomes={outcomeNames(one)} />
          ))}
        </Table>
      )}
      <Pager path={reportUrl(one.id, filter)} params={{ page, search: '' }} total={total} perPage={ITEMS_PER_PAGE} words={report.shown} />
    </section>
  );
}

function ItemRow({ item: { path, outcome, reason, notes, post_id, slug, title, status }, outcomes }: { item: ImportItem; outcomes: Record<ItemOutcome, string> }) {
  const { columns } = report;
  return (
    <Row>
      <Cell className="sm:w-full">
        {title && <p className="font-serif text-base font-medium break-words">{title}</p>}
        <p className="text-ink-soft font-mono text-xs break-all">{path}</p>
        {reason && <p className={outcome === 'failed' ? 'text-bad break-words' : 'text-ink-soft break-words'}>{reason}</p>}
        {notes.length > 0 && (
          <ul className="text-ink-soft grid list-disc gap-0.5 ps-4 pt-1">
            {notes.map((note) => (
              <li key={note} className="break-words">
                {note}
              </li>
            ))}
          </ul>
        )}
      </Cell>
      <Cell label={columns.outcome}>
        <Badge tone={TONES[outcome]}>{outcomes[outcome]}</Badge>
      </Cell>
      <Cell end>{post_id && <PostLinks id={post_id} slug={slug} title={title ?? path} isPublic={status === 'published' || status === 'archived'} />}</Cell>
    </Row>
  );
}

type PostLinksProps = { id: string; slug: string | null; title: string; isPublic: boolean };

function PostLinks({ id, slug, title, isPublic }: PostLinksProps) {
  const look = 'text-accent underline underline-offset-4';
  return (
    <span className="flex justify-end gap-3 whitespace-nowrap max-sm:justify-start">
      <Link href={`/studio/posts/${id}`} prefetch={false} aria-label={report.editLabel(title)} className={look}>
        {report.edit}
      </Link>
      {slug && isPublic && (
        <Link href={`/posts/${slug}`} prefetch={false} aria-label={report.viewLabel(title)} className={look}>
          {report.view}
        </Link>
      )}
    </span>
  );
}
