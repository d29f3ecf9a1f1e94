'use client';
import { usePathname } from 'next/navigation';
import { useEffect } from 'react';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { buttonLook } from '@/components/ui/button-look';
import { site } from '@/messages/public';

const row = 'flex items-center gap-3 max-sm:mt-3';
const onPhones = 'max-sm:h-11 max-sm:flex-1';

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
  return (
    <>
      <span className={`for-visitors ${row}`}>
        <HoverPrefetchLink href="/login" className={`${buttonLook('quiet', 'small')} ${onPhones} max-sm:border max-sm:border-line`}>
          {site.logIn}
        </HoverPrefetchLink>
        <HoverPrefetchLink href="/sign-up" className={`${buttonLook('primary', 'small')} ${onPhones}`}>
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
