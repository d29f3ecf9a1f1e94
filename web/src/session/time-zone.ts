/** The time zone of the visitor's browser, which it tells in a cookie. */
import 'server-only';
import { cache } from 'react';
import { cookies } from 'next/headers';
import { isTimeZone, TIME_ZONE_COOKIE } from '@/lib/time-zones';
import { SITE_TIME_ZONE } from '@/messages';

/** Return the time zone of the visitor; that of the site until the browser has told it. */
export const viewerTimeZone = cache(async (): Promise<string> => {
  const told = (await cookies()).get(TIME_ZONE_COOKIE)?.value ?? '';
  return isTimeZone(told) ? told : SITE_TIME_ZONE;
});
