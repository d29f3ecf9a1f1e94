import Link from 'next/link';
import { PendingSpinner } from './pending-spinner';

/** The link of a row, all of which is its target. It says so while what it leads to takes longer than a blink. */
export function RowLink({ href, children }: { href: string; children: React.ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="font-serif text-lg font-medium after:absolute after:inset-0">
      {children}
      <PendingSpinner className="ms-2 inline" />
    </Link>
  );
}
