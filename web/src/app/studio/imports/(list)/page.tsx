import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { type Export, getJob, type Import, type JobState, listExports, listImports } from '@/client';
import type { Client } from '@/client/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { JobBadge } from '@/components/studio/live-job';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { ManagePage, SettingsSection } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, totalCount, type Query } from '@/components/studio/table-params';
import { Badge } from '@/components/ui/badge';
import { Empty } from '@/components/ui/empty';
import { fileSize, messages, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { countsOf } from '../counts';
import { Exports, type ExportWithJob } from './exports';
import { ImportForm } from './import-form';
import { ImportableKinds } from './importable-kinds';

const { imports: words } = messages;
const PATH = '/studio/imports';
/** While something runs. */
const REFRESH_MS = 5_000;
/** Exports are kept for some days: there are never many. */
const EXPORTS_SHOWN = 10;

export const metadata: Metadata = { title: words.title };

export default async function ImportsPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { username } = await requireRole('admin');
  const { page } = parseListParams(await searchParams);
  const client = await sessionClient();
  const [result, exported] = await Promise.all([
    listImports({ client, query: { page, per_page: PER_PAGE } }),
    listExports({ client, query: { per_page: EXPORTS_SHOWN } }),
  ]);
  const imports = unwrap('listImports', result);
  const exports = await Promise.all(unwrap('listExports', exported).map((one) => withJob(one, client)));
  const total = totalCount(result);
  if (page > lastPage(total)) redirect(listUrl(PATH, { page: lastPage(total) }));
  return (
    <ManagePage title={words.title} lead={words.lead}>
      <SettingsSection title={words.add.title} lead={words.add.lead}>
        <ImportableKinds />
        <ImportForm username={username} />
      </SettingsSection>
      <SettingsSection title={words.exports.title} lead={words.exports.lead}>
        <Exports exports={exports} />
      </SettingsSection>
      <section aria-labelledby="imports" className="border-line grid gap-3 border-t pt-7">
        <h2 id="imports" className="font-serif text-xl font-semibold">
          {words.list.title}
        </h2>
        <ImportTable imports={imports} />
        <Pager path={PATH} params={{ page, search: '' }} total={total} words={words.list.shown} />
      </section>
      {(imports.some(isLive) || exports.some(({ one }) => isLive(one))) && <KeepFresh everyMs={REFRESH_MS} />}
    </ManagePage>
  );
}

const isLive = ({ state }: { state: JobState }) => state === 'waiting' || state === 'running';

/** Return an export with its job, while that is not finished. */
async function withJob(one: Export, client: Client): Promise<ExportWithJob> {
  if (!isLive(one)) return { one };
  return { one, job: (await getJob({ client, path: { job_id: one.job_id } })).data };
}

function ImportTable({ imports }: { imports: Import[] }) {
  const { columns, empty } = words.list;
  if (imports.length === 0) return <Empty title={empty.title}>{empty.text}</Empty>;
  return (
    <Table
      label={words.list.title}
      columns={[{ name: columns.file }, { name: columns.state }, { name: columns.time }]}
    >
      {imports.map((one) => (
        <ImportRow key={one.id} import={one} />
      ))}
    </Table>
  );
}

function ImportRow({ import: one }: { import: Import }) {
  const { columns, by, dryRun } = words.list;
  return (
    <Row>
      <Cell className="sm:w-full">
        <p className="break-all">
          <RowLink href={`${PATH}/${one.id}`}>{one.file_name}</RowLink>
        </p>
        <p className="text-ink-soft break-words">{countsOf(one)}</p>
        <p className="text-ink-faint break-words">
          {[fileSize(one.size_bytes), one.created_by && by(one.created_by.display_name)].filter(Boolean).join(' · ')}
        </p>
      </Cell>
      <Cell label={columns.state}>
        <span className="flex flex-wrap items-center gap-1.5">
          <JobBadge state={one.state} />
          {one.dry_run && <Badge>{dryRun}</Badge>}
        </span>
      </Cell>
      <Cell label={columns.time} className="text-ink-soft whitespace-nowrap">
        <time dateTime={one.created_at}>{shortTime(one.created_at)}</time>
      </Cell>
    </Row>
  );
}
