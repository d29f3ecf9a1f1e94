/** Drafts do not leak: not by lists, search, feeds, guessed URLs, cached pages or the API's responses. */
import type { APIRequestContext } from '@playwright/test';

import { archivePost, createPost, getPost, type Post, publishPost, unpublishPost, updatePost } from '@/client';
import { messages } from '@/messages';
import { type Account, answer, expect, test, unique } from './fixtures';

const { editor } = messages.studio;

/** Every page that could show `post`, as a document and as what the router asks for between pages. */
async function pagesThatSay(request: APIRequestContext, post: Post, secret: string, author: Account): Promise<string[]> {
  const tag = post.tags[0]?.slug ?? '';
  const year = new Date().getUTCFullYear();
  const paths = [
    '/', '/page/2', '/archive', `/archive/${year}`, '/tags', `/tags/${tag}`, `/authors/${author.username}`, `/posts/${post.slug}`,
    `/posts/${post.id}`, `/posts/${post.slug}/opengraph-image`, `/search?q=${secret}`, '/feed.xml', '/atom.xml', '/sitemap.xml',
    `/studio/posts/${post.id}`, `/studio/posts/${post.id}/preview`, '/studio/posts', '/studio/posts?whose=everyone',
    `/studio/posts?whose=everyone&author=${author.username}`, `/studio/posts?q=${secret}`,
    '/api/posts?status=draft', '/api/posts', `/api/posts?search=${secret}`, `/api/posts?status=draft&author=${author.username}`,
    `/api/posts/${post.id}`, `/api/posts/slug/${post.slug}`, `/api/posts/${post.id}/comments`, `/api/users/${author.id}/posts?status=draft`,
    `/api/tags?search=${tag}`,
  ];
  const kinds = [{}, { rsc: '1' }, { rsc: '1', 'next-router-prefetch': '1' }, { 'x-middleware-prefetch': '1', purpose: 'prefetch' }];
  const told: string[] = [];
  for (const path of paths) {
    for (const headers of path.startsWith('/api/') || path.includes('.xml') ? [{}] : kinds) {
      const text = await (await request.get(path, { headers: headers as Record<string, string> })).text();
      // A page of search repeats what was asked for.
      const asked = path.includes(`=${secret}`) ? text.replaceAll(secret, '') : text;
      if (asked.includes(secret) || asked.includes(`${secret}-text`)) told.push(`${path} ${JSON.stringify(headers)}`);
      if (path.includes(secret) ? text.includes(post.id) : false) told.push(`${path} names it`);
    }
  }
  return told;
}

const draftOf = (author: Account, secret: string) =>
  answer(createPost({ client: author.client, body: { title: secret, body: `${secret}-text`, slug: unique('quiet'), tags: [unique('Silence')] } }));

test('a draft is nowhere but with its author', async ({ page, request, account, logInAs }) => {
  const [author, other] = [await account(), await account()];
  const secret = unique('secret');
  const post = await draftOf(author, secret);
  expect(await pagesThatSay(request, post, secret, author)).toEqual([]);
  await logInAs(page, other);
  expect(await pagesThatSay(page.request, post, secret, author)).toEqual([]);
  expect((await page.request.get(`/studio/posts/${post.id}`)).status()).toBe(404);
  expect((await page.request.get(`/studio/posts/${post.id}/preview`)).status()).toBe(404);

  // The same questions do find it where it may be found: they would notice.
  await logInAs(page, author);
  const own = await pagesThatSay(page.request, post, secret, author);
  expect(own).toContain(`/studio/posts/${post.id} {}`);
  expect(own).toContain(`/studio/posts/${post.id}/preview {"rsc":"1"}`);
  expect(own).toContain(`/api/posts/${post.id} {}`);
  expect(own.filter((path) => /^\/(posts|tags|feed|atom|sitemap|archive|authors|search| )/.test(path))).toEqual([]);
});

test('a preview shows the draft as its page will, is kept by nobody, and found by no search engine', async ({ page, account, logInAs }) => {
  const author = await account();
  const secret = unique('secret');
  const post = await draftOf(author, secret);
  await logInAs(page, author);
  const answered = await page.goto(`/studio/posts/${post.id}/preview`);
  expect(answered?.headers()['cache-control']).toMatch(/no-store/);
  await expect(page.locator('meta[name=robots]')).toHaveAttribute('content', /noindex/);
  const shown = await page.locator('article').innerHTML();
  await answer(publishPost({ client: author.client, path: { post_id: post.id } }));
  // Through this application, so that it hears of it.
  await page.goto(`/studio/posts/${post.id}`);
  await page.getByLabel(editor.excerpt.label).fill('Now.');
  await page.getByRole('button', { name: editor.update }).click();
  await expect(page.locator('[data-phase]')).toHaveAttribute('data-phase', 'saved');
  await page.goto(`/posts/${post.slug}`);
  const prose = (html: string) => /<div class="prose[^]*?<\/div>/.exec(html)?.[0];
  expect(prose(shown)).toContain(`${secret}-text`);
  expect(prose(await page.locator('article').innerHTML())).toBe(prose(shown));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(secret);
});

test('a page that was kept goes with its post, and a later draft of it does not come', async ({ page, request, account, logInAs }) => {
  const author = await account();
  const shown = unique('shown');
  const post = await answer(createPost({ client: author.client, body: { title: shown, body: `${shown}-text`, slug: unique('loud'), tags: [unique('Noise')] } }));
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await page.getByRole('button', { name: editor.publish, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: messages.schedule.dialog.act.now }).click();
  await expect(page.getByText(messages.studio.statusActions.done.publish)).toBeVisible();
  const published = await pagesThatSay(request, post, shown, author);
  for (const path of ['/', `/posts/${post.slug}`, '/feed.xml']) expect(published).toContain(`${path} {}`);

  await page.getByRole('button', { name: editor.more, exact: true }).click();
  await page.getByRole('menuitem', { name: editor.unpublish }).click();
  await page.getByRole('dialog').getByRole('button', { name: editor.confirm.unpublish.act }).click();
  await expect(page.getByText(messages.studio.statusActions.done.unpublish)).toBeVisible();
  expect(await pagesThatSay(request, post, shown, author)).toEqual([]);
  expect((await request.get(`/posts/${post.slug}`)).status()).toBe(404);

  const hidden = unique('hidden');
  await page.getByLabel(editor.title, { exact: true }).fill(hidden);
  await page.keyboard.press('Control+s');
  await expect(page.locator('[data-phase]')).toHaveAttribute('data-phase', 'saved');
  await expect.poll(async () => (await answer(getPost({ client: author.client, path: { post_id: post.id } }))).title).toBe(hidden);
  expect(await pagesThatSay(request, post, hidden, author)).toEqual([]);
});

test('an editor sees drafts, and logging out takes them away', async ({ page, account, logInAs }) => {
  const [author, chief] = [await account(), await account('editor')];
  const secret = unique('secret');
  const post = await draftOf(author, secret);
  await logInAs(page, chief);
  await page.goto(`/studio/posts/${post.id}`);
  await expect(page.getByLabel(editor.title, { exact: true })).toHaveValue(secret);
  await page.context().clearCookies();
  const after = await page.request.get(`/studio/posts/${post.id}`, { maxRedirects: 0 });
  expect(after.status()).toBe(307);
  expect(await after.text()).not.toContain(secret);
});

test('an archived post is at its address alone', async ({ request, account }) => {
  const author = await account();
  const word = unique('archived');
  const post = await draftOf(author, word);
  const path = { post_id: post.id };
  await answer(publishPost({ client: author.client, path }));
  await answer(archivePost({ client: author.client, path }));
  expect((await pagesThatSay(request, post, word, author)).filter((each) => !each.includes(post.slug) && !each.includes(post.id))).toEqual([]);
  // The post links to it.
  const tagPage = async () => (await request.get(`/tags/${post.tags[0]?.slug}`)).text();
  await expect.poll(tagPage).toContain(messages.site.noPostsOfTag.text);
  const draft = await answer(unpublishPost({ client: author.client, path }));
  await answer(updatePost({ client: author.client, path, headers: { 'If-Match': draft.etag }, body: { title: 'Gone' } }));
});
