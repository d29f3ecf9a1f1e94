'use client';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { createPortal } from 'react-dom';
import { site } from '@/messages/public';
import { Icon } from './icon';
import { Notice } from './notice';
import { NOTICES_ID } from './notices-place';

/** How long a success message stays: twice what slow readers need for the longest one. */
export const SUCCESS_VISIBLE_MS = 10_000;

const never = () => () => undefined;

/**
 * A success message, which leaves by itself after `SUCCESS_VISIBLE_MS`, but not while the pointer or the focus is on it
 * (WCAG 2.2, 2.2.1) nor in a tab that nobody sees. Without scripts it stays where it is in the page.
 */
export function PassingNotice({ children }: { children: React.ReactNode }) {
  const isHydrated = useSyncExternalStore(never, () => true, () => false);
  const [isGone, setGone] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const isHeld = () => document.hidden || place.current?.matches(':hover, :focus-within');
    const timer = setInterval(() => isHeld() || setGone(true), SUCCESS_VISIBLE_MS);
    return () => clearInterval(timer);
  }, []);
  if (!isHydrated) return <Notice tone="good">{children}</Notice>;
  if (isGone) return null;
  return createPortal(
    <div ref={place} className="pointer-events-auto transition-opacity starting:opacity-0">
      <Notice tone="good" role={undefined} className="shadow-card flex items-center gap-3 py-1.5 pe-1.5">
        <div className="flex flex-wrap gap-x-4 gap-y-1">{children}</div>
        <button
          type="button"
          aria-label={site.close}
          onClick={() => setGone(true)}
          className="hover:bg-surface grid size-11 shrink-0 place-items-center rounded-lg sm:size-8"
        >
          <Icon>
            <path d="M6 6l12 12M18 6 6 18" />
          </Icon>
        </button>
      </Notice>
    </div>,
    document.getElementById(NOTICES_ID) ?? document.body,
  );
}
