import type { Metadata } from 'next';
import Link from 'next/link';
import { type AuditEntry, listAuditEntries } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Table } from '@/components/studio/table';
import { ManagePage } from '@/components/studio/table-page';
import { PER_PAGE, type Query } from '@/components/studio/table-params';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { viewerTimeZone } from '@/session/time-zone';
import { LogEntry, nameOf, typeName } from './log-entry';
import { LogFilter } from './log-filter';
import { exportUrl, logQuery, logUrl, parseLogParams, type LogParams } from './log-query';

const { audit: words } = messages;

export const metadata: Metadata = { title: words.title };

/** Who did what; the history of one object or one account, if the URL names it. */
export default async function AuditPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('admin');
  const params = parseLogParams(await searchParams);
  const { after, ...filters } = params;
  const query = logQuery(filters, await viewerTimeZone());
  const result = await listAuditEntries({ client: await sessionClient(), query: { ...query, after, per_page: PER_PAGE } });
  const found = unwrap('listAuditEntries', result);
  const hasMore = result.response?.headers.get('link')?.includes('rel="next"') ?? false;
  return (
    <ManagePage title={words.title} lead={words.lead}>
      <Only filters={filters} entries={found} />
      <LogFilter params={params} />
      <Entries found={found} isFiltered={Object.keys(params).length > 0} />
      <Pages filters={filters} isLater={after !== undefined} next={hasMore ? found.at(-1)?.cursor : undefined} />
      {found.length > 0 && (
        <p className="flex flex-wrap gap-2">
          {(['csv', 'ndjson'] as const).map((format) => (
            <Button key={format} asChild look="secondary" size="small">
              <a href={exportUrl(query, format)} download>
                {words.download[format]}
              </a>
            </Button>
          ))}
        </p>
      )}
    </ManagePage>
  );
}

/** Says of which object or account this is the history. */
function Only({ filters: { object_type, object_id, actor_id }, entries }: { filters: LogParams; entries: AuditEntry[] }) {
  const actor = entries[0]?.actor;
  return (
    <>
      {object_type && object_id && <p className="wrap-anywhere">{words.only.object(typeName(object_type), object_id)}</p>}
      {actor_id && <p className="wrap-anywhere">{words.only.actor(actor ? nameOf(actor) : words.account(Number(actor_id)))}</p>}
    </>
  );
}

function Entries({ found, isFiltered }: { found: AuditEntry[]; isFiltered: boolean }) {
  const { columns, empty, none } = words;
  if (found.length === 0) return isFiltered ? <Empty title={none.title}>{none.text}</Empty> : <Empty title={empty.title}>{empty.text}</Empty>;
  return (
    <Table
      label={words.title}
      columns={[{ name: columns.what }, { name: columns.who }, { name: columns.time }, { name: columns.more, hidden: true, end: true }]}
    >
      {found.map((entry) => (
        <LogEntry key={entry.id} entry={entry} />
      ))}
    </Table>
  );
}

/** Links to the newest and to older entries. */
function Pages({ filters, isLater, next }: { filters: LogParams; isLater: boolean; next?: string }) {
  if (!isLater && !next) return null;
  return (
    <nav aria-label={words.pages} className="flex flex-wrap gap-2">
      {isLater && (
        <Button asChild look="secondary" size="small">
          <Link href={logUrl(filters)}>{words.newest}</Link>
        </Button>
      )}
      {next && (
        <Button asChild look="secondary" size="small">
          <Link href={logUrl({ ...filters, after: next })} rel="next">
            {words.older}
          </Link>
        </Button>
      )}
    </nav>
  );
}
