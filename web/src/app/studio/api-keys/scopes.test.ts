import { expect, test } from 'vitest';
import { SCOPES, scopeGroups } from './scopes';

test('an administrator chooses among all scopes', () => {
  expect(scopeGroups('admin').flatMap(({ scopes }) => scopes)).toEqual(SCOPES);
});

test('others are not offered what is for administrators alone', () => {
  const groups = scopeGroups('author').map(({ name }) => name);
  expect(groups).toContain('posts');
  expect(groups).not.toContain('webhooks');
});

test('the scopes of a group stand together', () => {
  expect(scopeGroups('reader')[0]).toEqual({ name: 'posts', scopes: ['posts:read', 'posts:write'] });
});
