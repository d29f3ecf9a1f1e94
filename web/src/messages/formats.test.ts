import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => vi.unstubAllEnvs());

/** Return the formats of a site in this time zone. */
async function formatsIn(zone: string) {
  vi.stubEnv('SITE_TIME_ZONE', zone);
  vi.resetModules();
  return import('./formats');
}

describe('the dates of the site', () => {
  it.each([
    // The clocks are at UTC+2 until the last Sunday of October, then at UTC+1.
    ['Europe/Berlin', '2026-10-24T21:59:00Z', 'October 24, 2026', '11:59 PM GMT+2'],
    ['Europe/Berlin', '2026-10-24T22:00:00Z', 'October 25, 2026', '12:00 AM GMT+2'],
    ['Europe/Berlin', '2026-10-25T22:59:00Z', 'October 25, 2026', '11:59 PM GMT+1'],
    ['Europe/Berlin', '2026-10-25T23:00:00Z', 'October 26, 2026', '12:00 AM GMT+1'],
    ['America/New_York', '2026-03-08T04:59:00Z', 'March 7, 2026', '11:59 PM EST'],
    ['America/New_York', '2026-03-09T03:59:00Z', 'March 8, 2026', '11:59 PM EDT'],
    ['', '2026-10-24T22:00:00Z', 'October 24, 2026', '10:00 PM UTC'],
  ])('in %s at %s', async (zone, instant, date, time) => {
    const { longDate, shortTime } = await formatsIn(zone);
    expect(longDate(instant)).toBe(date);
    expect(shortTime(instant)).toContain(time);
  });

  it.each(['America/New_York', 'Pacific/Kiritimati'])('have months of the same names in %s', async (zone) => {
    const { monthName } = await formatsIn(zone);
    expect([monthName(1), monthName(12)]).toEqual(['January', 'December']);
  });
});

describe('the size of a file', () => {
  it.each([
    [1, '1 byte', '1 byte'],
    [999_949, '1,000 kB', '999 kB'],
    [2 ** 30, '1.1 GB', '1 GB'],
    [25 * 2 ** 20, '26.2 MB', '26.2 MB'],
  ])('of %i bytes is rounded; one that it may have is never more', async (bytes, size, limit) => {
    const { fileLimit, fileSize } = await formatsIn('UTC');
    expect([fileSize(bytes), fileLimit(bytes)]).toEqual([size, limit]);
  });
});
