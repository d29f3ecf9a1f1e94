import { expect, test } from 'vitest';

import { apiQuery, lastPage, listUrl, parseListParams } from './table-params';

test.each([
  [{}, { page: 1, search: '' }],
  [{ page: '3', q: ' rust ' }, { page: 3, search: 'rust' }],
  [{ page: ['2', '9'], q: ['a', 'b'] }, { page: 2, search: 'a' }],
  [{ page: '0' }, { page: 1, search: '' }],
  [{ page: '-1' }, { page: 1, search: '' }],
  [{ page: '1.5' }, { page: 1, search: '' }],
  [{ page: '1e9' }, { page: 1, search: '' }],
  [{ page: 'two', q: 'a\0b' }, { page: 1, search: 'ab' }],
  [{ q: '🦀'.repeat(101) }, { page: 1, search: '🦀'.repeat(100) }],
])('%j asks for %j', (query, params) => {
  expect(parseListParams(query)).toEqual(params);
});

test('nothing is looked for where nothing was asked', () => {
  expect(apiQuery({ page: 2, search: '' })).toEqual({ page: 2, per_page: 20, search: undefined });
});

test.each([
  ['/studio/tags', {}, '/studio/tags'],
  ['/studio/tags', { page: 1, search: 'a&b' }, '/studio/tags?q=a%26b'],
  ['/studio/comments?status=archived', { page: 2 }, '/studio/comments?status=archived&page=2'],
])('%s with %j is %s', (path, params, address) => {
  expect(listUrl(path, params)).toBe(address);
});

test.each([[0, 1], [1, 1], [20, 1], [21, 2]])('of %i things the last page is %i', (total, last) => {
  expect(lastPage(total)).toBe(last);
});
