import { expect, test } from 'vitest';

import { prettyJson } from './pretty-json';

test.each([
  {},
  [],
  'text',
  null,
  { type: 'post.published', data: { tags: ['a', 'b'], empty: {}, none: [], nested: [{ a: 1 }, []], text: 'a "b": {c}, [d] \\' } },
])('looks as JSON.stringify would write it: %j', (value) => {
  expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
});

test('numbers keep all their digits, and a name that is there twice stays', () => {
  expect(prettyJson('{"id": 12345678901234567890, "id": 1.10}')).toBe('{\n  "id": 12345678901234567890,\n  "id": 1.10\n}');
});

test.each(['', '<p>No JSON</p>', '{"cut": [1, 2', '{} {}'])('what is no JSON stays as it is: %s', (text) => {
  expect(prettyJson(text)).toBe(text);
});

test('what is nested deeply stays short', () => {
  expect(prettyJson('['.repeat(20_000) + ']'.repeat(20_000)).length).toBeLessThan(2_000_000);
});
