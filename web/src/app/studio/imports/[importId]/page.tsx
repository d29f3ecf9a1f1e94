import type { Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { getImport, getJob, type Import, listImportItems } from '@/client';
import { unwrap } from '@/api/unwrap';
import { ManagePage } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { Badge } from '@/components/ui/badge';
import { isUuid } from '@/lib/uuid';
import { fileSize, messages, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { OUTCOMES } from '../counts';
import { ImportProgress, RemoveImport } from './import-progress';
import { ITEMS_PER_PAGE, Report, reportUrl } from './report';

const { imports: words } = messages;
const FILTERS = [...OUTCOMES, 'notes'] as const;

export const metadata: Metadata = { title: words.title };

type PageParams = { params: Promise<{ importId: string }>; searchParams: Promise<Query> };

export default async function ImportPage({ params, searchParams }: PageParams) {
  await requireRole('admin');
  const { importId: import_id } = await params;
  if (!isUuid(import_id)) notFound();
  const query = await searchParams;
  const { page } = parseListParams(query);
  const filter = FILTERS.find((each) => each === searchParam(query, 'files'));
  const client = await sessionClient();
  const [found, listed] = await Promise.all([
    getImport({ client, path: { import_id } }),
    listImportItems({ client, path: { import_id }, query: { page, per_page: ITEMS_PER_PAGE, ...(filter === 'notes' ? { has_notes: true } : { outcome: filter }) } }),
  ]);
  const one = unwrap('getImport', found);
  const items = unwrap('listImportItems', listed);
  const total = totalCount(listed);
  if (page > lastPage(total, ITEMS_PER_PAGE)) redirect(listUrl(reportUrl(import_id, filter), { page: lastPage(total, ITEMS_PER_PAGE) }));
  // Jobs are kept for some days, imports for longer.
  const { data: job } = await getJob({ client, path: { job_id: one.job_id } });
  return (
    <ManagePage title={<span className="break-all">{one.file_name}</span>} lead={<About import={one} />} back={{ href: '/studio/imports', name: words.back }}>
      <ImportProgress import={one} job={job} />
      <Report import={one} items={items} filter={filter} page={page} total={total} />
      <RemoveImport id={one.id} />
    </ManagePage>
  );
}

/** What was uploaded, by whom, and how it is read. */
function About({ import: { created_by, author, created_at, size_bytes, dry_run, summary } }: { import: Import }) {
  const time = shortTime(created_at);
  return (
    <span className="grid gap-1">
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {dry_run && <Badge>{words.one.dryRun}</Badge>}
        <span>{created_by ? words.one.by(created_by.display_name, time) : time}</span>
        <span>{fileSize(size_bytes)}</span>
      </span>
      {author && <span>{words.one.author(author.display_name)}</span>}
      {summary && <span className="break-words">{summary}</span>}
    </span>
  );
}
