import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title };

/** As the outermost one, and inside the frame of the studio: there are ways on. */
export default function NotFound() {
  return <Failure failing={404} />;
}
