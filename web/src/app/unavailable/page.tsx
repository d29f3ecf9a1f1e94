import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[503].title, robots: { index: false } };

// Dynamic because it also responds to POST, which a static page does not accept.
export const dynamic = 'force-dynamic';

/** Page for 503: proxy.ts rewrites to it when the API or the legacy site does not respond. */
export default function Unavailable() {
  return <Failure failing={503} />;
}
