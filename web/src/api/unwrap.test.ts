import { expect, test, vi } from 'vitest';

import type { Result } from '@/lib/problems';
import { unwrap, unwrapPublic } from './unwrap';

const result = (status: number | undefined, more: object) =>
  ({ ...more, response: status && new Response(null, { status }) }) as Result;

test('data is handed on', () => {
  expect(unwrap('listTags', result(200, { data: ['a'] }))).toEqual(['a']);
});

test.each([
  [result(503, { error: { status: 503 } }), 'api-503'],
  [result(429, { error: { status: 429 } }), 'api-429'],
  [result(undefined, { error: new TypeError('fetch failed') }), 'api-network'],
])('no page is made of what did not come', (found, digest) => {
  expect(() => unwrap('listTags', found)).toThrowError(expect.objectContaining({ digest }));
});

test('an answer against the document is said with its operation, and makes no page', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(() => unwrap('listTags', result(200, { error: new Error('not what was declared') }))).toThrowError(
    expect.objectContaining({ digest: 'api-contract' }),
  );
  expect(said.mock.calls[0]?.[0]).toContain('listTags');
});

test.each([401, 403, 404])('of an anonymous call, a %s is no page that would be kept', (status) => {
  const refused = result(status, { error: { status } });
  expect(() => unwrapPublic('listTags', refused)).toThrowError(expect.objectContaining({ digest: 'api-503' }));
});
