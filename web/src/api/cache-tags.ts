/** Cache tags of Next.js, and cache invalidation: which tags a change makes stale. */

/** Maximum age of a page after a change that was made directly in the API. */
export const REVALIDATE_S = 60;

export const CACHE_TAGS = {
  /** Lists of posts, the archive, the feeds and the sitemap. */
  posts: 'posts',
  /** The page of one post. */
  post: (slug: string) => `post:${slug}`,
  comments: (postId: string) => `comments:${postId}`,
  tags: 'tags',
  authors: 'authors',
  items: 'items',
} as const;

/** The pages of all posts, for changes of which only the id is known, not the slug. */
export const ALL_POSTS_TAG = 'post';

/**
 * Return the tags of what a successful call may have changed, by its method and path. A name that posts show (of a
 * tag, of an account) changes posts too.
 */
export function staleCacheTags(_method: string, path: string): string[] {
  const [, , collection, id, below] = path.split('/');
  switch (collection) {
    case 'posts':
      if (below === 'comments') return [CACHE_TAGS.comments(id ?? ''), ALL_POSTS_TAG];
      return [CACHE_TAGS.posts, ALL_POSTS_TAG, CACHE_TAGS.tags];
    case 'tags':
      return [CACHE_TAGS.tags, CACHE_TAGS.posts, ALL_POSTS_TAG];
    case 'users':
    case 'auth':
      return [CACHE_TAGS.authors, CACHE_TAGS.posts, ALL_POSTS_TAG];
    case 'items':
      return [CACHE_TAGS.items];
    default:
      return [];
  }
}
