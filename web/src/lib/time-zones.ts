/** Instants and the wall clocks of time zones: which instants a date and a time stand for, and the other way round. */

/** A date and a time as the fields of a form have them: `2026-11-30` and `09:00`. */
export type WallTime = { date: string; time: string };

/** Tells the server the time zone of the browser. */
export const TIME_ZONE_COOKIE = 'time-zone';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Return whether the browser or server knows a time zone of this name, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name);
  } catch {
    return false;
  }
}

/** Return what a clock in this zone shows at an instant. */
export function wallTimeAt(instant: Date, zone: string): WallTime {
  const shown = new Date(instant.getTime() + offsetMinutes(instant, zone) * MINUTE_MS).toISOString();
  return { date: shown.slice(0, 10), time: shown.slice(11, 16) };
}

/**
 * Return the instants at which a clock in this zone shows a date and a time, in order: one; two when the clocks go back
 * over it; none when they go forward over it, or when it is no date or time.
 */
export function instantsOf({ date, time }: WallTime, zone: string): Date[] {
  const asUtc = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(asUtc) || !/^\d{4}-\d\d-\d\d$/.test(date)) return [];
  // The offsets of the day before and the day after are all that there can be: no zone changes its clocks twice in two days.
  const offsets = [-DAY_MS, DAY_MS].map((away) => offsetMinutes(new Date(asUtc + away), zone));
  const candidates = [...new Set(offsets)].map((minutes) => new Date(asUtc - minutes * MINUTE_MS));
  return candidates
    .filter((instant) => instant.getTime() + offsetMinutes(instant, zone) * MINUTE_MS === asUtc)
    .toSorted((one, other) => one.getTime() - other.getTime());
}

/** Return how far the clocks of a zone are ahead of UTC at an instant: `UTC+1`, `UTC−3:30`, `UTC`. */
export function offsetName(instant: Date, zone: string): string {
  const minutes = offsetMinutes(instant, zone);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (minutes === 0) return 'UTC';
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

/** Return the name of a zone with how far it is ahead of UTC at an instant: `Europe/Berlin, UTC+1`. */
export function zoneName(instant: Date, zone: string): string {
  const offset = offsetName(instant, zone);
  return zone === offset ? zone : `${zone}, ${offset}`;
}

function offsetMinutes(instant: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone, calendar: 'iso8601', hourCycle: 'h23',
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  return Math.round((shown - Math.floor(instant.getTime() / MINUTE_MS) * MINUTE_MS) / MINUTE_MS);
}
