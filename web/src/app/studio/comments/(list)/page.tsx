import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getDashboard, listPosts } from '@/client';
import { answered } from '@/api/answered';
import { MostCommented } from '@/components/studio/comments-most';
import { PostsWithComments } from '@/components/studio/comments-posts';
import { Pager } from '@/components/studio/pager';
import { ManagePage } from '@/components/studio/table-page';
import { addressOf, askedBy, lastPage, queryOf, textIn, totalOf, type Query } from '@/components/studio/table-params';
import { TableSearch } from '@/components/studio/table-search';
import { Empty } from '@/components/ui/empty';
import { messages } from '@/messages';
import { atLeast, requireUser, sessionClient } from '@/session/current';
import { STATES, States } from './states';

const { comments: words, counted, nothingFound } = messages.manage;
const PATH = '/studio/comments';
/** Each post's comments are asked for by themselves. */
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
  const asked = askedBy(query);
  const status = STATES.find((state) => state === textIn(query, 'status')) ?? 'published';
  const fields: Record<string, string> = status === 'published' ? {} : { status };
  const path = status === 'published' ? PATH : `${PATH}?status=${status}`;
  const client = await sessionClient();
  const [result, dashboard] = await Promise.all([
    listPosts({ client, query: { ...queryOf(asked, PER_PAGE), status, author: everyones ? undefined : user.username } }),
    getDashboard({ client }),
  ]);
  const posts = answered('listPosts', result);
  const { most_commented } = answered('getDashboard', dashboard);
  const total = totalOf(result);
  const last = lastPage(total, PER_PAGE);
  if (asked.page > last) redirect(addressOf(path, { ...asked, page: last }));
  return (
    <ManagePage title={words.title} lead={everyones ? words.lead.everyones : words.lead.own}>
      {status === 'published' && asked.page === 1 && !asked.search && most_commented.length > 0 && (
        <section aria-labelledby="most-commented" className="bg-sunken rounded-card grid gap-3 p-5">
          <h2 id="most-commented" className="text-ink-soft text-sm font-medium">
            {words.mostCommented}
          </h2>
          <MostCommented posts={most_commented} />
        </section>
      )}
      <States status={status} />
      {(total > 0 || asked.search) && (
        <TableSearch path={PATH} fields={fields} search={asked.search} hint={words.searchHint} />
      )}
      {posts.length > 0 ? (
        <PostsWithComments posts={posts} withAuthor={everyones} />
      ) : (
        <Empty title={asked.search ? nothingFound.title : words.empty[status].title}>
          {asked.search ? nothingFound.text(asked.search) : words.empty[status].text}
        </Empty>
      )}
      <Pager path={path} asked={asked} total={total} perPage={PER_PAGE} words={counted.posts} />
    </ManagePage>
  );
}
