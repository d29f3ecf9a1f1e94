import type { ThreadComment } from '@/client';
import { AuthorName } from '@/components/article-author';
import { Avatar } from '@/components/avatar';
import { shortDate, site } from '@/messages/public';

type FrameProps = {
  comment: ThreadComment;
  /** The text. */
  body: React.ReactNode;
  /** Buttons: reply, edit, delete. */
  actions?: React.ReactNode;
  /** The replies. */
  children?: React.ReactNode;
};

/** One comment and its replies, with or without actions. */
export function CommentFrame({ comment, body, actions, children }: FrameProps) {
  const { comments } = site;
  const isSaved = comment.id > 0;
  return (
    <li id={isSaved ? `comment-${comment.id}` : undefined} tabIndex={-1} className="scroll-mt-8 outline-none">
      <article
        className={`target-comment grid gap-2 py-4 transition-opacity ${isSaved ? '' : 'opacity-60'}`}
        aria-label={comment.author?.display_name ?? comments.deleted}
      >
        {comment.deleted ? (
          <p className="text-ink-faint text-sm italic">{comments.deleted}</p>
        ) : (
          <>
            <p className="text-ink-faint flex flex-wrap items-center gap-x-3 text-sm">
              {comment.author && <Avatar author={comment.author} size={28} />}
              {comment.author && (
                <AuthorName author={comment.author} className="text-ink font-medium hover:underline" />
              )}
              <a href={`#comment-${comment.id}`} className="hover:underline">
                <time dateTime={comment.created_at}>{shortDate(comment.created_at)}</time>
              </a>
              {comment.edited_at && <span>{comments.edited}</span>}
            </p>
            {body}
            {actions}
          </>
        )}
      </article>
      {children}
    </li>
  );
}

/** A list of replies, or with `top` the comments on the post. */
export function Replies({ top = false, children }: { top?: boolean; children: React.ReactNode }) {
  return <ol className={top ? 'divide-line divide-y' : 'border-line border-s ps-3 sm:ps-6'}>{children}</ol>;
}
