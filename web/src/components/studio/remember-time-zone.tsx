'use client';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { TIME_ZONE_COOKIE } from '@/lib/time-zones';

const YEAR_S = 365 * 24 * 60 * 60;

/** Tells the server the time zone of the browser, if it knows another one, and shows the page once more in it. */
export function RememberTimeZone({ known }: { known: string }) {
  const router = useRouter();
  useEffect(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const told = `${TIME_ZONE_COOKIE}=${zone}`;
    if (zone === known || document.cookie.split('; ').includes(told)) return;
    document.cookie = `${told}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
    router.refresh();
  }, [known, router]);
  return null;
}
