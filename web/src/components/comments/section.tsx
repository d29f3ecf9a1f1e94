import type { Post } from '@/client';
import { thread } from '@/api/public';
import { Prose } from '@/components/prose';
import { messages } from '@/messages';
import { Answers, CommentFrame } from './frame';
import { CommentsGate } from './gate';
import { branches, type Branch } from './tree';

/** What readers say about a post: plain HTML for everyone; whoever is logged in can write. */
export async function Comments({ post }: { post: Post }) {
  const comments = await thread(post.id);
  const said = comments.filter((each) => !each.deleted).length;
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
      <CommentsGate post={commentedOn}>
        {said === 0 ? (
          <p className="text-ink-soft">{words.none}</p>
        ) : (
          <Answers top>
            {branches(comments).map((branch) => (
              <Said key={branch.comment.id} branch={branch} />
            ))}
          </Answers>
        )}
      </CommentsGate>
    </section>
  );
}

function Said({ branch: { comment, answers } }: { branch: Branch }) {
  return (
    <CommentFrame comment={comment} body={<Prose html={comment.body_html ?? ''} className="prose-small" />}>
      {answers.length > 0 && (
        <Answers>
          {answers.map((branch) => (
            <Said key={branch.comment.id} branch={branch} />
          ))}
        </Answers>
      )}
    </CommentFrame>
  );
}
