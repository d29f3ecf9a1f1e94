/** Cache tags of Next.js, by what a cached response contains. Cache invalidation, by what a change makes stale, is in event-tags.ts. */

import { secondsSetting } from '@/lib/seconds-setting';

/**
 * How old data may be that a page is rendered from. With cache-handler.mjs, which renders pages again, no page that is
 * served is older than three times this: `PAGE_MAX_AGE_S`.
 */
export const REVALIDATE_S = Math.max(1, Math.floor(secondsSetting('PAGE_MAX_AGE_S') / 3));

export const CACHE_TAGS = {
  /** Lists of posts of any tag and author: the front page, the years of the archive, the feeds. */
  posts: 'posts',
  /** Lists of the posts with a tag. */
  postsTagged: (slug: string) => `posts-tagged:${slug}`,
  /** Lists of an author's posts. */
  postsBy: (username: string) => `posts-by:${username}`,
  /** The posts published just before and just after a post. */
  adjacent: (postId: string) => `adjacent:${postId}`,
  /** One post, and what redirects to it. */
  post: (slug: string) => `post:${slug}`,
  comments: (postId: string) => `comments:${postId}`,
  /** The list of tags, with the number of posts of each. */
  tags: 'tags',
  /** The number of posts of each month. */
  archive: 'archive',
  /** The public profile of an author; usernames are case-insensitive. */
  author: (username: string) => `author:${username.toLowerCase()}`,
  /** Redirects from the paths of an imported site. */
  redirects: 'redirects',
  /** Addresses and dates of all posts. */
  sitemap: 'sitemap',
  items: 'items',
} as const;

/** Tags of all responses of a kind, for changes that many of them show. */
export const ALL_POSTS_TAG = 'post';
export const ALL_LISTS_TAG = 'lists';
export const ALL_COMMENTS_TAG = 'comments';
export const ALL_AUTHORS_TAG = 'authors';
