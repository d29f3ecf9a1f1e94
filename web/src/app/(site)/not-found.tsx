import { SiteNotFound } from '@/components/not-found';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[404].title, robots: { index: false } };

/** The 404 page inside the layout of the site. */
export default function NotFound() {
  return <SiteNotFound />;
}
