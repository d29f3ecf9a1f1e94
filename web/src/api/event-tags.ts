/**
 * The table of the cache tags that each event makes stale. Events come from the service (app/webhooks/revalidate), whoever
 * made the change; those of changes made through this server are also observed at once (public-changes.ts).
 */
import 'server-only';
import { z } from 'zod';
import { listPosts } from '@/client';
import { ALL_AUTHORS_TAG, ALL_COMMENTS_TAG, ALL_LISTS_TAG, ALL_POSTS_TAG, CACHE_TAGS } from './cache-tags';

/** An event as it is sent, in the form of Standard Webhooks. `data` depends on the type. */
export const eventSchema = z.object({ type: z.string(), timestamp: z.iso.datetime({ offset: true }), data: z.unknown() });

/** What changes for readers. With `previous` in `data`, what it was before, less is stale. */
export type PublicEvent = { type: string; data: unknown };

/** What decides which lists show a post, and where. */
const listedPost = z.object({
  id: z.string(),
  slug: z.string(),
  published_at: z.iso.datetime({ offset: true }).nullable(),
  author: z.object({ username: z.string().nullish() }),
  tags: z.array(z.object({ slug: z.string() })),
});
type ListedPost = z.infer<typeof listedPost>;

/** They redirect to `slug`. */
const formerSlugs = z.object({ previous_slugs: z.array(z.string()).default([]) });
const listedData = z.object({
  // Without a slug it is one that readers have not seen.
  post: z.union([z.object({ slug: z.null() }), z.intersection(listedPost, formerSlugs)]),
});

/** What is shown of a post. */
const shownPost = listedPost.extend({
  status: z.string(),
  title: z.string(),
  excerpt: z.string(),
  reading_minutes: z.number(),
  author: z.object({ username: z.string().nullish(), display_name: z.string().nullish() }),
  tags: z.array(z.object({ slug: z.string(), name: z.string() })),
  cover: z.unknown(),
});
type ShownPost = z.infer<typeof shownPost>;
const observedUpdate = z.object({ post: shownPost, previous: shownPost });

const profile = z.object({
  username: z.string(),
  display_name: z.string(),
  bio: z.string(),
  avatar: z.unknown(),
  role: z.string().nullable(),
  is_active: z.boolean().nullable(),
});
const observedProfile = z.object({ user: profile, previous: profile.optional() });
const commentData = z.object({ post: z.object({ id: z.string() }) });

type Tags = string[] | Promise<string[]>;

/** All that shows posts or names. */
export const EVERYTHING = [
  ALL_POSTS_TAG, ALL_LISTS_TAG, ALL_COMMENTS_TAG, ALL_AUTHORS_TAG, CACHE_TAGS.tags, CACHE_TAGS.archive, CACHE_TAGS.redirects,
  CACHE_TAGS.sitemap,
];
/** Posts, comments and lists show the name of their author. */
const NAMES = [ALL_AUTHORS_TAG, ALL_LISTS_TAG, ALL_POSTS_TAG, ALL_COMMENTS_TAG];
/** Posts show the names of their tags, and so do lists. */
const TAG_NAMES = [CACHE_TAGS.tags, ALL_LISTS_TAG, ALL_POSTS_TAG];

const TAGS_OF_EVENTS = new Map<string, (data: unknown) => Tags>([
  ['post.published', listed],
  ['post.updated', updated],
  ['post.images_changed', imagesChanged],
  ['post.unpublished', listed],
  ['post.archived', listed],
  ['post.trashed', listed],
  ['post.restored', listed],
  ['posts.imported', () => EVERYTHING],
  ['comment.created', comments],
  ['comment.updated', comments],
  ['comment.deleted', comments],
  ['tag.updated', () => TAG_NAMES],
  ['tag.merged', () => TAG_NAMES],
  ['tag.deleted', () => TAG_NAMES],
  ['user.updated', named],
  ['user.deleted', () => NAMES],
  ['item.created', () => [CACHE_TAGS.items]],
  ['item.deleted', () => [CACHE_TAGS.items]],
]);

/** Return the cache tags that an event makes stale; none if it changes nothing for readers. Throws `ZodError`. */
export async function tagsOfEvent({ type, data }: PublicEvent): Promise<string[]> {
  return [...new Set(await TAGS_OF_EVENTS.get(type)?.(data))];
}

/** A post has come into the lists, or has left them. */
async function listed(data: unknown): Promise<string[]> {
  const { post } = listedData.parse(data);
  if (post.slug === null) return [];
  const own = [post.slug, ...post.previous_slugs].map(CACHE_TAGS.post);
  const adjacent = [post.id, ...(await adjacentIds(post))].map(CACHE_TAGS.adjacent);
  return [...own, CACHE_TAGS.sitemap, CACHE_TAGS.redirects, ...tagsOfLists(post), ...tagsOfCounts(post), ...adjacent];
}

/** What a post was before is known if the change was observed. It may have had other tags, another author or address. */
async function updated(data: unknown): Promise<string[]> {
  const observed = observedUpdate.safeParse(data);
  if (!observed.success) return [ALL_LISTS_TAG, ...(await listed(data))];
  const { post, previous } = observed.data;
  const versions = [previous, post];
  const stale = [...versions.map(({ slug }) => CACHE_TAGS.post(slug)), CACHE_TAGS.sitemap];
  if (previous.slug !== post.slug) stale.push(CACHE_TAGS.redirects);
  const inLists = versions.filter(isListed);
  if (differ(versions, summaryOf)) {
    const adjacent = await Promise.all(inLists.map(adjacentIds));
    stale.push(...inLists.flatMap(tagsOfLists), ...[post.id, ...adjacent.flat()].map(CACHE_TAGS.adjacent));
  }
  if (differ(versions, countedOf)) stale.push(...inLists.flatMap(tagsOfCounts));
  return stale;
}

/** Its address, its tags and its author are those that it had. */
async function imagesChanged(data: unknown): Promise<string[]> {
  const { post } = listedData.parse(data);
  if (post.slug === null) return [];
  const adjacent = [post.id, ...(await adjacentIds(post))].map(CACHE_TAGS.adjacent);
  return [CACHE_TAGS.post(post.slug), CACHE_TAGS.sitemap, ...tagsOfLists(post), ...adjacent];
}

function comments(data: unknown): string[] {
  return [CACHE_TAGS.comments(commentData.parse(data).post.id)];
}

function named(data: unknown): string[] {
  const { user, previous } = observedProfile.safeParse(data).data ?? {};
  if (!user || !previous) return NAMES;
  const profiles = [user, previous].map(({ username }) => CACHE_TAGS.author(username));
  const shown = ({ username, display_name, avatar }: typeof user) => [username, display_name, avatar];
  if (differ([user, previous], shown)) return [...profiles, ...NAMES];
  return differ([user, previous], ({ bio, role, is_active }) => [bio, role, is_active]) ? profiles : [];
}

const isListed = ({ status }: ShownPost) => status === 'published';

/** What lists show of a post. */
const summaryOf = (post: ShownPost) => {
  const { title, slug, excerpt, author, reading_minutes, tags, published_at, cover } = post;
  return isListed(post) && [title, slug, excerpt, author, reading_minutes, tags, published_at, cover];
};

/** What the numbers of posts depend on. */
const countedOf = (post: ShownPost) =>
  isListed(post) && [post.tags.map(({ slug }) => slug), post.author.username, post.published_at];

const differ = <T>(versions: T[], part: (version: T) => unknown) =>
  new Set(versions.map((version) => JSON.stringify(part(version)))).size > 1;

function tagsOfLists({ tags, author }: ListedPost): string[] {
  const byAuthor = author.username ? [CACHE_TAGS.postsBy(author.username)] : [];
  return [CACHE_TAGS.posts, ...byAuthor, ...tags.map(({ slug }) => CACHE_TAGS.postsTagged(slug))];
}

/** The number of posts of each tag and month, and since when the author writes. */
function tagsOfCounts({ author }: ListedPost): string[] {
  return [CACHE_TAGS.tags, CACHE_TAGS.archive, ...(author.username ? [CACHE_TAGS.author(author.username)] : [])];
}

/** Return the ids of the posts published just before and just after a post, whether or not it is published itself. */
async function adjacentIds({ id, published_at }: ListedPost): Promise<string[]> {
  if (!published_at) return [];
  // Two each way: one of them may be the post itself.
  const options = { cache: 'no-store' } as const;
  const lists = await Promise.all([
    listPosts({ query: { per_page: 2, published_before: published_at }, ...options }),
    listPosts({ query: { per_page: 2, published_after: published_at, sort: 'published_at' }, ...options }),
  ]);
  return lists.flatMap(({ data }) => data?.find((other) => other.id !== id)?.id ?? []);
}
