import Link from 'next/link';
import { PendingSpinner } from './pending-spinner';

/** Link that makes its whole row clickable, with a spinner while the page loads. */
export function RowLink({ href, children }: { href: string; children: React.ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="font-serif text-lg font-medium after:absolute after:inset-0">
      {children}
      <PendingSpinner className="ms-2 inline" />
    </Link>
  );
}
