import type { PostSummary, Tag } from '@/client';
import { fetchPostPage } from '@/api/posts';
import { publicTags } from '@/api/public';
import { Avatar } from '@/components/avatar';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ListedCover, PostFacts, PostList } from '@/components/post-list';
import { pageMetadata } from '@/components/site-metadata';
import { Pages } from '@/components/site-pages';
import { TagName } from '@/components/tag-name';
import { Empty } from '@/components/ui/empty';
import { count, messages } from '@/messages';

const MOST_USED = 12;

export const metadata = pageMetadata({ path: '/' });

export default async function Home() {
  const [{ posts, pages }, tags] = await Promise.all([fetchPostPage(), publicTags()]);
  const [first, ...others] = posts;
  const { site } = messages;
  return (
    <main id="main" className="mx-auto max-w-5xl px-5 py-12 sm:py-16">
      <h1 className="sr-only">{site.latestPosts}</h1>
      {!first && <Empty title={site.nothingYet.title}>{site.nothingYet.text}</Empty>}
      {first && <Lead post={first} />}
      <div className="mt-6 grid gap-x-16 gap-y-12 lg:grid-cols-[minmax(0,1fr)_14rem]">
        <div className="min-w-0">
          <PostList posts={others} isBelow />
          <Pages page={1} pages={pages} href={(page) => `/page/${page}`} />
        </div>
        {tags.length > 0 && <MostUsed tags={tags} />}
      </div>
    </main>
  );
}

const LEAD_SIZES = '(min-width: 64rem) 36rem, calc(100vw - 2.5rem)';

/** The latest post, shown large: beside its cover, or without one larger still. */
function Lead({ post }: { post: PostSummary }) {
  const { cover } = post;
  return (
    <article
      className={`group border-line relative grid border-b pb-12 sm:pb-14 ${cover ? 'items-center gap-x-12 gap-y-7 lg:grid-cols-[7fr_5fr]' : ''}`}
    >
      <ListedCover post={post} sizes={LEAD_SIZES} priority blurred />
      <div className={`grid min-w-0 ${cover ? 'gap-4' : 'gap-5'}`}>
        <h2
          className={`font-serif text-4xl leading-[1.08] font-semibold tracking-tight wrap-anywhere ${cover ? 'lg:text-5xl' : 'max-w-[22ch] sm:text-6xl'}`}
        >
          <HoverPrefetchLink
            href={`/posts/${post.slug}`}
            className="group-hover:text-accent transition-colors after:absolute after:inset-0"
          >
            {post.title}
          </HoverPrefetchLink>
        </h2>
        <p className="text-ink-soft line-clamp-4 max-w-[60ch] font-serif text-xl leading-relaxed wrap-anywhere">
          {post.excerpt}
        </p>
        <div className="flex items-center gap-3">
          <Avatar author={post.author} size={36} />
          <PostFacts post={post} />
        </div>
      </div>
    </article>
  );
}

function MostUsed({ tags }: { tags: Tag[] }) {
  const { site } = messages;
  const most = tags.toSorted((one, other) => other.post_count - one.post_count).slice(0, MOST_USED);
  return (
    <aside className="pt-7" aria-labelledby="most-used">
      <h2 id="most-used" className="text-ink-faint mb-4 text-xs font-semibold tracking-widest uppercase">
        {site.mostUsedTags}
      </h2>
      <ul className="flex flex-wrap gap-x-5 gap-y-2 lg:grid">
        {most.map((tag) => (
          <li key={tag.id}>
            <HoverPrefetchLink href={`/tags/${tag.slug}`} className="hover:text-accent">
              <TagName name={tag.name} /> <span className="text-ink-faint text-sm tabular-nums">{count(tag.post_count)}</span>
            </HoverPrefetchLink>
          </li>
        ))}
      </ul>
      <HoverPrefetchLink
        href="/tags"
        className="text-accent hover:text-accent-strong mt-4 inline-block text-sm font-medium hover:underline"
      >
        {site.allTags}
      </HoverPrefetchLink>
    </aside>
  );
}
