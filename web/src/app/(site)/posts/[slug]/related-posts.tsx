import type { Post, PostSummary } from '@/client';
import { adjacentPosts, relatedPosts } from '@/api/public';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ListedCover } from '@/components/post-list';
import { longDate, messages } from '@/messages';

const RELATED_SIZES = '(min-width: 40rem) 13rem, calc(100vw - 2.5rem)';

/** Related posts, and the previous and next post. */
export async function RelatedPosts({ post }: { post: Post }) {
  const [related, { earlier, later }] = await Promise.all([relatedPosts(post), adjacentPosts(post)]);
  const { post: words } = messages.site;
  return (
    <>
      {related.length > 0 && (
        <section aria-labelledby="related-posts" className="border-line mt-16 border-t pt-10 print:hidden">
          <h2 id="related-posts" className="mb-6 font-serif text-2xl font-semibold">
            {words.related}
          </h2>
          <ul className="grid gap-x-8 gap-y-6 sm:grid-cols-3">
            {related.map((each) => (
              <li key={each.id} className="group relative">
                <ListedCover post={each} sizes={RELATED_SIZES} className="mb-3" />
                <HoverPrefetchLink
                  href={`/posts/${each.slug}`}
                  className="group-hover:text-accent grid gap-1 font-serif leading-snug font-semibold wrap-anywhere after:absolute after:inset-0"
                >
                  {each.title}
                </HoverPrefetchLink>
                {each.published_at && <p className="text-ink-faint mt-1 text-sm">{longDate(each.published_at)}</p>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {(earlier || later) && (
        <nav
          aria-label={words.adjacent}
          className="border-line mt-12 grid grid-cols-1 gap-x-8 gap-y-6 border-t pt-8 sm:grid-cols-2 print:hidden"
        >
          {earlier && <AdjacentPost post={earlier} label={words.earlier} rel="prev" />}
          {later && <AdjacentPost post={later} label={words.later} rel="next" className="sm:col-start-2 sm:text-end" />}
        </nav>
      )}
    </>
  );
}

type AdjacentPostProps = { post: PostSummary; label: string; rel: 'prev' | 'next'; className?: string };

function AdjacentPost({ post, label, rel, className }: AdjacentPostProps) {
  return (
    <HoverPrefetchLink href={`/posts/${post.slug}`} rel={rel} className={`group grid content-start gap-1 ${className ?? ''}`}>
      <span className="text-ink-faint text-sm">{label}</span>
      <span className="group-hover:text-accent font-serif text-lg leading-snug font-semibold wrap-anywhere">
        {post.title}
      </span>
    </HoverPrefetchLink>
  );
}
