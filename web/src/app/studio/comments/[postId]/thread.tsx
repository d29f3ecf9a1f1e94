import type { ThreadComment } from '@/client';
import { Prose } from '@/components/prose';
import { Confirm } from '@/components/studio/table-confirm';
import { messages, shortDate } from '@/messages';
import { removeComment } from '../actions';

const { comments: words } = messages.manage;

/** List of comments for moderation, each with the author it replies to and a button to delete it. */
export function Thread({ comments }: { comments: ThreadComment[] }) {
  const authors = new Map(comments.map(({ id, author }) => [id, author?.display_name]));
  return (
    <ol aria-label={words.title} className="divide-line border-line grid divide-y border-y">
      {comments.map((comment) => (
        <li key={comment.id}>
          {comment.deleted ? (
            <p className="text-ink-faint py-5 text-sm italic">{words.deleted}</p>
          ) : (
            <ThreadEntry comment={comment} parentAuthor={comment.parent_id === null ? undefined : authors.get(comment.parent_id)} />
          )}
        </li>
      ))}
    </ol>
  );
}

function ThreadEntry({ comment, parentAuthor }: { comment: ThreadComment; parentAuthor?: string }) {
  const name = comment.author?.display_name ?? '';
  const { remove } = words;
  return (
    <article className="grid gap-2 py-5">
      <header className="flex flex-wrap items-center gap-x-2 text-sm">
        <h2 className="font-medium">{name}</h2>
        {comment.parent_id !== null && <span className="text-ink-faint">{parentAuthor ? words.replyTo(parentAuthor) : words.reply}</span>}
        <span className="text-ink-faint">
          <time dateTime={comment.created_at}>{shortDate(comment.created_at)}</time>
          {comment.edited_at && ` · ${words.edited}`}
        </span>
        <div className="ms-auto">
          <Confirm
            open={remove.open}
            openLabel={remove.openOf(name)}
            look="quiet"
            size="small"
            title={remove.ask(name)}
            text={remove.text}
            fields={{ post_id: comment.post_id, comment_id: String(comment.id) }}
            action={removeComment}
            submit={remove.submit}
          />
        </div>
      </header>
      <Prose html={comment.body_html ?? ''} className="prose-small" />
    </article>
  );
}
