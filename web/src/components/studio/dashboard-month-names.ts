/** Names of the months in the dashboard. */
import { LANGUAGE, monthName } from '@/messages';

const short = new Intl.DateTimeFormat(LANGUAGE, { month: 'short', timeZone: 'UTC' });

/** `2026-11` is `November 2026`. */
export const nameOf = (month: string) => `${monthName(Number(month.slice(5)))} ${month.slice(0, 4)}`;

/** `2026-11` is `Nov`, for where there is little room. */
export const shortNameOf = (month: string) => short.format(new Date(`${month}-01T00:00:00Z`));
