'use client';
import { LoaderCircle } from 'lucide-react';
import { useLinkStatus } from 'next/link';

/** Turns in a link while what it leads to is on its way, if that takes longer than a blink. */
export function Opening() {
  const { pending } = useLinkStatus();
  return (
    <LoaderCircle
      aria-hidden
      className={`text-ink-faint absolute inset-y-0 end-14 my-auto size-4 transition-opacity ${pending ? 'opacity-100 delay-200 motion-safe:animate-spin' : 'opacity-0'}`}
    />
  );
}
