/** What public pages read besides posts. As in posts.ts, requests are anonymous and cached under tags. */
import 'server-only';
import { cache } from 'react';
import { notFound } from 'next/navigation';
import {
  getAuthor,
  getMedia,
  getPostArchive,
  listComments,
  listTags,
  type PostAuthor,
  type PostSummary,
  type Tag,
  type ThreadComment,
} from '@/client';
import { HEAD_BYTES, imageSize, type Size } from '@/lib/image-size';
import { ALL_AUTHORS_TAG, ALL_COMMENTS_TAG, CACHE_TAGS, REVALIDATE_S } from './cache-tags';
import { publishedPosts } from './posts';
import { unwrapPublic } from './unwrap';

const MOST = 100;
const RELATED = 3;

/** Return the tags of published and archived posts, by name. */
const allTags = cache(async (): Promise<Tag[]> => {
  const tags: Tag[] = [];
  const next = { tags: [CACHE_TAGS.tags], revalidate: REVALIDATE_S };
  for (let page = 1; ; page += 1) {
    const found = unwrapPublic('listTags', await listTags({ query: { page, per_page: MOST }, next }));
    tags.push(...found);
    if (found.length < MOST) return tags;
  }
});

/** Return the tags of published posts, by name. */
export async function publicTags(): Promise<Tag[]> {
  return (await allTags()).filter((tag) => tag.post_count > 0);
}

/** Return the tag of this slug; 404 if no published or archived post has it: those link to its page. */
export async function publicTag(slug: string): Promise<Tag> {
  return (await allTags()).find((tag) => tag.slug === slug) ?? notFound();
}

/** Return the public profile of an author, undefined if there is none. One request per page (React `cache`). */
const findAuthor = cache(async (username: string) => {
  const next = { tags: [ALL_AUTHORS_TAG, CACHE_TAGS.author(username)], revalidate: REVALIDATE_S };
  const result = await getAuthor({ path: { username }, next });
  if ([400, 404].includes(result.response?.status ?? 0)) return undefined;
  return unwrapPublic('getAuthor', result);
});

/** Return the public profile of an author; 404 if there is none. */
export async function publicAuthor(username: string) {
  return (await findAuthor(username)) ?? notFound();
}

/** Return what the author of a post says of themselves; undefined if nothing, or the account was deleted. */
export async function authorBio({ username }: PostAuthor): Promise<string | undefined> {
  return username ? ((await findAuthor(username))?.bio ?? undefined) : undefined;
}

export type Month = { year: number; month: number; count: number };

/** Return how many posts each month has, the latest first; months without any are left out. */
export async function postArchive(): Promise<Month[]> {
  const next = { tags: [CACHE_TAGS.archive], revalidate: REVALIDATE_S };
  const months = unwrapPublic('getPostArchive', await getPostArchive({ next }));
  return months.map(({ month, count }) => ({ year: Number(month.slice(0, 4)), month: Number(month.slice(5)), count }));
}

/** Return all comments on a post, oldest first, replies after their parents. */
export async function fetchComments(postId: string): Promise<ThreadComment[]> {
  const comments: ThreadComment[] = [];
  const next = { tags: [ALL_COMMENTS_TAG, CACHE_TAGS.comments(postId)], revalidate: REVALIDATE_S };
  for (let after: string | undefined; ; after = comments.at(-1)?.cursor) {
    const call = listComments({ path: { post_id: postId }, query: { per_page: MOST, after }, next });
    const found = unwrapPublic('listComments', await call);
    comments.push(...found);
    if (found.length < MOST) return comments;
  }
}

/** Return posts that share a tag with `post`: those of its first tag first, the newest first. */
export async function relatedPosts(post: Pick<PostSummary, 'id' | 'tags'>): Promise<PostSummary[]> {
  const lists = post.tags.slice(0, 2).map(({ slug }) => publishedPosts({ tag: slug, per_page: RELATED + 1 }));
  const related = new Map((await Promise.all(lists)).flat().map((each) => [each.id, each]));
  related.delete(post.id);
  return [...related.values()].slice(0, RELATED);
}

/** Return the posts published just before and just after a post. */
export async function adjacentPosts(post: Pick<PostSummary, 'id' | 'published_at'>) {
  if (!post.published_at) return {};
  const tags = [CACHE_TAGS.adjacent(post.id)];
  // The later list begins with the post itself, or with others of the same instant.
  const [earlier, later] = await Promise.all([
    publishedPosts({ published_before: post.published_at, per_page: 1 }, tags),
    publishedPosts({ published_after: post.published_at, sort: 'published_at', per_page: 2 }, tags),
  ]);
  return { earlier: earlier[0], later: later.find((each) => each.id !== post.id) };
}

/** Never invalidated: the content under an image's name does not change. */
const sizes = new Map<string, Size>();

/** Return the size of an image of the API, undefined if it is unknown: the page works without it. */
export async function fetchImageSize(name: string): Promise<Size | undefined> {
  const headers = { range: `bytes=0-${HEAD_BYTES - 1}` };
  const known = sizes.get(name);
  if (known) return known;
  const { data } = await getMedia({ path: { name }, headers, parseAs: 'arrayBuffer', cache: 'force-cache' });
  const size = data instanceof ArrayBuffer ? imageSize(data) : undefined;
  if (size) sizes.set(name, size);
  return size;
}
