/** The media library: uploads, descriptions, and pictures that are chosen for posts and accounts. */
import type { Page } from '@playwright/test';
import sharp from 'sharp';

import { getMe, getPost, type Image, listMedia, publishPost, uploadMedia } from '@/client';
import { messages } from '@/messages';
import { expectAccessible } from './axe';
import { type Account, answer, expect, test, unique } from './fixtures';

const { media: words } = messages;
const { upload, filters, grid, selection, one, picker, post: pictures, avatar } = words;
const PATH = '/studio/media';
const PHONE = { width: 360, height: 780 };

test.describe.configure({ mode: 'serial' });

/** Of the first test, which all others go on with. */
let author: Account;
const cover = `${unique('cover')}.png`;

type Picked = { name: string; mimeType: string; buffer: Buffer };

/** Return a picture of noise, of which no encoder makes little; three bytes each pixel. */
async function photo(name: string, width = 160, height = 120): Promise<Picked> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const buffer = await sharp({ create: { width, height, channels: 3, background: '#888', noise } }).png().toBuffer();
  return { name, mimeType: 'image/png', buffer };
}

/** Drop files on the page, as somebody does who drags them from elsewhere. */
async function drop(page: Page, ...files: Picked[]): Promise<void> {
  const sent = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString('base64') }));
  const dataTransfer = await page.evaluateHandle((given) => {
    const transfer = new DataTransfer();
    for (const { name, mimeType, base64 } of given) {
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: mimeType }));
    }
    return transfer;
  }, sent);
  // The page that has just loaded may not listen yet; whoever drags goes on.
  await expect(async () => {
    await page.dispatchEvent('main', 'dragover', { dataTransfer });
    await expect(page.getByText(upload.drop)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.dispatchEvent('main', 'drop', { dataTransfer });
  await expect(page.getByText(upload.drop)).toBeHidden();
}

const uploads = (page: Page) => page.getByRole('region', { name: upload.list });
const files = (page: Page) => page.getByRole('list', { name: grid.label }).getByRole('listitem');
const main = (page: Page) => page.getByRole('main');

/** Return the part of an address that a picture and all its sizes have in common. */
const stem = ({ url }: Pick<Image, 'url'>) => url.replace(/\.\w+$/, '');

async function hasNoViolations(page: Page): Promise<void> {
  for (const viewport of [{ width: 1280, height: 800 }, PHONE]) {
    await page.setViewportSize(viewport);
    await expectAccessible(page, 'all', `${viewport.width} pixels`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wider, 'the page must not scroll sideways').toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('files are dropped: one comes in with its progress and is prepared, another is refused with its reason', async ({ page, account, logInAs }) => {
  author = await account();
  await logInAs(page, author);
  await page.goto(PATH);
  // As slow as many connections: progress is there to be seen.
  const network = await page.context().newCDPSession(page);
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 });
  await drop(page, await photo(cover, 640, 400), { name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  const progress = uploads(page).getByRole('progressbar', { name: upload.progressOf(cover) });
  await expect.poll(async () => Number(await progress.getAttribute('value'))).toBeGreaterThan(0);
  await expect(uploads(page).getByRole('listitem').filter({ hasText: 'text.png' }).locator('.text-bad')).toHaveText(/\S+ \S+/);
  await network.detach();
  await expect(uploads(page).getByRole('status')).toHaveText(new RegExp(upload.failed(`1 ${upload.files.one}`)));
  await expect(uploads(page).getByText(upload.done, { exact: true })).toBeVisible();

  // Nobody reloads the page.
  const card = files(page).filter({ hasText: cover });
  await expect(card).toContainText(grid.unused);
  await expect.poll(async () => (await answer(listMedia({ client: author.client, query: { search: cover } })))[0]?.state).toBe('ready');
  await expect(card).not.toContainText(words.states.processing);
  await uploads(page).getByRole('button', { name: upload.removeOf('text.png') }).click();
  await uploads(page).getByRole('button', { name: upload.clear }).click();
  await expect(uploads(page).getByRole('listitem')).toHaveCount(0);
  await hasNoViolations(page);
});

test('an upload is cancelled, and tried again', async ({ page, logInAs }) => {
  const name = `${unique('again')}.png`;
  await logInAs(page, author);
  await page.goto(PATH);
  const network = await page.context().newCDPSession(page);
  const speed = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await speed(1_000);
  await page.getByLabel(upload.choose).setInputFiles([await photo(name, 200, 200)]);
  await uploads(page).getByRole('button', { name: upload.cancelOf(name) }).click();
  await expect(uploads(page)).toContainText(messages.upload.cancelled);
  await speed(-1);
  await uploads(page).getByRole('button', { name: upload.retryOf(name) }).click();
  await expect(uploads(page).getByText(upload.done, { exact: true })).toBeVisible();
  await expect(files(page).filter({ hasText: name })).toBeVisible();
});

test('a picture is described, and its focal point set by mouse and by keyboard', async ({ page, logInAs }) => {
  await logInAs(page, author);
  await page.goto(`${PATH}?q=${cover}&shown=alt`);
  await files(page).getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(cover);
  await expect(main(page).getByText(one.uses.none)).toBeVisible();
  const point = page.getByRole('button', { name: /^Focal point/ });
  const picture = point.locator('xpath=..');
  // The picture has another size until it has loaded: a place that was measured before can lie outside of it.
  await picture.scrollIntoViewIfNeeded();
  await expect.poll(() => picture.locator('img').evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(0);
  await expect(async () => {
    const box = await picture.boundingBox();
    if (!box) throw new Error('The picture is not to be seen');
    await picture.click({ position: { x: box.width * 0.8, y: box.height * 0.2 }, timeout: 5_000 });
    await expect(point).toHaveAccessibleName(one.focal.point('80', '20'), { timeout: 1_000 });
  }).toPass();
  await point.press('ArrowLeft');
  await point.press('Shift+ArrowDown');
  await expect(point).toHaveAccessibleName(one.focal.point('79', '30'));
  await page.getByLabel(one.focal.y).fill('31');
  await page.getByLabel(one.details.alt).fill('A sea of grey');
  await page.getByLabel(one.details.credit).fill('Photo: nobody');
  await hasNoViolations(page);
  await page.getByRole('button', { name: one.details.save, exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: one.details.saved })).toBeVisible();
  const [media] = await answer(listMedia({ client: author.client, query: { search: cover } }));
  expect(media).toMatchObject({ alt_text: 'A sea of grey', credit: 'Photo: nobody', focal_point: { x: 79, y: 31 } });
});

test('it becomes the cover of a post, which readers see; as long as it is used, it stays', async ({ page, browser, baseURL, logInAs, seedPost }) => {
  const { client } = author;
  const { id, slug, title } = await seedPost(client, { status: 'draft' });
  await logInAs(page, author);
  await page.goto(`/studio/posts/${id}`);
  await page.getByRole('button', { name: pictures.chooseFor(pictures.cover) }).click();
  const dialog = page.getByRole('dialog', { name: picker.title });
  await dialog.getByRole('searchbox').fill(cover);
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  await hasNoViolations(page);
  await dialog.getByRole('button', { name: 'A sea of grey' }).click();
  await expect(page.getByRole('button', { name: pictures.changeFor(pictures.cover) })).toBeFocused();
  await page.getByLabel(pictures.alt).fill('The sea, for this post');
  await expect.poll(async () => (await answer(getPost({ client, path: { post_id: id } }))).cover_alt_text).toBe('The sea, for this post');
  const post = await answer(publishPost({ client, path: { post_id: id } }));
  expect(post.cover).toMatchObject({ alt_text: 'The sea, for this post', focal_point: { x: 79, y: 31 } });

  // Somebody who is not logged in, and has no draft's pictures.
  const reader = await browser.newPage({ baseURL });
  await expect(async () => expect((await reader.goto(`/posts/${slug}`))?.status()).toBe(200)).toPass();
  const shown = reader.getByRole('img', { name: 'The sea, for this post' }).first();
  await expect(shown).toBeVisible();
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(0);
  expect(await shown.evaluate((image: HTMLImageElement) => image.currentSrc)).toContain(stem(post.cover as Image));
  await reader.close();

  await page.goto(`${PATH}/${post.cover?.id}`);
  const places = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: title }) });
  await expect(places).toContainText(one.uses.roles.cover);
  await page.getByRole('button', { name: one.remove.open }).click();
  await page.getByRole('dialog').getByRole('button', { name: one.remove.submit, exact: true }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toHaveText(one.remove.inUse);
});

test('of several selected files those that nothing uses are deleted', async ({ page, logInAs }) => {
  const { client } = author;
  const word = unique('spare');
  for (const name of [`${word}-1.png`, `${word}-2.png`]) {
    const { buffer, mimeType } = await photo(name);
    await answer(uploadMedia({ client, body: { file: new File([new Uint8Array(buffer)], name, { type: mimeType }) } }));
  }
  await logInAs(page, author);
  await page.goto(PATH);
  await page.getByRole('navigation', { name: filters.shown }).getByRole('link', { name: filters.tabs.unused }).click();
  await expect(page).toHaveURL(/shown=unused/);
  await expect(files(page).filter({ hasText: cover })).toHaveCount(0);
  await page.getByRole('search').getByRole('searchbox').fill(word);
  await page.keyboard.press('Enter');
  await expect(files(page)).toHaveCount(2);

  // Those that are used are kept.
  await page.goto(PATH);
  for (const name of [cover, `${word}-1.png`, `${word}-2.png`]) await page.getByRole('checkbox', { name: grid.select(name) }).check();
  await page.getByRole('group', { name: selection.label }).getByRole('button', { name: selection.remove.open }).click();
  await page.getByRole('dialog').getByRole('button', { name: selection.remove.submit }).click();
  await expect(page.getByRole('status').filter({ hasText: selection.remove.done(`2 ${upload.files.other}`) })).toContainText(selection.remove.inUse(`1 ${upload.files.one}`));
  await expect(files(page).filter({ hasText: word })).toHaveCount(0);
  await expect(files(page).filter({ hasText: cover })).toHaveCount(1);
});

test('a reader has no library, but a picture of their own', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  await logInAs(page, reader);
  expect((await page.goto(PATH))?.status()).toBe(403);
  await page.goto('/account');
  await expect(page.getByText(avatar.initials)).toBeVisible();
  const input = page.getByLabel(avatar.file, { exact: true });
  const send = page.getByRole('button', { name: avatar.submit });
  await input.setInputFiles({ name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(page.getByText('text.png')).toBeVisible();
  await send.click();
  await expect(main(page).getByRole('alert')).toBeVisible();
  await input.setInputFiles(await photo('me.png'));
  await expect(page.getByText('me.png')).toBeVisible();
  await send.click();
  await expect(page.getByRole('status').filter({ hasText: avatar.uploaded })).toBeVisible();
  const me = await answer(getMe({ client: reader.client }));
  const shown = main(page).locator(`img[src^="${stem(me.avatar as Image)}"]`).first();
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(0);

  await page.getByRole('button', { name: avatar.remove }).click();
  await expect(page.getByText(avatar.initials)).toBeVisible();
  expect((await answer(getMe({ client: reader.client }))).avatar).toBeNull();
});

