import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title, robots: { index: false } };

/** As the outermost one, and inside the frame of the site: there are ways on. */
export default function NotFound() {
  return <Failure failing={404} />;
}
