import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getDashboard, listPosts } from '@/client';
import { unwrap } from '@/api/unwrap';
import { MostCommented } from '@/components/studio/comments-most';
import { Pager } from '@/components/studio/pager';
import { ManagePage } from '@/components/studio/table-page';
import { apiQuery, lastPage, listUrl, parseListParams, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableSearch } from '@/components/studio/table-search';
import { Empty } from '@/components/ui/empty';
import { messages } from '@/messages';
import { atLeast, requireUser, sessionClient } from '@/session/current';
import { PostsWithComments } from './posts-with-comments';
import { STATES, States } from './states';

const { comments: words, counted, nothingFound } = messages.manage;
const PATH = '/studio/comments';
/** Small, because each post needs two more requests. */
const PER_PAGE = 10;

export const metadata: Metadata = { title: words.title };

export default async function CommentsPage({ searchParams }: { searchParams: Promise<Query> }) {
  const user = await requireUser();
  if (!atLeast(user, 'author')) {
    return (
      <ManagePage title={words.title}>
        <Empty title={words.reader.title}>{words.reader.text}</Empty>
      </ManagePage>
    );
  }
  const everyones = atLeast(user, 'editor');
  const query = await searchParams;
  const params = parseListParams(query);
  const status = STATES.find((state) => state === searchParam(query, 'status')) ?? 'published';
  const fields: Record<string, string> = status === 'published' ? {} : { status };
  const path = status === 'published' ? PATH : `${PATH}?status=${status}`;
  const client = await sessionClient();
  const [result, dashboard] = await Promise.all([
    listPosts({ client, query: { ...apiQuery(params, PER_PAGE), status, author: everyones ? undefined : user.username } }),
    getDashboard({ client }),
  ]);
  const posts = unwrap('listPosts', result);
  const { most_commented } = unwrap('getDashboard', dashboard);
  const total = totalCount(result);
  const last = lastPage(total, PER_PAGE);
  if (params.page > last) redirect(listUrl(path, { ...params, page: last }));
  return (
    <ManagePage title={words.title} lead={everyones ? words.lead.everyones : words.lead.own}>
      {status === 'published' && params.page === 1 && !params.search && most_commented.length > 0 && (
        <section aria-labelledby="most-commented" className="bg-sunken rounded-card grid gap-3 p-5">
          <h2 id="most-commented" className="text-ink-soft text-sm font-medium">
            {words.mostCommented}
          </h2>
          <MostCommented posts={most_commented} />
        </section>
      )}
      <States status={status} />
      {(total > 0 || params.search) && (
        <TableSearch path={PATH} fields={fields} search={params.search} hint={words.searchHint} />
      )}
      {posts.length > 0 ? (
        <PostsWithComments posts={posts} withAuthor={everyones} />
      ) : (
        <Empty title={params.search ? nothingFound.title : words.empty[status].title}>
          {params.search ? nothingFound.text(params.search) : words.empty[status].text}
        </Empty>
      )}
      <Pager path={path} params={params} total={total} perPage={PER_PAGE} words={counted.posts} />
    </ManagePage>
  );
}
