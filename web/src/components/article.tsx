import type { Post } from '@/client';
import { AuthorName } from '@/components/article-author';
import { AuthorBox } from '@/components/author-box';
import { Avatar } from '@/components/avatar';
import { Cover } from '@/components/cover';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { PostText, type ImageSize } from '@/components/prose';
import { ShareLinks } from '@/components/share-links';
import { Contents } from '@/components/site-contents';
import { TagName } from '@/components/tag-name';
import { siteUrl } from '@/lib/base-urls';
import { longDate, messages, plural } from '@/messages';

type ArticleProps = {
  post: Post;
  imageSize: ImageSize;
  /** What the author says of themselves. */
  bio?: string;
  children?: React.ReactNode;
};

/** A post, for readers and in the preview: header, table of contents, text, author, then `children`. */
export function Article({ post, imageSize, bio, children }: ArticleProps) {
  const headings = post.contents.filter(({ text }, index) => text && (index > 0 || text !== post.title));
  const hasContents = headings.length > 2;
  const { contents, copied, copyFailed, enlarged, closeImage, previousImage, nextImage } = messages.site.post;
  return (
    <article
      className={`article ${hasContents ? 'article-with-contents' : ''}`}
      data-reading
      data-copied={copied}
      data-copy-failed={copyFailed}
      data-enlarged={enlarged}
      data-close-image={closeImage}
      data-previous-image={previousImage}
      data-next-image={nextImage}
    >
      {/* Copies code and links, enlarges images; it is small, and no part of what React has to take over. */}
      <script async type="module" src="/reading.js" />
      <Head post={post} />
      {post.cover && <Cover image={post.cover} />}
      <div className="article-text">
        {hasContents && (
          <details className="border-line mb-8 rounded-card border px-4 py-3 font-sans lg:hidden print:hidden">
            <summary className="text-sm font-medium">{contents}</summary>
            <Contents headings={headings} className="mt-3" />
          </details>
        )}
        <PostText post={post} imageSize={imageSize} />
      </div>
      {hasContents && (
        <aside className="max-lg:hidden print:hidden">
          <div className="sticky top-8 max-h-[calc(100dvh-4rem)] overflow-y-auto pb-4">
            <p className="text-ink-faint mb-3 text-xs font-semibold tracking-widest uppercase">{contents}</p>
            <Contents headings={headings} className="contents-marked" />
          </div>
        </aside>
      )}
      <footer className="article-end">
        {post.status === 'published' && <ShareLinks url={post.canonical_url ?? `${siteUrl()}/posts/${post.slug}`} title={post.title} />}
        <AuthorBox author={post.author} bio={bio} />
        {children}
      </footer>
    </article>
  );
}

function Head({ post }: { post: Post }) {
  const { site } = messages;
  const wasUpdated = post.published_at && post.updated_at.slice(0, 10) > post.published_at.slice(0, 10);
  return (
    <header className="article-head grid gap-5">
      {post.tags.length > 0 && (
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm" aria-label={site.tags}>
          {post.tags.map((tag) => (
            <li key={tag.slug}>
              <HoverPrefetchLink href={`/tags/${tag.slug}`} className="text-accent hover:text-accent-strong hover:underline">
                <TagName name={tag.name} />
              </HoverPrefetchLink>
            </li>
          ))}
        </ul>
      )}
      <h1 className="font-serif text-4xl leading-[1.12] font-semibold tracking-tight wrap-anywhere sm:text-5xl">
        {post.title}
      </h1>
      <div className="flex items-center gap-3 text-sm">
        <Avatar author={post.author} size={44} />
        <div className="min-w-0">
          <p className="wrap-anywhere">
            <AuthorName author={post.author} className="text-ink font-medium hover:underline" />
          </p>
          <p className="text-ink-faint flex flex-wrap gap-x-3 gap-y-1">
            {post.published_at && <time dateTime={post.published_at}>{longDate(post.published_at)}</time>}
            <span>{plural(post.reading_minutes, site.minutes)}</span>
            {wasUpdated && <span>{site.post.updated(longDate(post.updated_at))}</span>}
          </p>
        </div>
      </div>
      {post.canonical_url && (
        <p className="text-ink-soft text-sm">
          {site.post.firstPublishedAt}{' '}
          <a href={post.canonical_url} rel="noopener" className="underline wrap-anywhere">
            {new URL(post.canonical_url).host}
          </a>
        </p>
      )}
    </header>
  );
}
