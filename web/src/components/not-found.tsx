import { Failure } from '@/components/failure';
import { messages } from '@/messages';

const { errors } = messages;
const LINKS = [
  { href: '/search', name: errors.search },
  { href: '/archive', name: errors.archive },
];

/** The 404 page of the public site: what has moved is found by searching, or in the archive. */
export function SiteNotFound() {
  return <Failure failing={404} links={LINKS} />;
}
