/** The posts of a month of the calendar. */
import 'server-only';
import { listPosts, type ListPostsData, type PostSummary } from '@/client';
import { unwrap } from '@/api/unwrap';
import { monthsLater, startOf } from '@/lib/calendar-month';
import { sessionClient } from '@/session/current';

/** The API's maximum of `per_page`. */
const PER_REQUEST = 100;
const MOST_REQUESTS = 5;

type Query = NonNullable<ListPostsData['query']>;

/** Return the scheduled and published posts of a month, in order; `isCut` if there are more. */
export async function postsOfMonth(month: string, zone: string, author?: string): Promise<{ posts: PostSummary[]; isCut: boolean }> {
  const [from, before] = [startOf(month, zone), startOf(monthsLater(month, 1), zone)].map((each) => each.toISOString());
  const lists = await Promise.all([
    allPosts({ status: 'published', sort: 'published_at', published_after: from, published_before: before, author }),
    allPosts({ status: 'scheduled', sort: 'scheduled_at', scheduled_after: from, scheduled_before: before, author }),
  ]);
  return { posts: lists.flatMap(({ posts }) => posts), isCut: lists.some(({ isCut }) => isCut) };
}

async function allPosts(query: Query): Promise<{ posts: PostSummary[]; isCut: boolean }> {
  const client = await sessionClient();
  const posts: PostSummary[] = [];
  for (let request = 0; request < MOST_REQUESTS; request += 1) {
    const after = posts.at(-1)?.cursor;
    const found = unwrap('listPosts', await listPosts({ client, query: { ...query, per_page: PER_REQUEST, after } }));
    posts.push(...found);
    if (found.length < PER_REQUEST) return { posts, isCut: false };
  }
  return { posts, isCut: true };
}
