import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound, redirect } from 'next/navigation';
import { getPost, listComments } from '@/client';
import type { Client } from '@/client/client';
import { unwrap } from '@/api/unwrap';
import { Pager } from '@/components/studio/pager';
import { ManagePage } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, totalCount, type Query } from '@/components/studio/table-params';
import { Empty } from '@/components/ui/empty';
import { messages, plural } from '@/messages';
import { atLeast, requireUser, sessionClient } from '@/session/current';
import { Thread } from './thread';

const { comments: words, counted } = messages.manage;

export const metadata: Metadata = { title: words.title };

type ThreadPageProps = { params: Promise<{ postId: string }>; searchParams: Promise<Query> };

export default async function ThreadPage({ params, searchParams }: ThreadPageProps) {
  const user = await requireUser();
  const { postId } = await params;
  const { page } = parseListParams(await searchParams);
  const client = await sessionClient();
  const post = unwrap('getPost', await getPost({ client, path: { post_id: postId } }));
  if (post.author.id !== user.id && !atLeast(user, 'editor')) notFound();
  const { comments, total } = await newestFirst(client, postId, page);
  const path = `/studio/comments/${postId}`;
  if (page > lastPage(total)) redirect(listUrl(path, { page: lastPage(total) }));
  const { emptyThread } = words;
  return (
    <ManagePage
      title={post.title}
      back={{ href: '/studio/comments', name: words.back }}
      lead={
        <>
          {words.threadLead(plural(total, counted.comments))}{' '}
          {post.status !== 'draft' && post.status !== 'scheduled' && (
            <Link href={`/posts/${post.slug}#comments`} prefetch={false} className="underline underline-offset-4">
              {words.seeSite}
            </Link>
          )}
        </>
      }
    >
      {comments.length > 0 ? <Thread comments={comments} /> : <Empty title={emptyThread.title}>{emptyThread.text}</Empty>}
      {total > PER_PAGE && <Pager path={path} params={{ page, search: '' }} total={total} words={counted.comments} />}
    </ManagePage>
  );
}

/** Return a page of comments, newest first: the API lists the oldest first, so pages are counted from the end. */
async function newestFirst(client: Client, post_id: string, page: number) {
  const ask = (page: number) => listComments({ client, path: { post_id }, query: { page, per_page: PER_PAGE } });
  const first = await ask(1);
  const total = totalCount(first);
  const wanted = Math.max(1, lastPage(total) - page + 1);
  const comments = unwrap('listComments', wanted === 1 ? first : await ask(wanted));
  return { comments: [...comments].reverse(), total };
}
