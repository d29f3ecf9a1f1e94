import type { Post } from '@/client';
import { AuthorName } from '@/components/article-author';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { Prose, type ImageSize } from '@/components/prose';
import { Contents } from '@/components/site-contents';
import { TagName } from '@/components/tag-name';
import { longDate, messages, plural } from '@/messages';

type ArticleProps = { post: Post; imageSize: ImageSize; children?: React.ReactNode };

/** A post, for readers and in the preview: header, table of contents, text, then `children`. */
export function Article({ post, imageSize, children }: ArticleProps) {
  const headings = post.contents.filter(({ text }, index) => text && (index > 0 || text !== post.title));
  const hasContents = headings.length > 2;
  return (
    <div className={`article ${hasContents ? 'article-with-contents' : ''}`}>
      <article className="min-w-0">
        <Head post={post} />
        {hasContents && (
          <details className="border-line my-8 rounded-card border px-4 py-3 font-sans lg:hidden print:hidden">
            <summary className="text-sm font-medium">{messages.site.post.contents}</summary>
            <Contents headings={headings} className="mt-3" />
          </details>
        )}
        <Prose html={post.body_html} title={post.title} imageSize={imageSize} className="mt-10" />
        {children}
      </article>
      {hasContents && (
        <aside className="max-lg:hidden print:hidden">
          <div className="sticky top-8 max-h-[calc(100dvh-4rem)] overflow-y-auto pb-4">
            <p className="text-ink-faint mb-3 text-xs font-semibold tracking-widest uppercase">
              {messages.site.post.contents}
            </p>
            <Contents headings={headings} />
          </div>
        </aside>
      )}
    </div>
  );
}

function Head({ post }: { post: Post }) {
  const { site } = messages;
  const wasUpdated = post.published_at && post.updated_at.slice(0, 10) > post.published_at.slice(0, 10);
  return (
    <header className="grid gap-5">
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
      <p className="text-ink-faint flex flex-wrap gap-x-4 gap-y-1 text-sm">
        <AuthorName author={post.author} className="text-ink font-medium hover:underline" />
        {post.published_at && <time dateTime={post.published_at}>{longDate(post.published_at)}</time>}
        <span>{plural(post.reading_minutes, site.minutes)}</span>
        {wasUpdated && <span>{site.post.updated(longDate(post.updated_at))}</span>}
      </p>
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
