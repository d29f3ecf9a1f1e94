import type { Post } from '@/client';
import { fetchComments } from '@/api/public';
import { CommentFrame, Replies } from '@/components/comments/frame';
import { LazyComments } from '@/components/comments/lazy-comments';
import { buildCommentTree, type CommentNode } from '@/components/comments/tree';
import { Prose } from '@/components/prose';
import { messages } from '@/messages';

/** Comments on a post: static HTML, interactive for logged-in readers. */
export async function Comments({ post }: { post: Post }) {
  const comments = await fetchComments(post.id);
  const visible = comments.filter((each) => !each.deleted).length;
  const { comments: words } = messages.site;
  const { id, slug, author, status } = post;
  const commentedOn = { id, slug, authorId: author.id, isOpen: status === 'published' };
  return (
    <section
      id="comments"
      aria-labelledby="comments-title"
      className="border-line mt-16 scroll-mt-8 border-t pt-10 print:hidden"
    >
      <h2 id="comments-title" className="mb-6 font-serif text-2xl font-semibold">
        {words.title}
      </h2>
      <LazyComments post={commentedOn}>
        {visible === 0 ? (
          <p className="text-ink-soft">{words.none}</p>
        ) : (
          <Replies top>
            {buildCommentTree(comments).map((node) => (
              <StaticComment key={node.comment.id} node={node} />
            ))}
          </Replies>
        )}
      </LazyComments>
    </section>
  );
}

function StaticComment({ node: { comment, replies } }: { node: CommentNode }) {
  return (
    <CommentFrame comment={comment} body={<Prose html={comment.body_html ?? ''} className="prose-small" />}>
      {replies.length > 0 && (
        <Replies>
          {replies.map((node) => (
            <StaticComment key={node.comment.id} node={node} />
          ))}
        </Replies>
      )}
    </CommentFrame>
  );
}
