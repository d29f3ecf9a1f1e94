import { Suspense } from 'react';
import { listComments, type PostSummary, type ThreadComment } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Cell, Row, Table } from '@/components/studio/table';
import { RowLink } from '@/components/studio/table-link';
import { lastPage, totalCount } from '@/components/studio/table-params';
import { parsed, textOf } from '@/lib/html';
import { count, messages, shortDate } from '@/messages';
import { sessionClient } from '@/session/current';

const { comments: words } = messages.manage;

/** Return the number of comments on a post, and the newest: the last one of the list. */
async function newest(post_id: string): Promise<{ total: number; comment?: ThreadComment }> {
  const client = await sessionClient();
  const ask = async (page: number) => {
    const result = await listComments({ client, path: { post_id }, query: { page, per_page: 1 } });
    return { total: totalCount(result), comment: unwrap('listComments', result)[0] };
  };
  const first = await ask(1);
  return first.total > 1 ? ask(lastPage(first.total, 1)) : first;
}

/** Table of posts with their newest comments. */
export function PostsWithComments({ posts, withAuthor }: { posts: PostSummary[]; withAuthor: boolean }) {
  const { columns } = words;
  return (
    <Table
      label={words.title}
      columns={[{ name: columns.post }, { name: columns.newest }, { name: columns.comments, end: true }]}
    >
      {posts.map((post) => (
        <Row key={post.id}>
          <Cell className="sm:w-1/2">
            <RowLink href={`/studio/comments/${post.id}`}>{post.title}</RowLink>
            {withAuthor && <p className="text-ink-faint">{post.author.display_name}</p>}
          </Cell>
          <Suspense fallback={<Waiting />}>
            <Newest postId={post.id} />
          </Suspense>
        </Row>
      ))}
    </Table>
  );
}

async function Newest({ postId }: { postId: string }) {
  const { total, comment } = await newest(postId);
  return (
    <>
      <Cell className="text-ink-soft max-sm:order-last">
        {comment ? (
          <>
            <p className="line-clamp-1 break-all">{comment.deleted ? words.deleted : textOf(parsed(comment.body_html ?? ''))}</p>
            <p className="text-ink-faint">
              {[comment.author?.display_name, shortDate(comment.created_at)].filter(Boolean).join(' · ')}
            </p>
          </>
        ) : (
          <p className="text-ink-faint max-sm:hidden">{words.none}</p>
        )}
      </Cell>
      <Cell label={words.columns.comments} end className="tabular-nums">
        {count(total)}
      </Cell>
    </>
  );
}

function Waiting() {
  return (
    <>
      <Cell>
        <span className="bg-sunken block h-4 w-40 animate-pulse rounded" />
      </Cell>
      <Cell end>
        <span className="bg-sunken ms-auto block h-4 w-6 animate-pulse rounded" />
      </Cell>
    </>
  );
}
