import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[503].title, robots: { index: false } };

// A form that could not be sent on is answered with it too: a static page takes no POST.
export const dynamic = 'force-dynamic';

/** Shown by the proxy, with status 503, in place of a page that needs the service. */
export default function Unavailable() {
  return <Failure failing={503} />;
}
