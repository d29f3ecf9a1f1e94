import type { PostSummary, Tag } from '@/client';
import { fetchPostPage } from '@/api/posts';
import { publicTags } from '@/api/public';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { PostFacts, PostList } from '@/components/post-list';
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
          <PostList posts={others} />
          <Pages page={1} pages={pages} href={(page) => `/page/${page}`} />
        </div>
        {tags.length > 0 && <MostUsed tags={tags} />}
      </div>
    </main>
  );
}

/** The latest post, shown large. */
function Lead({ post }: { post: PostSummary }) {
  return (
    <article className="group border-line relative grid gap-5 border-b pb-12 sm:pb-14">
      <h2
        className="max-w-[22ch] font-serif text-4xl leading-[1.08] font-semibold tracking-tight wrap-anywhere sm:text-6xl"
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
      <PostFacts post={post} />
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
