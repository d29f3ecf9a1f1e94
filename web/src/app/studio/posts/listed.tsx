import { listPosts, listTags, type User } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Notice } from '@/components/ui/notice';
import { problemOf } from '@/lib/problems';
import { messages } from '@/messages';
import { atLeast, sessionClient } from '@/session/current';
import { viewerTimeZone } from '@/session/time-zone';
import { Filters } from './filters';
import { apiQuery, type PostListParams } from './list-params';
import { Pages } from './pages';
import { NoPosts, PostTable } from './table';

/** The filtered list of posts, with its filters and pagination. */
export async function Listed({ params, user }: { params: PostListParams; user: User }) {
  const client = await sessionClient();
  const [result, tags] = await Promise.all([
    listPosts({ client, query: apiQuery(params, user.username) }),
    listTags({ client, query: { per_page: 100 } }),
  ]);
  const problem = problemOf(result);
  const refused = problem?.code === 'INVALID_INPUT' ? problem : undefined;
  const posts = refused ? [] : unwrap('listPosts', result);
  const total = Number(result.response?.headers.get('X-Total-Count') ?? posts.length);
  return (
    <>
      <Filters params={params} tags={(tags.data ?? []).map(({ name, slug }) => ({ name, slug }))} />
      {refused && (
        <Notice tone="bad">
          {messages.studio.posts.invalidFilters} {refused.errors?.map(({ detail }) => detail).join(' ') ?? refused.detail}
        </Notice>
      )}
      {posts.length > 0 ? <PostTable posts={posts} params={params} zone={await viewerTimeZone()} canBackdate={atLeast(user, 'editor')} /> : !refused && <NoPosts params={params} />}
      <Pages params={params} total={total} shown={posts.length} />
    </>
  );
}

/** Skeleton of the list. */
export function Loading() {
  return (
    <>
      <p role="status" className="sr-only">{messages.studio.posts.loading}</p>
      <div aria-hidden className="divide-line border-line mt-20 grid animate-pulse divide-y border-y">
        {Array.from({ length: 8 }, (_, row) => (
          <div key={row} className="flex items-center justify-between gap-6 py-5">
            <div className="bg-sunken h-5 w-1/2 rounded" />
            <div className="bg-sunken h-4 w-24 rounded" />
          </div>
        ))}
      </div>
    </>
  );
}
