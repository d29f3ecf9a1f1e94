/**
 * What an event of the service changes for readers, as the cache tags that it makes stale. Events tell of changes that did
 * not come through this server: of the worker, of commands, and of other clients of the API.
 */
import 'server-only';
import { z } from 'zod';
import { ALL_AUTHORS_TAG, ALL_COMMENTS_TAG, ALL_LISTS_TAG, ALL_POSTS_TAG, CACHE_TAGS } from './cache-tags';
import { EVERYTHING, tagsOfListedPost } from './public-changes';

/** An event as it is sent, in the form of Standard Webhooks. `data` depends on the type. */
export const eventSchema = z.object({ type: z.string(), timestamp: z.iso.datetime({ offset: true }), data: z.unknown() });

const postData = z.object({
  post: z.object({
    id: z.string(),
    /** Null for a post that readers have not seen. */
    slug: z.string().nullable(),
    /** They redirect to `slug`. */
    previous_slugs: z.array(z.string()),
    published_at: z.iso.datetime({ offset: true }).nullable(),
    author: z.object({ username: z.string().nullable() }),
    tags: z.array(z.object({ slug: z.string() })),
  }),
});
const commentData = z.object({ post: z.object({ id: z.string() }) });

type Tags = string[] | Promise<string[]>;

/** A post has come into the lists, or has left them. */
const listed = async (data: unknown): Promise<string[]> => {
  const { post } = postData.parse(data);
  if (post.slug === null) return [];
  return [...post.previous_slugs.map(CACHE_TAGS.post), ...(await tagsOfListedPost({ ...post, slug: post.slug }))];
};
/** What it was before is unknown: it may have had other tags, another author and another address. */
const updated = async (data: unknown): Promise<string[]> => [ALL_LISTS_TAG, ...(await listed(data))];

const comments = (data: unknown): Tags => [CACHE_TAGS.comments(commentData.parse(data).post.id)];

/** Posts, comments and lists show the name of their author, which may have been another one. */
const NAMES = [ALL_AUTHORS_TAG, ALL_LISTS_TAG, ALL_POSTS_TAG, ALL_COMMENTS_TAG];

/** Posts and lists show the name of a tag, and its former one stays unknown. */
const TAGGED = [ALL_LISTS_TAG, ALL_POSTS_TAG, CACHE_TAGS.tags];

const TAGS_OF_EVENTS = new Map<string, (data: unknown) => Tags>([
  ['post.published', listed],
  ['post.updated', updated],
  ['post.unpublished', listed],
  ['post.archived', listed],
  ['post.trashed', listed],
  ['post.restored', listed],
  ['posts.imported', () => EVERYTHING],
  ['comment.created', comments],
  ['comment.updated', comments],
  ['comment.deleted', comments],
  ['tag.updated', () => TAGGED],
  ['tag.merged', () => TAGGED],
  ['tag.deleted', () => TAGGED],
  ['item.created', () => [CACHE_TAGS.items]],
  ['item.deleted', () => [CACHE_TAGS.items]],
  ['user.updated', () => NAMES],
  ['user.deleted', () => NAMES],
]);

/** Return the cache tags that an event makes stale; none if it changes nothing for readers. Throws `ZodError`. */
export async function tagsOfEvent({ type, data }: z.infer<typeof eventSchema>): Promise<string[]> {
  return [...new Set(await TAGS_OF_EVENTS.get(type)?.(data))];
}
