import Link from 'next/link';
import type { ModeratedComment } from '@/client';
import { Status } from '@/components/studio/status';
import { messages } from '@/messages';
import { Entry } from '../entry';

/** List of comments on several posts, each with a link to the comments on its post. */
export function NewestComments({ comments }: { comments: ModeratedComment[] }) {
  return (
    <ol aria-label={messages.manage.comments.title} className="divide-line border-line grid grid-cols-1 divide-y border-y">
      {comments.map((comment) => (
        <li key={comment.id} className="min-w-0">
          <Entry
            comment={comment}
            postId={comment.post.id}
            authorHref={comment.author.username === null ? undefined : `/studio/comments?author=${comment.author.username}`}
          >
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
              <Link
                href={`/studio/comments/${comment.post.id}`}
                prefetch={false}
                className="text-ink-soft hover:text-accent min-w-0 font-serif break-words underline underline-offset-4 transition-colors"
              >
                {comment.post.title}
              </Link>
              {comment.post.status !== 'published' && <Status status={comment.post.status} />}
            </p>
          </Entry>
        </li>
      ))}
    </ol>
  );
}
