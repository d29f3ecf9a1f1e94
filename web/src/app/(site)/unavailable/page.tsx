import { headers } from 'next/headers';
import { Failure, failingOf } from '@/components/failure';
import { FAILURE_HEADER } from '@/lib/unavailable';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[503].title, robots: { index: false } };

// Dynamic because it also responds to POST, which a static page does not accept.
export const dynamic = 'force-dynamic';

/** Page for 503: proxy.ts rewrites to it when the API or the legacy site does not respond. */
export default async function Unavailable() {
  const digest = (await headers()).get(FAILURE_HEADER) ?? 'api-503';
  return <Failure failing={failingOf(digest)} canReload />;
}
