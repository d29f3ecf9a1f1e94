/** The audit log in the studio: who deleted a post is found in two clicks. */

import { deletePost, purgePost, updateUser } from '@/client';
import { messages } from '@/messages';
import { expectAccessible } from './axe';
import { answer, expect, test } from './fixtures';

const { audit: words, manage } = messages;

test('who deleted a post is seen in two clicks, and who deleted it for ever in three', async ({ page, account, logInAs, seedPost }) => {
  const [chief, author] = [await account('admin', 'chief'), await account()];
  const post = await seedPost(author.client);
  await answer(deletePost({ client: author.client, path: { post_id: post.id } }));
  await logInAs(page, chief);
  await page.goto('/studio/trash');
  await page.getByRole('link', { name: words.historyOf(post.title) }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.title);
  await expect(page.getByText(words.only.object('post', post.id))).toBeVisible();
  const rows = page.getByRole('table', { name: words.title }).getByRole('row');
  const trashed = rows.filter({ hasText: words.actions['post.trashed'] ?? '' });
  await expect(trashed).toContainText(author.display_name);
  await expect(rows.filter({ hasText: words.actions['post.published'] ?? '' })).toHaveCount(1);
  await expectAccessible(page);

  await answer(purgePost({ client: author.client, path: { post_id: post.id } }));
  await page.getByRole('navigation', { name: messages.studio.shell.menu }).getByRole('link', { name: words.title }).click();
  await expect(page).toHaveURL(/\/audit$/);
  await page.getByLabel(words.action, { exact: true }).selectOption('post.deleted');
  await page.getByRole('button', { name: words.apply }).click();
  await expect(page).toHaveURL(/action=post\.deleted/);
  await expect(rows.filter({ hasText: post.id })).toContainText(author.display_name);

  // Everything that somebody did, and nothing else.
  await rows.filter({ hasText: post.id }).getByRole('link', { name: words.allBy(author.display_name) }).click();
  await expect(page.getByText(words.only.actor(author.display_name))).toBeVisible();
  await expect(rows.filter({ hasText: words.actions['post.created'] ?? '' })).toHaveCount(1);
  await page.getByLabel(words.until, { exact: true }).fill('2020-01-01');
  await page.getByRole('button', { name: words.apply }).click();
  await expect(page.getByText(words.none.title)).toBeVisible();
  await page.getByRole('link', { name: words.reset }).click();
  await expect(rows).not.toHaveCount(1);
});

test('the history of an account tells of its roles, on a phone too', async ({ page, account, logInAs, admin }) => {
  const [chief, person] = [await account('admin', 'chief'), await account('reader', 'person')];
  await answer(updateUser({ client: admin, path: { user_id: person.id }, body: { role: 'editor' } }));
  await page.setViewportSize({ width: 360, height: 740 });
  await logInAs(page, chief);
  await page.goto(`/studio/users/${person.id}`);
  await page.getByRole('link', { name: words.history, exact: true }).click();
  await expect(page.getByText(words.role('reader', 'editor'))).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectAccessible(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: words.download.csv }).click()]);
  expect(download.suggestedFilename()).toMatch(/^audit-\d{4}-\d\d-\d\d\.csv$/);
});

test('it is closed to everyone else', async ({ page, account, logInAs }) => {
  await logInAs(page, await account('editor'));
  const response = await page.goto('/studio/audit');
  expect(response?.status()).toBe(403);
  await page.goto('/studio/trash');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(manage.trash.title);
  await expect(page.getByRole('link', { name: words.history })).toHaveCount(0);
});
