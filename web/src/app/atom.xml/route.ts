/** Atom feed. Static, revalidated when posts change. */
import { latestFeed } from '../feed';

export const dynamic = 'force-static';

export async function GET(): Promise<Response> {
  const feed = await latestFeed();
  return new Response(feed.atom1(), { headers: { 'Content-Type': 'application/atom+xml; charset=utf-8' } });
}
