'use client';
import { usePathname } from 'next/navigation';
import { useEffect, useReducer, useSyncExternalStore } from 'react';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { buttonLook } from '@/components/ui/button-look';
import { site } from '@/messages/public';

const row = 'flex items-center gap-3 max-sm:mt-3';
const onPhones = 'max-sm:h-11 max-sm:flex-1';

/** The pages that lead on to `?next=`. */
const ENTRANCES = ['/login', '/sign-up'];
const never = () => () => undefined;

/** Return where to go after logging in: where one is, or from an entrance where it leads. */
function returnPath(): string {
  const { pathname, search, hash } = window.location;
  return ENTRANCES.includes(pathname) ? (new URLSearchParams(search).get('next') ?? '/') : pathname + search + hash;
}

/**
 * The way in for visitors, the way to one's own pages for the others. Public pages are the same for all: both stand in
 * them, and `data-signed-in`, which public/start.js sets from a cookie before the first paint, says which one shows.
 */
export function AccountMenu() {
  const path = usePathname();
  useEffect(() => {
    // Logging in or out leads to another page: read the cookie again.
    document.documentElement.toggleAttribute('data-signed-in', /(^|; )signed-in=1/.test(document.cookie));
  }, [path]);
  // The page in its cache is the same for all addresses; and the part after `?` may change while the path does not.
  const here = useSyncExternalStore(never, returnPath, () => '/');
  const [, lookAgain] = useReducer((times: number) => times + 1, 0);
  const next = here === '/' ? '' : `?next=${encodeURIComponent(here)}`;
  return (
    <>
      <span className={`for-visitors ${row}`} onPointerEnter={lookAgain} onFocus={lookAgain}>
        <HoverPrefetchLink href={`/login${next}`} className={`${buttonLook('quiet', 'small')} ${onPhones} max-sm:border max-sm:border-line`}>
          {site.logIn}
        </HoverPrefetchLink>
        <HoverPrefetchLink href={`/sign-up${next}`} className={`${buttonLook('primary', 'small')} ${onPhones}`}>
          {site.signUp}
        </HoverPrefetchLink>
      </span>
      <span className={`for-members ${row}`}>
        <HoverPrefetchLink href="/account" className={`${buttonLook('quiet', 'small')} ${onPhones} max-sm:border max-sm:border-line`}>
          {site.account}
        </HoverPrefetchLink>
        <HoverPrefetchLink href="/studio" className={`${buttonLook('secondary', 'small')} ${onPhones}`}>
          {site.studio}
        </HoverPrefetchLink>
      </span>
    </>
  );
}
