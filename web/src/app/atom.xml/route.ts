/** Atom feed. Static, revalidated when posts change. */
import { latestFeed } from '../feed';

export const dynamic = 'force-static';

/** Names of tags are attributes in Atom, of which the library escapes only the quotes. */
const attributeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export async function GET(): Promise<Response> {
  const feed = await latestFeed(attributeText);
  return new Response(feed.atom1(), { headers: { 'Content-Type': 'application/atom+xml; charset=utf-8' } });
}
