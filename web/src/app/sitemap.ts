import type { MetadataRoute } from 'next';
import { siteUrl } from '@/lib/base-urls';
import { CACHE_TAGS } from '@/api/cache-tags';
import { publicTags } from '@/api/public';
import { fetchAllPosts } from '@/api/posts';

/** Maximum number of URLs in one sitemap, by its protocol. */
const MOST = 50_000;

/** Sitemap of all public pages, newest posts first in case of the limit. */
export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  const [posts, tags] = await Promise.all([fetchAllPosts({}, [CACHE_TAGS.sitemap]), publicTags()]);
  const authors = new Set(posts.flatMap(({ author }) => author.username ?? []));
  const years = new Set(posts.flatMap(({ published_at }) => published_at?.slice(0, 4) ?? []));
  const lists = [
    '/',
    '/archive',
    '/tags',
    ...[...years].map((year) => `/archive/${year}`),
    ...tags.map(({ slug }) => `/tags/${slug}`),
    ...[...authors].map((username) => `/authors/${username}`),
  ];
  const home = siteUrl();
  return [
    ...lists.map((path) => ({ url: home + path })),
    // A post with a canonical URL elsewhere does not belong in this sitemap.
    ...posts
      .filter(({ canonical_url }) => canonical_url === null)
      .map(({ slug, updated_at, cover }) => ({
        url: `${home}/posts/${slug}`,
        lastModified: updated_at,
        ...(cover && { images: [home + cover.url] }),
      })),
  ].slice(0, MOST);
}
