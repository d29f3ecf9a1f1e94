import SiteLayout from './(site)/layout';
import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title };

/** 404 page for URLs without a route, in the layout of the site. */
export default function NotFound() {
  return (
    <SiteLayout>
      <Failure failing={404} />
    </SiteLayout>
  );
}
