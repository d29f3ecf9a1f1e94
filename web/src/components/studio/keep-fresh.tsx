'use client';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Reads the page again every few seconds while it is seen: what it lists changes by itself. */
export function KeepFresh({ everyMs = 10_000 }: { everyMs?: number }) {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') router.refresh();
    }, everyMs);
    return () => clearInterval(timer);
  }, [router, everyMs]);
  return null;
}
