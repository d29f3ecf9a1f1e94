/** Forms whose answer never came: submitted again, they create one thing. */
import { listTags } from '@/client';
import { messages } from '@/messages';
import { test } from './fault-proxy';
import { answer, expect, unique } from './fixtures';

const { add } = messages.manage.tags;

test('a tag whose creation was not answered is created once', async ({ page, account, logInAs, faults }) => {
  const editor = await account('editor');
  await logInAs(page, editor);
  const name = unique('warp');
  await page.goto('/studio/tags');
  await page.getByLabel(add.label).fill(name);
  // The service creates it, and its answer does not arrive in time.
  faults.on(/^POST \/api\/tags$/, 'held');
  await page.getByRole('button', { name: add.submit }).click();
  await expect(page.getByRole('main').getByRole('alert').filter({ hasText: /./ })).toBeVisible({ timeout: 60_000 });
  faults.forget();
  await page.getByLabel(add.label).fill(name);
  await page.getByRole('button', { name: add.submit }).click();
  // Without the key of the first submission the name would be taken.
  await expect(page.getByRole('status').filter({ hasText: /./ })).toHaveText(add.done(name));
  const found = await answer(listTags({ client: editor.client, query: { search: name } }));
  expect(found.map((tag) => tag.name)).toEqual([name]);
});
