/**
 * What a call that writes changes for readers, as the cache tags that it makes stale. What readers see is read before and
 * after the change, as a reader: a draft that is saved changes nothing, a post that gets another slug changes the page of
 * both.
 */
import 'server-only';
import { getMe, getPost, getTag, getUser, listPosts, type Post, type User } from '@/client';
import type { Client } from '@/client/client';
import { failureOf, type Result } from '@/lib/problems';
import {
  ALL_AUTHORS_TAG,
  ALL_COMMENTS_TAG,
  ALL_LISTS_TAG,
  ALL_POSTS_TAG,
  CACHE_TAGS,
} from './cache-tags';

/** Reads the tags that the change has made stale, once it has succeeded. */
export type StaleTags = () => Promise<string[]>;

/** Everything that shows posts or names: for a change of which it is unknown what readers saw before. */
export const EVERYTHING = [
  ALL_POSTS_TAG, ALL_LISTS_TAG, ALL_COMMENTS_TAG, ALL_AUTHORS_TAG, CACHE_TAGS.tags, CACHE_TAGS.redirects,
];

/** As an anonymous reader: drafts, posts in the trash and tags of drafts alone are not there. */
const UNCACHED = { cache: 'no-store' } as const;

/** The API says that there is nothing. */
const NOTHING = undefined;
/** The API did not say what there is. */
const UNKNOWN = 'unknown';

/** What decides which lists show a post, and where. */
export type ListedPost = Pick<Post, 'id' | 'published_at'> & { author: { username?: string | null }; tags: { slug: string }[] };

type Seen<T> = T | typeof NOTHING | typeof UNKNOWN;

function seen<R extends Result>(result: R): Seen<NonNullable<R['data']>> {
  const failure = failureOf(result);
  if (failure === undefined) return result.data as NonNullable<R['data']>;
  return failure === 404 || failure === 400 ? NOTHING : UNKNOWN;
}

/**
 * Read what readers see of what a call is about to change, by its method and path. `account` reads accounts, which are
 * not public. Call the result after the change has succeeded.
 */
export async function watchPublicChange(method: string, path: string, account: Client): Promise<StaleTags> {
  const [, , collection, id = '', below] = path.split('/');
  switch (collection) {
    case 'posts':
      if (below === 'comments') return async () => [CACHE_TAGS.comments(id)];
      return watchPost(method, id, below);
    case 'tags':
      return watchTag(method, id);
    case 'users':
      // A new account has written nothing.
      if (method === 'POST') return nothing;
      return watchAccount(method, () => getUser({ client: account, path: { user_id: Number(id) } }));
    case 'auth':
      return id === 'me' ? watchAccount(method, () => getMe({ client: account })) : nothing;
    case 'items':
      return async () => [CACHE_TAGS.items];
    default:
      return nothing;
  }
}

const nothing: StaleTags = async () => [];

async function watchPost(method: string, id: string, below: string | undefined): Promise<StaleTags> {
  // A new post is a draft, and what is deleted from the trash was seen by nobody.
  if (id === '' || id === 'trash') return nothing;
  const before = await publicPost(id);
  // Only these make a post public: a draft that is saved or deleted remains unseen.
  if (before === NOTHING && !['publish', 'archive', 'restore'].includes(below ?? '')) return nothing;
  return async () => {
    const after = method === 'DELETE' ? NOTHING : await publicPost(id);
    if (before === UNKNOWN || after === UNKNOWN) return EVERYTHING;
    return [...tagsOfPostChange(before, after), ...(await tagsOfNeighbours(before, after))];
  };
}

const publicPost = async (post_id: string) => seen(await getPost({ path: { post_id }, ...UNCACHED }));

/** Return the tags of what shows a post, which readers saw as `before` and now see as `after`; undefined is not at all. */
export function tagsOfPostChange(before: Post | undefined, after: Post | undefined): string[] {
  const versions = [before, after].filter((version): version is Post => version !== undefined);
  if (versions.length === 0) return [];
  const stale = new Set(versions.map(({ slug }) => CACHE_TAGS.post(slug)));
  stale.add(CACHE_TAGS.sitemap);
  if (before?.slug !== after?.slug) stale.add(CACHE_TAGS.redirects);
  const listed = versions.filter(({ status }) => status === 'published');
  if (changesLists(before, after)) for (const version of listed) for (const tag of tagsOfLists(version)) stale.add(tag);
  // The number of posts of each tag and month, and since when the author writes.
  if (countedOf(before) !== countedOf(after)) {
    stale.add(CACHE_TAGS.tags).add(CACHE_TAGS.archive);
    for (const { author } of listed) if (author.username) stale.add(CACHE_TAGS.author(author.username));
  }
  return [...stale];
}

const isListed = (post: Post | undefined) => post?.status === 'published';

/** What the numbers of posts depend on. */
const countedOf = (post: Post | undefined) =>
  isListed(post) && JSON.stringify([post?.tags.map(({ slug }) => slug), post?.author.username, post?.published_at]);

/** What lists show of a post. */
const summaryOf = (post: Post | undefined) =>
  isListed(post) &&
  JSON.stringify([post?.title, post?.slug, post?.excerpt, post?.author, post?.reading_minutes, post?.tags, post?.published_at]);

const changesLists = (before: Post | undefined, after: Post | undefined) => summaryOf(before) !== summaryOf(after);

function tagsOfLists({ tags, author }: ListedPost): string[] {
  const byAuthor = author.username ? [CACHE_TAGS.postsBy(author.username)] : [];
  return [CACHE_TAGS.posts, ...byAuthor, ...tags.map(({ slug }) => CACHE_TAGS.postsTagged(slug))];
}

/** Return the tags of all that shows a post, which came into the lists or has left them. */
export async function tagsOfListedPost(post: ListedPost & { slug: string }): Promise<string[]> {
  const own = [CACHE_TAGS.post(post.slug), CACHE_TAGS.sitemap, CACHE_TAGS.redirects, CACHE_TAGS.tags, CACHE_TAGS.archive];
  const author = post.author.username ? [CACHE_TAGS.author(post.author.username)] : [];
  const adjacent = [post.id, ...(await adjacentIds(post))].map(CACHE_TAGS.adjacent);
  return [...own, ...tagsOfLists(post), ...author, ...adjacent];
}

/** Return the tags of the links from the posts published just before and just after. */
async function tagsOfNeighbours(before: Post | undefined, after: Post | undefined): Promise<string[]> {
  if (!changesLists(before, after)) return [];
  const listed = [before, after].filter((post) => post !== undefined && isListed(post)) as Post[];
  const neighbours = await Promise.all(listed.map(adjacentIds));
  return [...new Set([...listed.map(({ id }) => id), ...neighbours.flat()])].map(CACHE_TAGS.adjacent);
}

/** Return the ids of the posts published just before and just after a post, whether or not it is published itself. */
async function adjacentIds({ id, published_at }: ListedPost): Promise<string[]> {
  if (!published_at) return [];
  // Two each way: one of them may be the post itself.
  const query = { per_page: 2 };
  const lists = await Promise.all([
    listPosts({ query: { ...query, published_before: published_at }, ...UNCACHED }),
    listPosts({ query: { ...query, published_after: published_at, sort: 'published_at' }, ...UNCACHED }),
  ]);
  return lists.flatMap(({ data }) => data?.find((other) => other.id !== id)?.id ?? []);
}

async function watchTag(method: string, id: string): Promise<StaleTags> {
  // A new tag has no posts.
  if (method === 'POST' && id === '') return nothing;
  const before = seen(await getTag({ path: { tag_id: Number(id) }, ...UNCACHED }));
  if (before === NOTHING || (before !== UNKNOWN && before.post_count === 0)) return nothing;
  // Posts show the names of their tags, and so do lists.
  return async () => [CACHE_TAGS.tags, ALL_LISTS_TAG, ALL_POSTS_TAG];
}

async function watchAccount(method: string, read: () => Promise<Result>): Promise<StaleTags> {
  const before = seen(await read()) as Seen<User>;
  return async () => {
    const after = method === 'DELETE' ? NOTHING : (seen(await read()) as Seen<User>);
    return before === UNKNOWN || after === UNKNOWN ? EVERYTHING : tagsOfAccountChange(before, after);
  };
}

/** Return the tags of what shows an account, which was `before` and now is `after`; undefined if it is deleted. */
export function tagsOfAccountChange(before: User | undefined, after: User | undefined): string[] {
  const profiles = [before, after].flatMap((account) => (account ? [CACHE_TAGS.author(account.username)] : []));
  const isNamed = (account: User | undefined) => JSON.stringify([account?.username, account?.display_name]);
  if (isNamed(before) !== isNamed(after)) {
    // Posts, comments and lists show the name of their author.
    return [...new Set([...profiles, ALL_AUTHORS_TAG, ALL_LISTS_TAG, ALL_POSTS_TAG, ALL_COMMENTS_TAG])];
  }
  const profile = (account: User | undefined) => JSON.stringify([account?.bio, account?.role, account?.is_active]);
  return profile(before) === profile(after) ? [] : [...new Set(profiles)];
}
