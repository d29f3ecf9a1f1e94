'use client';
import { LoaderCircle } from 'lucide-react';
import { useLinkStatus } from 'next/link';
import { cn } from '@/lib/classes';

/** Spinner inside a link while its page loads, shown after 200 ms. */
export function PendingSpinner({ className }: { className: string }) {
  const { pending } = useLinkStatus();
  const look = pending ? 'opacity-100 delay-200 motion-safe:animate-spin' : 'opacity-0';
  return <LoaderCircle aria-hidden className={cn('text-ink-faint size-4 transition-opacity', look, className)} />;
}
