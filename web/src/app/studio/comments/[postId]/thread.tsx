import type { ThreadComment } from '@/client';
import { messages } from '@/messages';
import { Entry } from '../entry';

const { comments: words } = messages.manage;

/** List of the comments on a post for moderation, each with the author it replies to. */
export function Thread({ comments }: { comments: ThreadComment[] }) {
  const authors = new Map(comments.map(({ id, author }) => [id, author?.display_name]));
  return (
    <ol aria-label={words.title} className="divide-line border-line grid grid-cols-1 divide-y border-y">
      {comments.map((comment) => (
        <li key={comment.id} className="min-w-0">
          {comment.deleted ? (
            <p className="text-ink-faint py-5 text-sm italic">{words.deleted}</p>
          ) : (
            <Entry
              comment={comment}
              postId={comment.post_id}
              parentAuthor={comment.parent_id === null ? undefined : authors.get(comment.parent_id)}
            />
          )}
        </li>
      ))}
    </ol>
  );
}
