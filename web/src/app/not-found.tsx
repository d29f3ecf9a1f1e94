import SiteLayout from './(site)/layout';
import { SiteNotFound } from '@/components/not-found';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title };

/** 404 page for URLs without a route, in the layout of the site. */
export default function NotFound() {
  return (
    <SiteLayout>
      <SiteNotFound />
    </SiteLayout>
  );
}
