import SiteLayout from './(site)/layout';
import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title };

/** The page for an address that no route has: it belongs to no part, so it is shown as one of the site. */
export default function NotFound() {
  return (
    <SiteLayout>
      <Failure failing={404} />
    </SiteLayout>
  );
}
