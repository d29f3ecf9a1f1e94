import { describe, expect, it } from 'vitest';
import { dayOfWeek, daysOf, monthOf, monthsLater, startOf } from './calendar-month';

const NOW = new Date('2026-11-30T23:30:00Z');

describe('a month', () => {
  it('is what the address says, else the current one in the time zone', () => {
    expect(monthOf('2024-02', NOW, 'UTC')).toBe('2024-02');
    for (const text of ['', '2024-13', '2024-2', '0001-01', '2200-01', 'now', '2024-02-01']) expect(monthOf(text, NOW, 'UTC')).toBe('2026-11');
    expect(monthOf('', NOW, 'Europe/Berlin')).toBe('2026-12');
  });

  it('comes before and after others', () => {
    expect([monthsLater('2026-12', 1), monthsLater('2026-01', -1), monthsLater('2026-05', 0)]).toEqual(['2027-01', '2025-12', '2026-05']);
  });

  it('has its days', () => {
    expect(daysOf('2026-02')).toHaveLength(28);
    expect(daysOf('2028-02').at(-1)).toBe('2028-02-29');
    expect(daysOf('2026-11')[0]).toBe('2026-11-01');
    expect(['2026-11-29', '2026-11-30'].map(dayOfWeek)).toEqual([7, 1]);
  });

  it('begins at midnight of the time zone, or when the clocks have gone forward over that', () => {
    expect(startOf('2026-11', 'Europe/Berlin').toISOString()).toBe('2026-10-31T23:00:00.000Z');
    // Until 2012 Cuba's summer began on the first of a month in some years, at midnight.
    expect(startOf('2012-04', 'America/Havana').toISOString()).toBe('2012-04-01T05:00:00.000Z');
  });
});
