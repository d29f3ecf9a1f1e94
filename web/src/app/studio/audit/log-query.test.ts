import { describe, expect, test } from 'vitest';
import { exportUrl, historyUrl, logQuery, logUrl, parseLogParams } from './log-query';

describe('the query of the audit log', () => {
  test('is what the API takes, and nothing else', () => {
    const said = { action: 'post.deleted', object_id: 'a b', actor_id: '7', from: 'yesterday', after: 'x', page: '2' };
    expect(parseLogParams(said)).toEqual({ action: 'post.deleted', actor_id: '7' });
  });

  test('has the days of the visitor, the last one included', () => {
    expect(logQuery({ from: '2026-11-01', until: '2026-11-30', actor_id: '7' }, 'Europe/Berlin')).toEqual({
      actor_id: 7,
      recorded_after: '2026-10-31T23:00:00.000Z',
      recorded_before: '2026-11-30T23:00:00.000Z',
    });
  });

  test('begins a day without midnight at its first hour', () => {
    expect(logQuery({ from: '2026-09-06' }, 'America/Santiago').recorded_after).toBe('2026-09-06T04:00:00.000Z');
  });

  test('leaves out what is no day', () => {
    expect(logQuery({ from: '2026-13-40', until: '2026-13-40' }, 'UTC')).toEqual({ recorded_after: undefined, recorded_before: undefined });
  });

  test('is in the URL of the page and of the export', () => {
    expect(logUrl({})).toBe('/studio/audit');
    expect(historyUrl('user', 7)).toBe('/studio/audit?object_type=user&object_id=7');
    expect(exportUrl({ actor_id: 7 }, 'csv')).toBe('/api/audit/export?actor_id=7&format=csv');
  });
});
