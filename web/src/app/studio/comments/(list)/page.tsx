import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { listModeratedComments } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Pager } from '@/components/studio/pager';
import { ManagePage } from '@/components/studio/table-page';
import { apiQuery, lastPage, listUrl, parseListParams, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableSearch } from '@/components/studio/table-search';
import { Empty } from '@/components/ui/empty';
import { messages } from '@/messages';
import { atLeast, requireUser, sessionClient } from '@/session/current';
import { NewestComments } from './newest';

const { comments: words, counted, nothingFound } = messages.manage;
const PATH = '/studio/comments';
const USERNAME = /^[A-Za-z0-9_-]{3,32}$/;

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
  const query = await searchParams;
  const params = parseListParams(query);
  const author = USERNAME.exec(searchParam(query, 'author'))?.[0];
  const path = author ? `${PATH}?author=${author}` : PATH;
  const result = await listModeratedComments({ client: await sessionClient(), query: { ...apiQuery(params), author } });
  const comments = unwrap('listModeratedComments', result);
  const total = totalCount(result);
  if (params.page > lastPage(total)) redirect(listUrl(path, { ...params, page: lastPage(total) }));
  const filtered = Boolean(params.search || author);
  return (
    <ManagePage title={words.title} lead={atLeast(user, 'editor') ? words.lead.everyones : words.lead.own}>
      {(total > 0 || filtered) && (
        <TableSearch path={PATH} fields={author ? { author } : {}} search={params.search} hint={words.searchHint} />
      )}
      {author && (
        <p className="text-ink-soft flex flex-wrap gap-x-3 text-sm">
          <span className="break-all">{words.byAuthor(`@${author}`)}</span>
          <Link href={listUrl(PATH, { search: params.search })} className="hover:text-ink underline underline-offset-4">
            {words.byEveryone}
          </Link>
        </p>
      )}
      {comments.length > 0 && <NewestComments comments={comments} />}
      {comments.length === 0 && !params.search && <Empty title={words.empty.title}>{author ? undefined : words.empty.text}</Empty>}
      {comments.length === 0 && params.search && <Empty title={nothingFound.title}>{nothingFound.text(params.search)}</Empty>}
      <Pager path={path} params={params} total={total} words={counted.comments} />
    </ManagePage>
  );
}
