/** RSS feed. Static, revalidated when posts change. */
import { latestFeed } from '../feed';

export const dynamic = 'force-static';

export async function GET(): Promise<Response> {
  const feed = await latestFeed();
  return new Response(feed.rss2(), { headers: { 'Content-Type': 'application/rss+xml; charset=utf-8' } });
}
