import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { type ApiKey, listApiKeys } from '@/client';
import { unwrap } from '@/api/unwrap';
import { WithStepUp } from '@/app/with-step-up';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { Confirm } from '@/components/studio/table-confirm';
import { ManagePage, SettingsSection } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableTabs } from '@/components/studio/table-tabs';
import { Badge } from '@/components/ui/badge';
import { Empty } from '@/components/ui/empty';
import { messages, shortDate, shortTime } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';
import { revokeKey } from './actions';
import { NewKey } from './new-key';

const { account, apiKeys: words } = messages;
const PATH = '/studio/api-keys';

export const metadata: Metadata = { title: words.title };

export default async function ApiKeysPage({ searchParams }: { searchParams: Promise<Query> }) {
  const user = await requireUser();
  const query = await searchParams;
  const { page } = parseListParams(query);
  const owner = user.role === 'admin' && searchParam(query, 'owner') === 'everyone' ? 'everyone' : 'me';
  const path = owner === 'me' ? PATH : `${PATH}?owner=${owner}`;
  const result = await listApiKeys({ client: await sessionClient(), query: { page, per_page: PER_PAGE, owner } });
  const keys = unwrap('listApiKeys', result);
  const total = totalCount(result);
  if (page > lastPage(total)) redirect(listUrl(path, { page: lastPage(total) }));
  return (
    <ManagePage title={words.title} lead={words.lead} back={{ href: '/account', name: account.title }}>
      <WithStepUp>
        <SettingsSection title={words.add.title} lead={words.add.lead}>
          <NewKey role={user.role} />
        </SettingsSection>
        {user.role === 'admin' && (
          <TableTabs
            label={words.whose}
            tabs={[
              { name: words.mine, href: PATH, current: owner === 'me' },
              { name: words.everyone, href: `${PATH}?owner=everyone`, current: owner === 'everyone' },
            ]}
          />
        )}
        {keys.length === 0 ? <Empty title={words.empty.title}>{words.empty.text}</Empty> : <Keys keys={keys} owner={owner} />}
        <Pager path={path} params={{ page, search: '' }} total={total} words={words.shownKeys} />
      </WithStepUp>
    </ManagePage>
  );
}

function Keys({ keys, owner }: { keys: ApiKey[]; owner: 'me' | 'everyone' }) {
  const { columns } = words;
  return (
    <Table
      label={words.title}
      columns={[
        { name: columns.key },
        { name: columns.used },
        { name: columns.expires },
        { name: columns.actions, hidden: true, end: true },
      ]}
    >
      {keys.map((key) => (
        <KeyRow key={key.id} apiKey={key} owner={owner === 'everyone' ? key.owner.display_name : undefined} />
      ))}
    </Table>
  );
}

function KeyRow({ apiKey, owner }: { apiKey: ApiKey; owner?: string }) {
  const { id, name, prefix, scopes, created_at, expires_at, last_used_at } = apiKey;
  const { columns, revoke } = words;
  return (
    <Row>
      <Cell className="break-words sm:w-full">
        <p className="font-serif text-lg font-medium break-words">{name}</p>
        <p className="text-ink-soft font-mono text-xs break-all">{`${prefix}…`}</p>
        <p className="text-ink-soft mt-1 text-sm break-words">{scopes.join(', ')}</p>
        <p className="text-ink-faint text-sm">{[owner && words.owner(owner), words.created(shortDate(created_at))].filter(Boolean).join(', ')}</p>
      </Cell>
      <Cell label={columns.used} className="whitespace-nowrap">
        {last_used_at ? <time dateTime={last_used_at}>{shortTime(last_used_at)}</time> : words.never}
      </Cell>
      <Cell label={columns.expires} className="whitespace-nowrap">
        {hasPassed(expires_at) ? <Badge tone="warn">{words.expired}</Badge> : <time dateTime={expires_at}>{shortDate(expires_at)}</time>}
      </Cell>
      <Cell end>
        <Confirm
          open={revoke.open}
          openLabel={revoke.labelOf(name)}
          look="quiet"
          size="small"
          title={revoke.ask(name)}
          text={revoke.text}
          fields={{ key_id: id, name }}
          action={revokeKey}
          submit={revoke.submit}
        />
      </Cell>
    </Row>
  );
}

const hasPassed = (instant: string) => Date.parse(instant) <= Date.now();
