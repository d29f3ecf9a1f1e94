import Link from 'next/link';
import type { ModeratedComment, ThreadComment } from '@/client';
import { Prose } from '@/components/prose';
import { Confirm } from '@/components/studio/table-confirm';
import { messages, shortDate } from '@/messages';
import { removeComment } from './actions';

const { comments: words } = messages.manage;

type EntryProps = {
  comment: ThreadComment | ModeratedComment;
  postId: string;
  /** Whom it replies to, of a reply. */
  parentAuthor?: string;
  /** Link to the other comments of its author. */
  authorHref?: string;
  /** What stands above the text: the post, in a list of several. */
  children?: React.ReactNode;
};

/** A comment for moderation, with a button to delete it. */
export function Entry({ comment, postId, parentAuthor, authorHref, children }: EntryProps) {
  const name = comment.author?.display_name ?? '';
  const { remove } = words;
  return (
    <article className="grid grid-cols-1 gap-2 py-5 wrap-anywhere">
      <header className="flex flex-wrap items-center gap-x-2 text-sm">
        <h2 className="font-medium break-words">
          {authorHref ? (
            <Link href={authorHref} prefetch={false} title={words.byAuthor(name)} className="hover:text-accent transition-colors">
              {name}
            </Link>
          ) : (
            name
          )}
        </h2>
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
            fields={{ post_id: postId, comment_id: String(comment.id) }}
            action={removeComment}
            submit={remove.submit}
          />
        </div>
      </header>
      {children}
      <Prose html={comment.body_html ?? ''} className="prose-small" />
    </article>
  );
}
