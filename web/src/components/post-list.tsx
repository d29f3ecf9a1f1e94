import type { PostSummary } from '@/client';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { Picture } from '@/components/picture';
import { longDate, messages, plural } from '@/messages';

const SIZES = '(min-width: 40rem) 13rem, calc(100vw - 2.5rem)';

/** Posts that are in sight at the top of a list; the first cover among them is loaded first. */
const IN_SIGHT = 3;

type PostListProps = {
  posts: PostSummary[];
  /** Renders title and excerpt, such as with highlighted search words. */
  show?: (text: string) => React.ReactNode;
  /** Whether something larger stands above the list. */
  isBelow?: boolean;
};

/** List of posts: cover, title, excerpt, author, date and reading time. Those without a cover have the whole width. */
export function PostList({ posts, show = (text) => text, isBelow = false }: PostListProps) {
  const first = isBelow ? undefined : posts.slice(0, IN_SIGHT).find(({ cover }) => cover);
  return (
    <ul className="divide-line grid divide-y">
      {posts.map((post) => (
        <li key={post.id}>
          <article
            className={`group relative grid gap-x-8 gap-y-5 py-7 ${post.cover ? 'sm:grid-cols-[minmax(0,1fr)_13rem]' : ''}`}
          >
            <div className="grid min-w-0 content-start gap-2">
              <h2 className="font-serif text-2xl leading-snug font-semibold wrap-anywhere">
                <HoverPrefetchLink
                  href={`/posts/${post.slug}`}
                  className="group-hover:text-accent transition-colors after:absolute after:inset-0"
                >
                  {show(post.title)}
                </HoverPrefetchLink>
              </h2>
              {post.excerpt && (
                <p className={`text-ink-soft max-w-prose wrap-anywhere ${post.cover ? 'line-clamp-3' : 'line-clamp-2'}`}>
                  {show(post.excerpt)}
                </p>
              )}
              <PostFacts post={post} />
            </div>
            {post.cover && <ListedCover post={post} sizes={SIZES} priority={post === first} className="max-sm:order-first" />}
          </article>
        </li>
      ))}
    </ul>
  );
}

type ListedCoverProps = { post: PostSummary; sizes: string; priority?: boolean; blurred?: boolean; className?: string };

/** Cover of a post beside its title, which says what it leads to: it has no text of its own. */
export function ListedCover({ post: { cover }, className = '', ...how }: ListedCoverProps) {
  if (!cover) return null;
  return (
    <div className={`rounded-card overflow-hidden ${className}`}>
      <Picture
        image={{ ...cover, alt_text: '' }}
        className="aspect-3/2 w-full object-cover transition-transform duration-500 motion-safe:group-hover:scale-[1.025]"
        {...how}
      />
    </div>
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
