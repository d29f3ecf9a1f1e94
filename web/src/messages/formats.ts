/** Language and direction of the texts; formats of dates, numbers and plurals. */
export const LANGUAGE = 'en';
export const DIRECTION: 'ltr' | 'rtl' = 'ltr';

const dates = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long', timeZone: 'UTC' });
const shortDates = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeZone: 'UTC' });
const times = new Intl.DateTimeFormat(LANGUAGE, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC', timeZoneName: 'short',
});
const months = new Intl.DateTimeFormat(LANGUAGE, { month: 'long', timeZone: 'UTC' });
const numbers = new Intl.NumberFormat(LANGUAGE);
const compactNumbers = new Intl.NumberFormat(LANGUAGE, { notation: 'compact' });
const plurals = new Intl.PluralRules(LANGUAGE);

export const longDate = (instant: string) => dates.format(new Date(instant));
export const shortDate = (instant: string) => shortDates.format(new Date(instant));
/** Date and time of day, with the time zone. */
export const shortTime = (instant: string) => times.format(new Date(instant));
/** The name of a month, counted from 1. */
export const monthName = (month: number) => months.format(Date.UTC(2000, month - 1));
export const count = (value: number) => numbers.format(value);
/** `12K` for 12,000, for where there is little room. */
export const compactCount = (value: number) => compactNumbers.format(value);
/** `plural(2, { one: 'comment', other: 'comments' })` is `2 comments`. */
export const plural = (value: number, words: { one: string; other: string }) =>
  `${count(value)} ${words[plurals.select(value) === 'one' ? 'one' : 'other']}`;
