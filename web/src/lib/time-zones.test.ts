import { describe, expect, it } from 'vitest';
import { instantsOf, isTimeZone, offsetName, wallTimeAt } from './time-zones';

const BERLIN = 'Europe/Berlin';
const instants = (date: string, time: string, zone = BERLIN) => instantsOf({ date, time }, zone).map((each) => each.toISOString());

describe('a date and a time', () => {
  it.each([
    ['UTC', '2026-11-30T09:00:00.000Z'],
    [BERLIN, '2026-11-30T08:00:00.000Z'],
    ['America/New_York', '2026-11-30T14:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-30T03:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-29T19:00:00.000Z'],
    ['Pacific/Niue', '2026-11-30T20:00:00.000Z'],
  ])('stand for one instant in %s', (zone, expected) => {
    expect(instants('2026-11-30', '09:00', zone)).toEqual([expected]);
  });

  it('stand for none when the clocks go forward over them', () => {
    expect(instants('2026-03-29', '02:30')).toEqual([]);
    expect(instants('2026-03-29', '01:59')).toEqual(['2026-03-29T00:59:00.000Z']);
    expect(instants('2026-03-29', '03:00')).toEqual(['2026-03-29T01:00:00.000Z']);
    // By half an hour.
    expect(instants('2026-10-04', '02:15', 'Australia/Lord_Howe')).toEqual([]);
    expect(instants('2026-10-04', '02:30', 'Australia/Lord_Howe')).toHaveLength(1);
  });

  it('stand for two when the clocks go back over them', () => {
    expect(instants('2026-10-25', '02:30')).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']);
    expect(instants('2026-10-25', '03:00')).toEqual(['2026-10-25T02:00:00.000Z']);
    expect(instants('2026-11-01', '01:30', 'America/New_York')).toEqual(['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z']);
  });

  it('stand for none on a day that was left out', () => {
    expect(instants('2011-12-30', '12:00', 'Pacific/Apia')).toEqual([]);
  });

  it.each([['', '09:00'], ['2026-11-30', ''], ['2026-13-01', '09:00'], ['2026-11-30', '25:00'], ['30.11.2026', '9']])(
    'that are none stand for none: %s %s',
    (date, time) => {
      expect(instants(date, time)).toEqual([]);
    },
  );
});

describe('a clock', () => {
  it.each(['UTC', BERLIN, 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe'])('shows what it is set to: %s', (zone) => {
    for (let hour = 0; hour < 24 * 400; hour += 5) {
      const instant = new Date(Date.UTC(2026, 0, 1, hour, 17));
      expect(instantsOf(wallTimeAt(instant, zone), zone).map(Number)).toContain(Number(instant));
    }
  });

  it('is so far ahead of UTC', () => {
    const [winter, summer] = [new Date('2026-01-01T12:00:30Z'), new Date('2026-07-01T12:00:30Z')];
    expect([winter, summer].map((instant) => offsetName(instant, BERLIN))).toEqual(['UTC+1', 'UTC+2']);
    expect(offsetName(winter, 'UTC')).toBe('UTC');
    expect(offsetName(winter, 'America/St_Johns')).toBe('UTC−3:30');
    expect(offsetName(winter, 'Asia/Kathmandu')).toBe('UTC+5:45');
  });
});

it.each([
  ['Europe/Berlin', true], ['UTC', true], ['America/Argentina/Buenos_Aires', true], ['Etc/GMT+5', true],
  ['', false], ['Mars/Olympus', false], ['+02:00', false], ['Europe/Berlin; x=y', false],
])('%s is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});
