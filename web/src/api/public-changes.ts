/**
 * What a call through this server changes for readers, as the events that tell of it. What readers see is read before and
 * after the change, as a reader: a draft that is saved is no event. The service tells of the same change a moment later
 * (app/webhooks/revalidate); whoever made it does not wait for that.
 */
import 'server-only';
import { getMe, getPost, getTag, getUser, type Post, type User, type UserProfile } from '@/client';
import type { Client } from '@/client/client';
import { failureOf, type Result } from '@/lib/problems';
import { EVERYTHING, type PublicEvent, tagsOfEvent } from './event-tags';

/** Reads the tags that the change has made stale, once it has succeeded. */
export type StaleTags = () => Promise<string[]>;

/** What a call is about to change. */
export type Resource =
  | { kind: 'post'; id: string; /** Readers may see it afterwards although they do not see it yet. */ mayAppear?: boolean }
  | { kind: 'tag'; id: number }
  | { kind: 'user'; id: number | 'me'; /** Reads accounts, which are not public. */ client: Client }
  | { kind: 'comments'; postId: string }
  | { kind: 'items' };

/** As an anonymous reader: drafts, posts in the trash and tags of drafts alone are not there. */
const UNCACHED = { cache: 'no-store' } as const;

/** The API says that there is nothing. */
const NOTHING = undefined;
/** The API did not say what there is. */
const UNKNOWN = 'unknown';

/** Their owner and administrators see what others do not. */
type Account = User | UserProfile;
type Seen<T> = T | typeof NOTHING | typeof UNKNOWN;
type Events<T> = (before: T | undefined, after: T | undefined) => PublicEvent[];

function seen<R extends Result>(result: R): Seen<NonNullable<R['data']>> {
  const failure = failureOf(result);
  if (failure === undefined) return result.data as NonNullable<R['data']>;
  return failure === 404 || failure === 400 ? NOTHING : UNKNOWN;
}

/** Return what the operations at a path of the API change, undefined if readers see nothing of it. */
export function resourceAt(path: string, client: Client): Resource | undefined {
  const [, , collection, id = '', below] = path.split('/');
  if (collection === 'items') return { kind: 'items' };
  if (collection === 'auth' && id === 'me') return { kind: 'user', id: 'me', client };
  // What is new is seen by nobody: a draft, a tag without posts, an account that has written nothing.
  if (id === '') return undefined;
  if (collection === 'posts' && below === 'comments') return { kind: 'comments', postId: id };
  // Only what is done to a post publishes it: one that is saved remains unseen.
  if (collection === 'posts' && id !== 'trash') return { kind: 'post', id, mayAppear: below !== undefined };
  if (collection === 'tags') return { kind: 'tag', id: Number(id) };
  if (collection === 'users') return { kind: 'user', id: Number(id), client };
  return undefined;
}

/** Read what readers see of what a call is about to change. Call the result after the change has succeeded. */
export async function watchPublicChange(resource: Resource | undefined): Promise<StaleTags> {
  switch (resource?.kind) {
    case 'post':
      return watch(() => publicPost(resource.id), eventsOfPost, (before) => before === NOTHING && !resource.mayAppear);
    case 'tag':
      return watch(() => publicTag(resource.id), eventsOfTag, (before) => before === NOTHING);
    case 'user':
      return watch(() => account(resource), eventsOfUser);
    case 'comments':
      return async () => tagsOfEvent({ type: 'comment.updated', data: { post: { id: resource.postId } } });
    case 'items':
      return async () => tagsOfEvent({ type: 'item.created', data: {} });
    default:
      return async () => [];
  }
}

const publicPost = async (post_id: string) => seen(await getPost({ path: { post_id }, ...UNCACHED }));

/** A tag that no public post has is not seen. */
async function publicTag(tag_id: number) {
  const tag = seen(await getTag({ path: { tag_id }, ...UNCACHED }));
  return tag !== UNKNOWN && tag?.post_count === 0 ? NOTHING : tag;
}

const account = async ({ id, client }: { id: number | 'me'; client: Client }): Promise<Seen<Account>> =>
  seen(id === 'me' ? await getMe({ client }) : await getUser({ client, path: { user_id: id } }));

async function watch<T extends object>(
  read: () => Promise<Seen<T>>,
  eventsOf: Events<T>,
  changesNothing: (before: Seen<T>) => boolean = () => false,
): Promise<StaleTags> {
  const before = await read();
  if (changesNothing(before)) return async () => [];
  return async () => {
    const after = await read();
    if (before === UNKNOWN || after === UNKNOWN) return EVERYTHING;
    const tags = await Promise.all(eventsOf(before as T | undefined, after as T | undefined).map(tagsOfEvent));
    return [...new Set(tags.flat())];
  };
}

/** Return the event of a post which readers saw as `previous` and now see as `post`; undefined is not at all. */
export function eventsOfPost(previous: Post | undefined, post: Post | undefined): PublicEvent[] {
  if (!post) return previous ? [{ type: 'post.unpublished', data: { post: previous } }] : [];
  if (!previous) return [{ type: 'post.published', data: { post } }];
  if (previous.etag === post.etag && previous.status === post.status) return [];
  return [{ type: 'post.updated', data: { post, previous } }];
}

/** A tag that was renamed, merged or deleted: what is there afterwards does not matter. */
const eventsOfTag: Events<object> = (previous) => (previous ? [{ type: 'tag.updated', data: {} }] : []);

export function eventsOfUser(previous: Account | undefined, user: Account | undefined): PublicEvent[] {
  if (!user) return previous ? [{ type: 'user.deleted', data: {} }] : [];
  return [{ type: 'user.updated', data: { user, previous } }];
}
