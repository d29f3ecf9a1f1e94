import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { listTrash, type TrashedPost } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Pager } from '@/components/studio/pager';
import { Status } from '@/components/studio/status';
import { Cell, Row, Table } from '@/components/studio/table';
import { ManagePage } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, totalCount, type Query } from '@/components/studio/table-params';
import { Empty } from '@/components/ui/empty';
import { messages, shortDate } from '@/messages';
import { atLeast, requireRole, sessionClient } from '@/session/current';
import { historyUrl } from '../audit/log-query';
import { TrashChoices } from './choices';

const { trash: words } = messages.manage;
const PATH = '/studio/trash';

export const metadata: Metadata = { title: words.title };

export default async function TrashPage({ searchParams }: { searchParams: Promise<Query> }) {
  const me = await requireRole('author');
  const everyones = atLeast(me, 'editor');
  const { page } = parseListParams(await searchParams);
  const result = await listTrash({ client: await sessionClient(), query: { page, per_page: PER_PAGE } });
  const posts = unwrap('listTrash', result);
  const total = totalCount(result);
  if (page > lastPage(total)) redirect(listUrl(PATH, { page: lastPage(total) }));
  const { columns, empty } = words;
  return (
    <ManagePage title={words.title} lead={everyones ? words.lead.everyones : words.lead.own}>
      {posts.length === 0 ? (
        <Empty title={empty.title}>{empty.text}</Empty>
      ) : (
        <Table
          label={words.title}
          columns={[
            { name: columns.post },
            { name: columns.status },
            { name: columns.deleted },
            { name: columns.actions, hidden: true, end: true },
          ]}
        >
          {posts.map((post) => (
            <Trashed key={post.id} post={post} withAuthor={everyones} withHistory={atLeast(me, 'admin')} />
          ))}
        </Table>
      )}
      <Pager path={PATH} params={{ page, search: '' }} total={total} words={words.shown} />
    </ManagePage>
  );
}

function Trashed({ post, withAuthor, withHistory }: { post: TrashedPost; withAuthor: boolean; withHistory: boolean }) {
  const { columns } = words;
  return (
    <Row>
      <Cell className="sm:w-full">
        <p className="font-serif text-lg font-medium break-words">{post.title}</p>
        {withAuthor && <p className="text-ink-faint">{post.author.display_name}</p>}
        {withHistory && (
          <Link
            href={historyUrl('post', post.id)}
            prefetch={false}
            aria-label={messages.audit.historyOf(post.title)}
            className="text-accent text-sm underline underline-offset-4"
          >
            {messages.audit.history}
          </Link>
        )}
      </Cell>
      <Cell label={columns.status}>
        <Status status={post.status} />
      </Cell>
      <Cell label={columns.deleted} className="text-ink-soft whitespace-nowrap">
        <time dateTime={post.trashed_at}>{shortDate(post.trashed_at)}</time>
      </Cell>
      <Cell end>
        <TrashChoices id={post.id} title={post.title} />
      </Cell>
    </Row>
  );
}
