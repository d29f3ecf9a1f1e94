'use client';
import { LoaderCircle } from 'lucide-react';
import Link, { useLinkStatus } from 'next/link';

/** The link of a row, all of which is its target. It says so while what it leads to takes longer than a blink. */
export function RowLink({ href, children }: { href: string; children: React.ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="font-serif text-lg font-medium after:absolute after:inset-0">
      {children}
      <Opening />
    </Link>
  );
}

function Opening() {
  const { pending } = useLinkStatus();
  if (!pending) return null;
  return <LoaderCircle aria-hidden className="text-ink-faint ms-2 inline size-4 motion-safe:animate-spin" />;
}
