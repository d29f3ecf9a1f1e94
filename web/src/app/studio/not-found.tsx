import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title };

/** The 404 page inside the layout of the studio. */
export default function NotFound() {
  return <Failure failing={404} links={[{ href: '/studio', name: messages.site.studio }]} />;
}
