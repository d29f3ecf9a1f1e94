'use client';
import { LoaderCircle } from 'lucide-react';
import { useLinkStatus } from 'next/link';
import { cn } from '@/lib/classes';

/** Turns in a link while what it leads to is on its way, if that takes longer than a blink. */
export function PendingSpinner({ className }: { className: string }) {
  const { pending } = useLinkStatus();
  const look = pending ? 'opacity-100 delay-200 motion-safe:animate-spin' : 'opacity-0';
  return <LoaderCircle aria-hidden className={cn('text-ink-faint size-4 transition-opacity', look, className)} />;
}
