/** Everything by keyboard alone, with a visible focus at every stop. */
import type { Locator, Page } from '@playwright/test';

import { listTags } from '@/client';
import { messages } from '@/messages';
import { answer, expect, PASSWORD, test, unique } from './fixtures';

const { account: words, manage, site } = messages;
const FAR = 60;

/** Press Tab until `wanted` has the focus; at each stop on the way it must be seen where the focus is. */
async function tabTo(page: Page, wanted: Locator, key = 'Tab'): Promise<void> {
  await expect(wanted).toBeAttached();
  for (let stop = 0; stop < FAR; stop += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
    expect(await seenFocus(page), 'the focus is not to be seen').toBe(true);
  }
  throw new Error(`${wanted} is not reached within ${FAR} stops`);
}

/** Tell whether whatever has the focus shows it. */
function seenFocus(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return true;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  });
}

const hasFocus = (page: Page, inside: Locator) =>
  expect.poll(() => inside.evaluate((element) => element.contains(document.activeElement))).toBe(true);

test('the first stop leads past the menu, into the page', async ({ page }) => {
  await page.goto('/');
  const skip = page.getByRole('link', { name: site.skip });
  await page.keyboard.press('Tab');
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#main$/);
  await page.keyboard.press('Tab');
  await hasFocus(page, page.getByRole('main'));
});

test('the menu and the theme', async ({ page }) => {
  await page.goto('/');
  await tabTo(page, page.getByRole('button', { name: site.theme.label }));
  const theme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  const before = await theme();
  await page.keyboard.press('Space');
  await expect.poll(theme).not.toBe(before);
  await tabTo(page, page.getByRole('navigation', { name: site.menu }).getByRole('link', { name: site.tags }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/tags$/);
});

test('logging in, and writing a comment', async ({ page, account, seedPost }) => {
  const post = await seedPost((await account('author')).client);
  const { email } = await account('reader');
  await page.goto(`/posts/${post.slug}`);
  await tabTo(page, page.getByRole('link', { name: site.comments.logInToComment }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/login/);
  await tabTo(page, page.getByLabel(words.email));
  await page.keyboard.type(email);
  await tabTo(page, page.getByLabel(words.password, { exact: true }));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#comments$/);

  await tabTo(page, page.getByLabel(site.comments.yourComment));
  const said = unique('Without a mouse');
  await page.keyboard.type(said);
  await tabTo(page, page.getByRole('button', { name: site.comments.send }));
  await page.keyboard.press('Enter');
  await expect(page.locator('#comments').getByRole('article').getByText(said)).toBeVisible();
});

test('a dialog keeps the focus, Escape leaves it, and the focus is where it was', async ({ page, account, logInAs, seedPost }) => {
  const editor = await account('editor');
  const name = unique('tag');
  await seedPost(editor.client, { tags: [name] });
  const [tag] = await answer(listTags({ client: editor.client, query: { search: name } }));
  await logInAs(page, editor);
  await page.goto(`/studio/tags/${tag?.id}`);
  const opener = page.getByRole('button', { name: manage.tags.remove.open });
  await tabTo(page, opener);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toHaveAccessibleName(manage.tags.remove.ask(name));
  for (let stop = 0; stop < 6; stop += 1) {
    await hasFocus(page, dialog);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
});

test('a menu, and the dialog that it opens, leave the focus where it was', async ({ page, account, logInAs, seedPost }) => {
  const author = await account('author');
  await seedPost(author.client, { status: 'draft' });
  await logInAs(page, author);
  await page.goto('/studio/posts');
  const opener = page.getByRole('main').locator('[aria-haspopup="menu"]').first();
  await tabTo(page, opener);
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu');
  await expect(menu).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await hasFocus(page, menu);
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(opener).toBeFocused();

  await page.keyboard.press('Enter');
  await hasFocus(page, menu);
  await page.keyboard.press('End');
  await expect(menu.getByRole('menuitem').last()).toBeFocused();
  await page.keyboard.press('Enter');
  await hasFocus(page, page.getByRole('dialog'));
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(opener).toBeFocused();
});
