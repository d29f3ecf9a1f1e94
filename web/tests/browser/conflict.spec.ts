/** Edit conflicts between tabs and people: nothing is lost, and no text is replaced silently. */
import type { Page } from '@playwright/test';

import { deletePost, getPost, type Post, publishPost, updatePost } from '@/client';
import { messages } from '@/messages';
import { expectAccessibleInBothThemes } from './axe';
import { answer, expect, test } from './fixtures';

const { editor, statusActions } = messages.studio;
const { conflict } = editor;

const rich = (page: Page) => page.getByRole('textbox', { name: editor.body, exact: true });
const title = (page: Page) => page.getByLabel(editor.title, { exact: true });
const phase = (page: Page, expected: string) => expect(page.locator('[data-phase]')).toHaveAttribute('data-phase', expected);

/** Add to the end of the text. */
async function add(page: Page, text: string) {
  await rich(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(text);
  // A tab in the background may lag behind the keys, and have saved the first of them.
  await expect(rich(page)).toContainText(text.trim());
}

/** Open the same draft in two tabs, write in both, and return the second: it was too late. */
async function collided(page: Page, post: Post): Promise<Page> {
  await page.goto(`/studio/posts/${post.id}`);
  const second = await page.context().newPage();
  await second.goto(`/studio/posts/${post.id}`);
  await expect(rich(page)).toBeVisible();
  await expect(rich(second)).toBeVisible();
  await add(page, ' The first tab.');
  await phase(page, 'saved');
  await add(second, ' The second tab.');
  await phase(second, 'conflict');
  return second;
}

test.describe('two tabs that write in one text', () => {
  const draft = { status: 'draft', body: 'Written before.' } as const;
  const FIRST = 'Written before. The first tab.';
  const SECOND = 'Written before. The second tab.';

  test('show both versions with what differs, and change nothing by themselves', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, draft);
    await page.context().clock.install();
    await logInAs(page, author);
    const second = await collided(page, post);
    await expect(second.getByRole('heading', { name: conflict.title })).toBeFocused();
    const column = (name: string) => second.getByRole('group', { name: `${conflict.fields.body}: ${name}` });
    await expect(column(conflict.yours)).toHaveText(SECOND);
    await expect(column(conflict.yours).locator('mark')).toHaveText('second');
    await expect(column(conflict.theirs)).toHaveText(FIRST);
    await expect(column(conflict.theirs).locator('mark')).toHaveText('first');
    await expect(second.getByRole('button', { name: conflict.save })).toBeDisabled();
    await expectAccessibleInBothThemes(second);
    await second.clock.runFor(10_000);
    await expect(second.locator('[data-phase]')).toHaveAttribute('data-phase', 'conflict');
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe(FIRST);
  });

  for (const [choice, expected, aside] of [[conflict.mine, SECOND, false], [conflict.take, FIRST, true]] as const) {
    test(`go on with what is chosen: ${choice}`, async ({ page, account, logInAs, seedPost }) => {
      const author = await account();
      const post = await seedPost(author.client, draft);
      await logInAs(page, author);
      const second = await collided(page, post);
      await second.getByLabel(choice).check();
      await second.getByRole('button', { name: conflict.save }).click();
      await phase(second, 'saved');
      await expect(rich(second)).toHaveText(expected);
      const path = { post_id: post.id };
      expect((await answer(getPost({ client: author.client, path }))).body).toBe(expected);
      const recall = second.getByRole('button', { name: editor.restoreDiscarded });
      await expect(recall).toHaveCount(aside ? 1 : 0);
      if (!aside) return;
      await recall.click();
      await expect(rich(second)).toHaveText(SECOND);
      await expect.poll(async () => (await answer(getPost({ client: author.client, path }))).body).toBe(SECOND);
    });
  }

  test('can be merged by hand', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, draft);
    await logInAs(page, author);
    const second = await collided(page, post);
    await second.getByLabel(conflict.manual).check();
    const merged = second.getByRole('textbox', { name: conflict.merged(conflict.fields.body) });
    await expect(merged).toHaveValue(new RegExp(`${SECOND}\n=======\n${FIRST}`));
    await expect(second.getByRole('button', { name: conflict.save })).toBeDisabled();
    await merged.fill('Written before. Both tabs.');
    await second.getByRole('button', { name: conflict.save }).click();
    await phase(second, 'saved');
    expect((await answer(getPost({ client: author.client, path: { post_id: post.id } }))).body).toBe('Written before. Both tabs.');
    // The first tab, now behind, is told in its turn.
    await add(page, ' And on.');
    await phase(page, 'conflict');
  });

  test('keep what was unsaved in both, should both be closed', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, draft);
    await logInAs(page, author);
    const second = await collided(page, post);
    second.on('dialog', (dialog) => void dialog.accept());
    await second.close({ runBeforeUnload: true });
    await expect.poll(() => second.isClosed()).toBe(true);
    const third = await page.context().newPage();
    await third.goto(`/studio/posts/${post.id}`);
    await expect(third.getByRole('group', { name: `${conflict.fields.body}: ${conflict.yours}` })).toHaveText(SECOND);
  });
});

test('changes to different parts come together', async ({ page, account, logInAs, seedPost }) => {
  const [author, chief] = [await account(), await account('editor')];
  const post = await seedPost(author.client, { status: 'draft', body: 'Written before.' });
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await expect(rich(page)).toBeVisible();
  const path = { post_id: post.id };
  await answer(updatePost({ client: chief.client, path, headers: { 'If-Match': post.etag }, body: { title: 'By the editor' } }));
  await add(page, ' By the author.');
  await phase(page, 'saved');
  await expect(page.getByText(editor.merged)).toBeVisible();
  await expect(title(page)).toHaveValue('By the editor');
  expect(await answer(getPost({ client: author.client, path }))).toMatchObject({ title: 'By the editor', body: 'Written before. By the author.' });
});

test('what was changed elsewhere is not published unseen', async ({ page, account, logInAs, seedPost }) => {
  const [author, chief] = [await account(), await account('editor')];
  const post = await seedPost(author.client, { status: 'draft' });
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await expect(rich(page)).toBeVisible();
  const path = { post_id: post.id };
  await answer(updatePost({ client: chief.client, path, headers: { 'If-Match': post.etag }, body: { title: 'Unseen' } }));
  await page.getByRole('button', { name: editor.publish, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: messages.schedule.dialog.act.now }).click();
  await expect(page.getByText(statusActions.conflict)).toBeVisible();
  await expect(title(page)).toHaveValue('Unseen');
  expect((await answer(getPost({ client: author.client, path }))).status).toBe('draft');
});

test('what somebody else has published meanwhile is seen as published', async ({ page, account, logInAs, seedPost }) => {
  const [author, chief] = [await account(), await account('editor')];
  const post = await seedPost(author.client, { status: 'draft', body: 'Written before.' });
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await expect(rich(page)).toBeVisible();
  await answer(publishPost({ client: chief.client, path: { post_id: post.id } }));
  await add(page, ' Half a sen');
  // From the first refusal on nothing goes to readers by itself.
  await expect(page.getByRole('button', { name: editor.update })).toBeEnabled({ timeout: 20_000 });
  await expect(rich(page)).toHaveText('Written before. Half a sen');
});

test('what somebody else has thrown away can be saved as another', async ({ page, account, logInAs, seedPost }) => {
  const [author, chief] = [await account(), await account('editor')];
  const post = await seedPost(author.client, { status: 'draft', body: 'Written before.' });
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await expect(rich(page)).toBeVisible();
  await answer(deletePost({ client: chief.client, path: { post_id: post.id } }));
  await add(page, ' And after.');
  await phase(page, 'gone');
  await page.getByRole('button', { name: editor.blocked.gone.act }).click();
  await phase(page, 'saved');
  await expect(page).not.toHaveURL(new RegExp(post.id));
  const id = new URL(page.url()).pathname.split('/').at(-1) as string;
  expect(await answer(getPost({ client: author.client, path: { post_id: id } }))).toMatchObject({ title: post.title, body: 'Written before. And after.' });
});
