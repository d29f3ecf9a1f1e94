/** API keys in the studio: created and shown once, used by a service, listed and revoked. */

import { listTrash } from '@/client';
import { messages } from '@/messages';
import { expectAccessible } from './axe';
import { ageLogins, clientOf, expect, newestMail, PASSWORD, test } from './fixtures';

const { account: accountWords, apiKeys: words } = messages;
const { add, columns, revoke, shown } = words;

test('a key is created on a phone, seen once, used by a service, and revoked', async ({ page, context, account, logInAs }) => {
  const ada = await account('author');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.setViewportSize({ width: 360, height: 740 });
  await logInAs(page, ada);
  ageLogins(ada);
  await page.goto('/account');
  await page.getByRole('link', { name: words.account.open }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.title);
  await expect(page.getByText(words.empty.title)).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'webhooks:read' })).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectAccessible(page);

  // A form with a mistake keeps what was typed, and so does one that needs the password.
  await page.getByLabel(add.name, { exact: true }).fill('Newsletter');
  await page.getByLabel(add.expires, { exact: true }).selectOption('30');
  await page.getByRole('button', { name: add.submit }).click();
  await expect(page.getByRole('group', { name: add.scopes })).toHaveAccessibleDescription(add.noScopes);
  await page.getByRole('checkbox', { name: 'posts:read' }).check();
  await page.getByRole('button', { name: add.submit }).click();
  const question = page.getByRole('dialog', { name: accountWords.stepUp.title });
  await question.getByLabel(accountWords.password, { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: accountWords.stepUp.submit }).click();

  const region = page.getByRole('region', { name: shown.label });
  await expect(region).toContainText(shown.once);
  const key = await region.getByRole('code').innerText();
  expect(key).toMatch(/^colophon_\w{22}_\w{38}$/);
  await region.getByRole('button', { name: shown.copy }).click();
  await expect(region.getByRole('status')).toHaveText(messages.manage.copying.copied);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectAccessible(page);
  await expect(async () => expect(await newestMail(ada.email)).toContain('Newsletter')).toPass();

  // Nobody sees it again, but what it was last used for is seen.
  const service = clientOf(key);
  expect((await listTrash({ client: service })).response?.status).toBe(200);
  await page.reload();
  const row = page.getByRole('row').filter({ hasText: 'Newsletter' });
  await expect(row).toContainText('posts:read');
  await expect(row).not.toContainText(words.never);
  expect(await page.content()).not.toContain(key);

  await row.getByRole('button', { name: revoke.labelOf('Newsletter') }).click();
  await page.getByRole('dialog', { name: revoke.ask('Newsletter') }).getByRole('button', { name: revoke.submit }).click();
  await expect(page.getByRole('status').filter({ hasText: /./ })).toHaveText(revoke.done('Newsletter'));
  await expect(page.getByText(words.empty.title)).toBeVisible();
  expect((await listTrash({ client: service })).response?.status).toBe(401);
});

test('an administrator sees and revokes the keys of everyone', async ({ page, account, logInAs }) => {
  const [chief, ada] = [await account('admin'), await account('author')];
  await logInAs(page, ada);
  await page.goto('/studio/api-keys');
  await page.getByLabel(add.name, { exact: true }).fill('Of an author');
  await page.getByRole('checkbox', { name: 'tags:read' }).check();
  await page.getByRole('button', { name: add.submit }).click();
  await expect(page.getByRole('region', { name: shown.label })).toBeVisible();
  await page.getByRole('button', { name: shown.another }).click();
  await expect(page.getByLabel(add.name, { exact: true })).toHaveValue('');
  await page.goto('/studio/api-keys?owner=everyone');
  await expect(page.getByRole('link', { name: words.everyone })).toHaveCount(0);

  await page.context().clearCookies();
  await logInAs(page, chief);
  await page.goto('/studio/api-keys');
  await page.getByRole('link', { name: words.everyone }).click();
  const row = page.getByRole('row').filter({ hasText: words.owner(ada.display_name) }).filter({ hasText: 'Of an author' });
  await expect(row.getByText(columns.expires)).toBeAttached();
  await row.getByRole('button', { name: revoke.labelOf('Of an author') }).click();
  await page.getByRole('dialog').getByRole('button', { name: revoke.submit }).click();
  await expect(row).toHaveCount(0);
});
