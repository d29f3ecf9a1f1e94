import Link from 'next/link';
import type { CommentedPost } from '@/client';
import { messages, plural } from '@/messages';

/** The most commented posts, linked to their comments. */
export function MostCommented({ posts }: { posts: CommentedPost[] }) {
  const { counted } = messages.manage;
  return (
    <ol className="divide-line grid divide-y">
      {posts.map((post) => (
        <li key={post.id} className="flex items-baseline justify-between gap-4 py-2.5 first:pt-0 last:pb-0">
          <Link
            href={`/studio/comments/${post.id}`}
            prefetch={false}
            className="hover:text-accent min-w-0 font-serif text-lg break-words transition-colors"
          >
            {post.title}
          </Link>
          <span className="text-ink-faint text-sm whitespace-nowrap tabular-nums">
            {plural(post.comment_count, counted.comments)}
          </span>
        </li>
      ))}
    </ol>
  );
}
