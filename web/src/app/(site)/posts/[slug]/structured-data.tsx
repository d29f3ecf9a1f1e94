import type { Post } from '@/client';
import { siteUrl } from '@/lib/base-urls';
import { scriptJson } from '@/lib/html-script';
import { LANGUAGE, messages } from '@/messages';

/** Return the cover as schema.org wants it: an ImageObject, with whom to credit. */
function imagesOf({ cover }: Post) {
  if (!cover) return undefined;
  const { url, width, height, caption, credit } = cover;
  return {
    '@type': 'ImageObject',
    url: siteUrl() + url,
    width,
    height,
    caption: caption || undefined,
    creditText: credit || undefined,
  };
}

/** Structured data of a post (schema.org, JSON-LD). */
export function StructuredData({ post }: { post: Post }) {
  const url = `${siteUrl()}/posts/${post.slug}`;
  const { author } = post;
  const data = {
    '@context': 'https://schema.org',
    '@type': 'BlogPosting',
    headline: post.title,
    description: post.seo_description,
    image: imagesOf(post),
    url,
    mainEntityOfPage: post.canonical_url ?? url,
    datePublished: post.published_at ?? undefined,
    dateModified: post.updated_at,
    inLanguage: LANGUAGE,
    wordCount: post.word_count,
    keywords: post.tags.map(({ name }) => name),
    author: {
      '@type': 'Person',
      name: author.display_name,
      image: author.avatar ? siteUrl() + author.avatar.url : undefined,
      url: author.username ? `${siteUrl()}/authors/${author.username}` : undefined,
    },
    publisher: { '@type': 'Organization', name: messages.site.name, url: siteUrl() },
  };
  // React would escape quotes as HTML entities, which scripts do not decode; scriptJson escapes the rest.
  return <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: scriptJson(data) }} />;
}
