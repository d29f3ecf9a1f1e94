import { expect, test } from 'vitest';

import { safeRedirectPath } from './redirect-target';

test.each([
  ['/', '/'],
  ['/studio', '/studio'],
  ['/posts/a?page=2#comments', '/posts/a?page=2#comments'],
  ['/search?next=//evil.test', '/search?next=//evil.test'],
  ['/studio/../account', '/account'],
])('%j is a page here', (wanted, page) => {
  expect(safeRedirectPath(wanted)).toBe(page);
});

test.each([
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '/\n\\evil.test',
  '/.//evil.test',
  '/a/..//evil.test',
  '/%2e//evil.test',
  'https://evil.test/',
  'https:/evil.test',
  'javascript:alert(1)',
  'data:text/html,x',
  'studio',
  '@evil.test',
  ' //evil.test',
  '',
  undefined,
  ['/studio'],
])('%j is none', (wanted) => {
  expect(safeRedirectPath(wanted)).toBe('/');
});
