/** What readers do with a post besides reading it: enlarge its images and copy its code, by keyboard too. */
import type { Page } from '@playwright/test';

import { type Post, updateMedia } from '@/client';
import { messages } from '@/messages';
import { answer, expect, type Fixtures, test as base, unique, uploadPicture } from './fixtures';

const words = messages.site.post;
const CODE = 'def measure(lines):\n    return max(map(len, lines))';

const test = base.extend<{ illustrated: Post }>({
  illustrated: async ({ account, seedPost }, use) => use(await illustratedPost({ account, seedPost })),
});

/** Publish a post with a cover, two images with captions, and code. */
async function illustratedPost({ account, seedPost }: Pick<Fixtures, 'account' | 'seedPost'>): Promise<Post> {
  const { client } = await account();
  const size = { width: 1280, height: 800 };
  const [cover, first, second] = [await uploadPicture(client, size), await uploadPicture(client, size, 90), await uploadPicture(client, size, 200)];
  await answer(updateMedia({ client, path: { media_id: cover.id }, body: { caption: 'Evening in the hills.' } }));
  const body = [
    `![A green valley](${first.url} "The valley.")`,
    `![A blue lake](${second.url} "The lake.")`,
    `\`\`\`python\n${CODE}\n\`\`\``,
  ].join('\n\n');
  return seedPost(client, { title: unique('Illustrated'), body, cover_id: cover.id });
}

async function open(page: Page, { slug }: Post): Promise<void> {
  await expect(async () => expect((await page.goto(`/posts/${slug}`))?.status()).toBe(200)).toPass();
  await page.waitForLoadState('networkidle');
}

const shown = (page: Page, name: string) => page.getByRole('dialog', { name }).getByRole('img', { name });

test('an image is enlarged, the next one follows, and the focus returns, by keyboard', async ({ page, illustrated }) => {
  await open(page, illustrated);
  const opener = page.getByRole('link', { name: words.enlarge('A green valley') });
  await opener.focus();
  await page.keyboard.press('Enter');
  await expect(shown(page, 'A green valley')).toBeVisible();
  await expect(page.getByRole('dialog')).toContainText('The valley.');

  await page.keyboard.press('ArrowRight');
  await expect(shown(page, 'A blue lake')).toBeVisible();
  await expect(page.getByRole('dialog')).toContainText('The lake.');
  await page.keyboard.press('ArrowRight');
  await expect(shown(page, 'A green valley')).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(shown(page, 'A blue lake')).toBeVisible();

  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(opener).toBeFocused();
});

test('on a phone an image is enlarged by touch, fits the window, and is left by the same', async ({ page, illustrated }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await open(page, illustrated);
  await page.getByRole('link', { name: words.enlarge('A blue lake') }).click();
  const image = shown(page, 'A blue lake');
  await expect(image).toBeVisible();
  const box = await image.boundingBox();
  expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 360, 'the image is inside the window').toBe(true);
  await page.getByRole('button', { name: words.nextImage }).click();
  await expect(shown(page, 'A green valley')).toBeVisible();
  await page.getByRole('button', { name: words.closeImage }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('without its script an image leads to its file', async ({ browser, baseURL, illustrated }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await open(page, illustrated);
  const href = await page.getByRole('link', { name: words.enlarge('A blue lake') }).getAttribute('href');
  expect((await page.request.get(href ?? '')).headers()['content-type']).toMatch(/^image\//);
  await context.close();
});

test('code is copied as it was written, and the copy is announced', async ({ page, context, illustrated }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, illustrated);
  await page.getByRole('button', { name: words.copyCode }).click();
  await expect(page.getByRole('status').filter({ hasText: words.copied })).toHaveCount(1);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(CODE);
});

test('the cover is on the card of a shared link, and in what search engines read', async ({ page, request, illustrated }) => {
  await open(page, illustrated);
  const card = await page.locator('meta[property="og:image"]').first().getAttribute('content');
  expect(card).toContain(illustrated.cover?.crops.card?.url ?? 'a crop');
  expect(await page.locator('meta[property="og:image:alt"]').first().getAttribute('content')).toBe('Hills');
  expect((await request.get(new URL(card ?? '').pathname)).headers()['content-type']).toBe('image/jpeg');

  const data = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? '');
  expect(data.image).toMatchObject({
    '@type': 'ImageObject',
    width: 1280,
    height: 800,
    caption: 'Evening in the hills.',
    creditText: 'Photo: Nobody',
  });
  expect(new URL(data.image.url).pathname).toBe(illustrated.cover?.url);
});
