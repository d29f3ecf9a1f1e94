/** Language and direction of the texts; formats of dates, numbers and plurals. */
export const LANGUAGE = 'en';
export const DIRECTION: 'ltr' | 'rtl' = 'ltr';

/** Of the dates on public pages; next.config.ts compiles the setting in, for browsers too. */
export const SITE_TIME_ZONE = process.env.SITE_TIME_ZONE || 'UTC';

const dates = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long', timeZone: SITE_TIME_ZONE });
const shortDates = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeZone: SITE_TIME_ZONE });
const times = new Intl.DateTimeFormat(LANGUAGE, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: SITE_TIME_ZONE, timeZoneName: 'short',
});
const exactTimes = new Intl.DateTimeFormat(LANGUAGE, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: SITE_TIME_ZONE, timeZoneName: 'short',
});
const fullDays = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'full', timeZone: 'UTC' });
const weekdays = new Intl.DateTimeFormat(LANGUAGE, { weekday: 'short', timeZone: 'UTC' });
const WHOLE_TIME = { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
const TIME_OF_DAY = { hour: '2-digit', minute: '2-digit' } as const;
const inZone = (timeZone: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(LANGUAGE, { ...options, timeZone });
const months = new Intl.DateTimeFormat(LANGUAGE, { month: 'long', timeZone: 'UTC' });
const percents = new Intl.NumberFormat(LANGUAGE, { style: 'percent' });
const numbers = new Intl.NumberFormat(LANGUAGE);
const compactNumbers = new Intl.NumberFormat(LANGUAGE, { notation: 'compact' });
const plurals = new Intl.PluralRules(LANGUAGE);

export const longDate = (instant: string) => dates.format(new Date(instant));
export const shortDate = (instant: string) => shortDates.format(new Date(instant));
/** Date and time of day, with the time zone. */
export const shortTime = (instant: string) => times.format(new Date(instant));
/** Date and time of day to the second, with the time zone. */
export const exactTime = (instant: string) => exactTimes.format(new Date(instant));
/** Day, date and time of day as clocks of a time zone show them, without naming it: `Mon, Nov 30, 2026, 09:00 AM`. */
export const zonedTime = (instant: string, timeZone: string) => inZone(timeZone, WHOLE_TIME).format(new Date(instant));
/** Time of day as clocks of a time zone show it. */
export const timeOfDay = (instant: string, timeZone: string) => inZone(timeZone, TIME_OF_DAY).format(new Date(instant));
/** A day, `2026-11-30`, in full: `Monday, November 30, 2026`. */
export const fullDay = (day: string) => fullDays.format(new Date(`${day}T12:00Z`));
/** The day of the week of a day, `2026-11-30`, in short. */
export const weekday = (day: string) => weekdays.format(new Date(`${day}T12:00Z`));
/** The name of a month, counted from 1. */
export const monthName = (month: number) => months.format(Date.UTC(2000, month - 1));
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** The size of a file: `12.3 MB`, in powers of 1000 as the unit says. */
export const fileSize = (bytes: number) => sizeText(bytes, 'halfExpand');
/** The size that a file may have: no larger than it is. */
export const fileLimit = (bytes: number) => sizeText(bytes, 'floor');

function sizeText(bytes: number, roundingMode: 'halfExpand' | 'floor'): string {
  const power = Math.min(Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)), UNITS.length - 1);
  const format = { style: 'unit', unit: UNITS[power], unitDisplay: power ? 'short' : 'long', maximumFractionDigits: power > 1 ? 1 : 0, roundingMode } as const;
  return new Intl.NumberFormat(LANGUAGE, format).format(bytes / 1000 ** power);
}
/** `42%` for 0.42. */
export const percent = (part: number) => percents.format(part);
export const count = (value: number) => numbers.format(value);
/** `12K` for 12,000, for where there is little room. */
export const compactCount = (value: number) => compactNumbers.format(value);
/** `plural(2, { one: 'comment', other: 'comments' })` is `2 comments`. */
export const plural = (value: number, words: { one: string; other: string }) =>
  `${count(value)} ${words[plurals.select(value) === 'one' ? 'one' : 'other']}`;
