import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { listUsers, Role } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { ManagePage } from '@/components/studio/table-page';
import { apiQuery, lastPage, listUrl, parseListParams, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableSearch } from '@/components/studio/table-search';
import { TableTabs } from '@/components/studio/table-tabs';
import { RoleBadge } from '@/components/studio/users-role';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { messages, shortDate } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { users: words, nothingFound } = messages.manage;
const PATH = '/studio/users';
const ROLES = Object.values(Role);
/** In the place of a role: accounts that cannot log in. */
const CLOSED = 'deactivated';
const TABS = [
  { value: undefined, name: words.all },
  ...ROLES.map((role) => ({ value: role, name: words.roles[role] })),
  { value: CLOSED, name: words.closed },
];

const tabUrl = (value?: string) => (value ? `${PATH}?role=${value}` : PATH);

export const metadata: Metadata = { title: words.title };

export default async function UsersPage({ searchParams }: { searchParams: Promise<Query> }) {
  const me = await requireRole('admin');
  const query = await searchParams;
  const params = parseListParams(query);
  const role = ROLES.find((each) => each === searchParam(query, 'role'));
  const closed = searchParam(query, 'role') === CLOSED;
  const shown = role ?? (closed ? CLOSED : undefined);
  const path = tabUrl(shown);
  const filters = { role, is_active: closed ? false : undefined };
  const result = await listUsers({ client: await sessionClient(), query: { ...apiQuery(params), ...filters } });
  const users = unwrap('listUsers', result);
  const total = totalCount(result);
  if (params.page > lastPage(total)) redirect(listUrl(path, { ...params, page: lastPage(total) }));
  const { columns } = words;
  const done = searchParam(query, 'done') === 'deleted' ? words.remove.done : undefined;
  return (
    <ManagePage title={words.title} lead={words.lead} done={done}>
      <Button asChild look="secondary" size="small" className="justify-self-start">
        <Link href={`${PATH}/invitations`}>{messages.invitations.open}</Link>
      </Button>
      <TableTabs
        label={words.filter}
        tabs={TABS.map(({ value, name }) => ({ name, href: listUrl(tabUrl(value), { search: params.search }), current: value === shown }))}
      />
      <TableSearch path={PATH} fields={shown ? { role: shown } : {}} search={params.search} hint={words.searchHint} />
      {users.length === 0 ? (
        <Empty title={params.search ? nothingFound.title : words.none}>{params.search && nothingFound.text(params.search)}</Empty>
      ) : (
        <Table
          label={words.title}
          columns={[{ name: columns.name }, { name: columns.role }, { name: columns.since, end: true }]}
        >
          {users.map((user) => (
            <Row key={user.id}>
              <Cell className="break-words">
                <RowLink href={`${PATH}/${user.id}`}>{user.display_name}</RowLink>{' '}
                <span className="text-ink-faint">@{user.username}</span>
                {user.email && <p className="text-ink-faint break-all">{user.email}</p>}
              </Cell>
              <Cell label={columns.role}>
                <span className="flex flex-wrap gap-1.5">
                  {user.role && <RoleBadge role={user.role} />}
                  {user.id === me.id && <Badge tone="good">{words.you}</Badge>}
                  {user.is_active === false && <Badge tone="bad">{words.closed}</Badge>}
                </span>
              </Cell>
              <Cell label={columns.since} end className="text-ink-soft whitespace-nowrap">
                <time dateTime={user.created_at}>{shortDate(user.created_at)}</time>
              </Cell>
            </Row>
          ))}
        </Table>
      )}
      <Pager path={path} params={params} total={total} words={words.shown} />
    </ManagePage>
  );
}
