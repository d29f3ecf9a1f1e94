/** The sample feature: a server-rendered page, a page with a hook, a form and a route handler. */
import { createItem } from '@/client';
import { messages } from '@/messages';
import { answer, expect, test, unique } from './fixtures';

const { items, errors } = messages;

test('an item that is added is on the page at the next request, for everybody', async ({ page, browser, baseURL, account, logInAs }) => {
  const stranger = await (await browser.newContext({ baseURL })).newPage();
  const lamp = unique('lamp');
  await stranger.goto('/items');
  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText(items.title);
  await expect(stranger.getByText(lamp)).toBeHidden();

  await logInAs(page, await account());
  await page.goto('/items');
  await page.getByLabel(items.name).fill(lamp);
  await page.getByRole('button', { name: items.add }).click();
  await expect(page.getByRole('status')).toHaveText(items.added(lamp));
  await expect(page.getByRole('listitem').filter({ hasText: lamp })).toBeVisible();
  await expect(page.getByLabel(items.name)).toHaveValue('');

  await stranger.reload();
  await expect(stranger.getByRole('listitem').filter({ hasText: lamp })).toBeVisible();
  await stranger.context().close();
});

test('a name that is taken is said at the field, and stays there', async ({ page, account, logInAs }) => {
  const author = await account();
  const lamp = unique('lamp');
  await answer(createItem({ client: author.client, body: { name: lamp } }));
  await logInAs(page, author);
  await page.goto('/items');
  const name = page.getByLabel(items.name);
  await name.fill(lamp);
  await page.getByRole('button', { name: items.add }).click();
  await expect(name).toHaveAccessibleDescription(items.nameTaken);
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(name).toHaveValue(lamp);
});

test('whoever is not logged in is sent to log in, and comes back', async ({ page, account }) => {
  const { email, password } = await account();
  await page.goto('/items');
  await page.getByLabel(items.name).fill('a lamp');
  await page.getByRole('button', { name: items.add }).click();
  await page.waitForURL(/\/login\?next=%2Fitems$/);
  await page.getByLabel(messages.account.email).fill(email);
  await page.getByLabel(messages.account.password, { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: messages.account.logIn.submit, exact: true }).click();
  await expect(page).toHaveURL(/\/items$/);
});

test('the browser asks at this site, with no token of its own', async ({ page, baseURL, account, logInAs }) => {
  const author = await account();
  const lamp = unique('lamp');
  await answer(createItem({ client: author.client, body: { name: lamp } }));
  await logInAs(page, author);
  const [asked] = await Promise.all([page.waitForRequest('**/api/items'), page.goto('/items/live')]);
  await expect(page.getByRole('listitem').filter({ hasText: lamp })).toBeVisible();
  expect(new URL(asked.url()).origin).toBe(baseURL);
  expect(await asked.allHeaders()).not.toHaveProperty('authorization');
  await expect(page.getByText(errors.network.text)).toBeHidden();
});

test('a route handler puts several answers together', async ({ request, account }) => {
  const author = await account();
  const { name } = await answer(createItem({ client: author.client, body: { name: unique('lamp') } }));
  const summary = await (await request.get('/items/summary')).json();
  expect(summary).toMatchObject({ newest: { name }, items: expect.any(Number), posts: expect.any(Number) });
  expect(summary.items).toBeGreaterThan(0);
});

test('a form that somebody may not send says so', async ({ page, account, logInAs }) => {
  await logInAs(page, await account('reader'));
  await page.goto('/items');
  await page.getByLabel(items.name).fill('a lamp');
  await page.getByRole('button', { name: items.add }).click();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(errors.inForm[403]);
});
