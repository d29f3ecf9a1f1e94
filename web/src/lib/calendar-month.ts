/** Months of a calendar, as `2026-11`, and their days, as `2026-11-30`, in a time zone. */
import { instantsOf, wallTimeAt } from './time-zones';

export const FIRST_MONTH = '1970-01';
export const LAST_MONTH = '2199-12';

const pad = (number: number, digits = 2) => String(number).padStart(digits, '0');

/** Return the month that an address names; that of `now` if it names none. */
export function monthOf(text: string, now: Date, zone: string): string {
  const isMonth = /^\d{4}-(0[1-9]|1[0-2])$/.test(text) && text >= FIRST_MONTH && text <= LAST_MONTH;
  return isMonth ? text : wallTimeAt(now, zone).date.slice(0, 7);
}

/** Return the month that comes so many months later; negative is earlier. */
export function monthsLater(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const months = year * 12 + number - 1 + count;
  return `${pad(Math.floor(months / 12), 4)}-${pad((months % 12) + 1)}`;
}

/** Return the days of a month, in order. */
export function daysOf(month: string): string[] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length }, (_, index) => `${month}-${pad(index + 1)}`);
}

/** Return which day of the week a day is: 1 is Monday, 7 Sunday. */
export const dayOfWeek = (day: string) => new Date(`${day}T12:00Z`).getUTCDay() || 7;

/** Return when a month begins in a time zone. */
export function startOf(month: string, zone: string): Date {
  const date = `${month}-01`;
  // Where the clocks go forward at midnight, the day begins at one.
  return instantsOf({ date, time: '00:00' }, zone)[0] ?? instantsOf({ date, time: '01:00' }, zone)[0] ?? new Date(`${date}T00:00Z`);
}
