/** Accessibility of every page by axe, in both themes. */
import { readdirSync, readFileSync } from 'node:fs';

import type { Cookie, Page } from '@playwright/test';

import type { Client } from '@/client/client';
import {
  createComment, createImport, createWebhook, deletePost, getImport, listMail, listTags, pingWebhook, type Post, schedulePost, uploadMedia,
} from '@/client';
import { messages } from '@/messages';
import { expectAccessible, expectAccessibleInBothThemes } from './axe';
import { answer, expect, type Fixtures, test, unique, unsubscribePage, zipOf } from './fixtures';

const APP = new URL('../../src/app', import.meta.url);
const PHONE = { width: 360, height: 780 };
/** More than one page of posts. */
const POSTS = 13;

/** A page is one by its file: nobody can forget to list one here. */
const PAGES = readdirSync(APP, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)page\.tsx$/.test(file))
  .map((file) => `/${file.split('/').filter((part) => !/^\(|^page\.tsx$/.test(part)).join('/')}`)
  .sort();

type Made = { cookies: Cookie[]; addresses: Record<string, string> };

/** What there is to look at, made for the first page and kept for all others. */
let made: Promise<Made> | undefined;

type Makers = Pick<Fixtures, 'account' | 'logInAs' | 'seedPost'>;

async function make(page: Page, { account, logInAs, seedPost }: Makers): Promise<Made> {
  const me = await account('admin');
  const { client } = me;
  const tags = [unique('tag')];
  const post = await seedPost(client, { title: unique('A post for everyone'), body: BODY, tags });
  await commented(client, post);
  for (let index = 1; index < POSTS; index += 1) await seedPost(client, { tags });
  const draft = await seedPost(client, { status: 'draft', body: BODY, tags });
  const { id } = await seedPost(client, { status: 'draft' });
  const planned = await seedPost(client, { status: 'draft' });
  await answer(schedulePost({ client, path: { post_id: planned.id }, body: { publish_at: '2035-01-31T08:00:00Z' } }));
  await answer(deletePost({ client, path: { post_id: id } }));
  await logInAs(page, me);
  // A change that goes through the application shows at once, and with it those that were made past it.
  await page.request.post('/api/tags', { data: { name: unique('another tag') } });
  const archive = new File([readFileSync(zipOf({ 'one.md': 'An imported post.', 'two.md': '+++\nno front matter\n+++\n' }))], 'blog.zip');
  const imported = await answer(createImport({ client, body: { archive, dry_run: true } }));
  await expect.poll(async () => (await answer(getImport({ client, path: { import_id: imported.id } }))).state).toBe('succeeded');
  const [tag] = await answer(listTags({ client, query: { search: tags[0] } }));
  const unsubscribe = await unsubscribePage(me, await account('reader'), post);
  const [mail] = await answer(listMail({ client }));
  const media = await answer(uploadMedia({ client, body: { file: new File([PICTURE], 'picture.gif', { type: 'image/gif' }) } }));
  const url = `http://127.0.0.1:${process.env.RECEIVER_PORT}/accessibility`;
  const webhook = await answer(createWebhook({ client, body: { url, events: ['import.finished'] } }));
  const delivery = await answer(pingWebhook({ client, path: { webhook_id: webhook.id } }));
  return {
    cookies: await page.context().cookies(),
    addresses: {
      '/archive/[year]': `/archive/${new Date().getUTCFullYear()}`,
      '/authors/[username]': `/authors/${me.username}`,
      '/authors/[username]/page/[number]': `/authors/${me.username}/page/2`,
      '/page/[number]': '/page/2',
      '/posts/[slug]': `/posts/${post.slug}`,
      '/studio/calendar': '/studio/calendar?month=2035-01',
      '/studio/comments/[postId]': `/studio/comments/${post.id}`,
      '/studio/mail/[mailId]': `/studio/mail/${mail?.id}`,
      '/studio/media/[mediaId]': `/studio/media/${media.id}`,
      '/studio/imports/[importId]': `/studio/imports/${imported.id}`,
      '/studio/posts/[id]': `/studio/posts/${draft.id}`,
      '/studio/posts/[id]/preview': `/studio/posts/${draft.id}/preview`,
      '/studio/tags/[tagId]': `/studio/tags/${tag?.id}`,
      '/studio/users/[userId]': `/studio/users/${me.id}`,
      '/studio/webhooks/[webhookId]': `/studio/webhooks/${webhook.id}`,
      '/studio/webhooks/[webhookId]/deliveries/[deliveryId]': `/studio/webhooks/${webhook.id}/deliveries/${delivery.id}`,
      '/studio/webhooks/[webhookId]/settings': `/studio/webhooks/${webhook.id}/settings`,
      '/tags/[slug]': `/tags/${tag?.slug}`,
      '/tags/[slug]/page/[number]': `/tags/${tag?.slug}/page/2`,
      '/unsubscribe/[token]': unsubscribe,
    },
  };
}

async function commented(client: Client, { id: post_id }: Post): Promise<void> {
  const { id } = await answer(createComment({ client, path: { post_id }, body: { body: 'A *comment*.' } }));
  await answer(createComment({ client, path: { post_id }, body: { body: 'An answer.', parent_id: id } }));
}

/** One pixel. */
const PICTURE = Buffer.from('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=', 'base64');

const BODY = [
  'Some *text* with a [link](https://example.org) and `code`.[^1]',
  '## A heading',
  '> A quotation.',
  '```python\ndef greet(name: str) -> str:\n    return f"Hello, {name}"\n```',
  '| One | Two |\n| --- | --- |\n| 1 | 2 |',
  '- [x] done\n- [ ] to do',
  '### One below',
  '1. first\n2. second',
  '[^1]: A footnote.',
].join('\n\n');

for (const route of PAGES) {
  test(route, async ({ page, account, logInAs, seedPost }) => {
    made ??= make(page, { account, logInAs, seedPost });
    const { cookies, addresses } = await made;
    await page.context().addCookies(cookies);
    const address = addresses[route] ?? route;
    expect(address, 'say in `addresses` which page of this kind to look at').not.toContain('[');
    // Whoever is logged in is sent on from here.
    if (['/login', '/sign-up'].includes(route)) await page.context().clearCookies();
    await looksRight(page, address);
  });
}

test('pages for what is not there, or not for everybody', async ({ page, account, logInAs }) => {
  await looksRight(page, '/no/such/page', 404);
  await looksRight(page, '/posts/no-such-post', 404);
  await logInAs(page, await account('reader'));
  await looksRight(page, '/studio/users', 403);
});

test('a form that was refused', async ({ page }) => {
  await page.goto('/login');
  await page.getByLabel(messages.account.email).fill('nobody@example.org');
  await page.getByLabel(messages.account.password, { exact: true }).fill('not the password');
  await page.getByRole('main').getByRole('button', { name: messages.account.logIn.submit, exact: true }).click();
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible();
  await expectAccessibleInBothThemes(page);
});

/** Go there, and let axe look in both themes, then as on a phone. */
async function looksRight(page: Page, address: string, status = 200): Promise<void> {
  // What is fetched beforehand is not on this page, and its answer, which nobody reads, may keep the network busy.
  await page.route('**/*', (route) => ('next-router-prefetch' in route.request().headers() ? route.abort() : route.fallback()));
  const answered = await page.goto(address);
  expect(answered?.status()).toBe(status);
  await expect(page.locator('main')).toHaveCount(1);
  await expect(page).toHaveTitle(/\S/);
  // What is loaded only when it is near is on the page too.
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  await expectAccessibleInBothThemes(page);
  await page.setViewportSize(PHONE);
  await expectAccessible(page, 'all but colours', 'on a phone');
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, 'a phone must not scroll sideways').toBeLessThanOrEqual(0);
}
