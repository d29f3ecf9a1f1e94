import type { PostSummary } from '@/client';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { longDate, messages, plural } from '@/messages';

type PostListProps = {
  posts: PostSummary[];
  /** Renders title and excerpt, such as with highlighted search words. */
  show?: (text: string) => React.ReactNode;
};

/** List of posts: title, excerpt, author, date and reading time. */
export function PostList({ posts, show = (text) => text }: PostListProps) {
  return (
    <ul className="divide-line grid divide-y">
      {posts.map((post) => (
        <li key={post.id}>
          <article className="group relative grid gap-2 py-7">
            <h2 className="font-serif text-2xl leading-snug font-semibold wrap-anywhere">
              <HoverPrefetchLink
                href={`/posts/${post.slug}`}
                className="group-hover:text-accent transition-colors after:absolute after:inset-0"
              >
                {show(post.title)}
              </HoverPrefetchLink>
            </h2>
            {post.excerpt && (
              <p className="text-ink-soft line-clamp-2 max-w-prose wrap-anywhere">{show(post.excerpt)}</p>
            )}
            <PostFacts post={post} />
          </article>
        </li>
      ))}
    </ul>
  );
}

/** Author, date and reading time. */
export function PostFacts({ post }: { post: PostSummary }) {
  return (
    <p className="text-ink-faint flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <span>{post.author.display_name}</span>
      {post.published_at && <time dateTime={post.published_at}>{longDate(post.published_at)}</time>}
      <span>{plural(post.reading_minutes, messages.site.minutes)}</span>
    </p>
  );
}
