/** Posts for public pages. Requests are anonymous, and cached under the tags that a change makes stale. */
import 'server-only';
import { cache } from 'react';
import { notFound } from 'next/navigation';
import { getPostBySlug, listPosts, type ListPostsData, type PostSummary } from '@/client';
import { ALL_LISTS_TAG, ALL_POSTS_TAG, CACHE_TAGS, REVALIDATE_S } from './cache-tags';
import { unwrapPublic } from './unwrap';

type Query = NonNullable<ListPostsData['query']>;

export type PostPage = { posts: PostSummary[]; total: number; pages: number };

export const PER_PAGE = 12;
/** The API's maximum of `per_page`. */
const MOST = 100;

/** Return how a list is cached: under the tags of what is in it, or under other `tags`. */
function listed({ tag, author }: Query, tags = [tag ? CACHE_TAGS.postsTagged(tag) : author ? CACHE_TAGS.postsBy(author) : CACHE_TAGS.posts]) {
  return { tags: [ALL_LISTS_TAG, ...tags], revalidate: REVALIDATE_S };
}

/**
 * Return published posts, as many as `query.per_page` says (`PER_PAGE`), newest first unless it sorts otherwise. `tags`
 * are the cache tags of a list that not every new post changes.
 */
export async function publishedPosts(query: Query = {}, tags?: string[]): Promise<PostSummary[]> {
  return unwrapPublic('listPosts', await listPosts({ query: { per_page: PER_PAGE, ...query }, next: listed(query, tags) }));
}

/** Return one page of published posts, and the totals. A page beyond the last is a 404. */
export async function fetchPostPage(query: Query = {}): Promise<PostPage> {
  const result = await listPosts({ query: { per_page: PER_PAGE, ...query }, next: listed(query) });
  return counted(result, query);
}

/** As `fetchPostPage`, for searches: not cached. */
export async function searchPosts(query: Query): Promise<PostPage> {
  return counted(await listPosts({ query: { per_page: PER_PAGE, ...query }, cache: 'no-store' }), query);
}

function counted(result: Awaited<ReturnType<typeof listPosts>>, { page = 1, per_page = PER_PAGE }: Query): PostPage {
  const posts = unwrapPublic('listPosts', result);
  const total = Number(result.response?.headers.get('X-Total-Count'));
  if (page > 1 && posts.length === 0) notFound();
  return { posts, total, pages: Math.max(1, Math.ceil(total / per_page)) };
}

/** Return all published posts that match `query`, by cursor pagination. */
export async function fetchAllPosts(query: Query = {}, tags?: string[]): Promise<PostSummary[]> {
  const posts: PostSummary[] = [];
  for (let after: string | undefined; ; after = posts.at(-1)?.cursor) {
    const next = await publishedPosts({ ...query, per_page: MOST, after }, tags);
    posts.push(...next);
    if (next.length < MOST) return posts;
  }
}

/**
 * Return the post at this address, or at the one it moved to: then its `slug` is another. The page for what is not
 * there if there is none. One call a page.
 */
export const publishedPost = cache(async (slug: string) => {
  const next = { tags: [ALL_POSTS_TAG, CACHE_TAGS.post(slug)], revalidate: REVALIDATE_S };
  const result = await getPostBySlug({ path: { slug }, next });
  // A slug that the document does not allow belongs to no post.
  if ([400, 404].includes(result.response?.status ?? 0)) notFound();
  return unwrapPublic('getPostBySlug', result);
});
