/** The cache of public pages: what a change makes fresh, how old a page gets, and what is served while the API is out of reach. */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { APIRequestContext, Page } from '@playwright/test';

import { type Post, updatePost } from '@/client';
import { messages } from '@/messages';
import { type Fault, type FaultProxy, problem, test as base } from './fault-proxy';
import { type Account, answer, expect, unique } from './fixtures';

const { errors } = messages;

/** The server that renders a page again only when a change is made: see `PAGE_MAX_AGE_S` in tests/web/test_browser.py. */
const LOG_OF_FIRST = 1;
/** `PAGE_MAX_AGE_S` of the second server. */
const MAX_AGE_MS = 3000;

/** Two authors with a post each that have nothing to do with each other: others were published in between. */
type Publication = { author: Account; post: Post; other: Post; pages: string[]; untouched: string[] };

const test = base.extend<{ publication: Publication }>({
  publication: async ({ page, account, logInAs, seedPost }, use) => {
    const author = await account();
    const stranger = await account();
    const other = await seedPost(stranger.client, { tags: [unique('Cards')] });
    for (let count = 0; count < 3; count += 1) await seedPost(stranger.client);
    const post = await seedPost(author.client, { tags: [unique('Looms')], excerpt: 'Of looms.', status: 'draft' });
    await logInAs(page, author);
    // Through the app: every page has heard of it, and of the others.
    expect((await call(page, 'POST', `/api/posts/${post.id}/publish`)).status).toBe(200);
    const tagPath = (of: Post) => `/tags/${of.tags[0]?.slug}`;
    const pages = [`/posts/${post.slug}`, '/', tagPath(post), `/authors/${author.username}`, '/feed.xml', '/atom.xml', '/sitemap.xml'];
    const untouched = [`/posts/${other.slug}`, tagPath(other), `/authors/${stranger.username}`, '/tags', '/archive'];
    await use({ author, post, other, pages, untouched });
  },
});

/** The log of a server is in a folder of its own beside the build that it serves. */
const CACHE = join(dirname((process.env.SERVER_LOGS ?? '').split(' ')[LOG_OF_FIRST] ?? ''), '..', '.next-test');

/** Return when each entry of the first server's cache was written, by its path: `/posts/a`, or the name of data. */
async function entries(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const folder of ['server/route-cache', 'cache/fetch-cache']) {
    const names = await readdir(join(CACHE, folder), { recursive: true }).catch((): string[] => []);
    for (const name of names.filter((each) => /\.(html|body)$|^[0-9a-f]{64}$/.test(each))) {
      const path = name.replace(/^.*\/\$/, '').replace(/\.(html|body)$/, '').replace(/^\/index$/, '/');
      found.set(path, (await stat(join(CACHE, folder, name))).mtimeMs);
    }
  }
  return found;
}

/** Visit pages, and return which of them were rendered for it. */
async function renderedFor(request: APIRequestContext, paths: string[]): Promise<string[]> {
  const before = await entries();
  for (const path of paths) expect((await request.get(path)).status(), path).toBe(200);
  const after = await entries();
  return paths.filter((path) => before.get(path) !== after.get(path)).toSorted();
}

/** Visit pages until exactly these have been rendered: a change is known a moment after its response. */
async function expectRendered(request: APIRequestContext, paths: string[], expected: string[]): Promise<void> {
  const rendered = new Set<string>();
  await expect
    .poll(async () => {
      for (const path of await renderedFor(request, paths)) rendered.add(path);
      return [...rendered].toSorted();
    })
    .toEqual(expected.toSorted());
}

/** Visit pages until none is rendered any more: one of the build may be old, and is rendered while it is served. */
async function settled(request: APIRequestContext, paths: string[]): Promise<void> {
  await expect.poll(() => renderedFor(request, paths)).toEqual([]);
  // Where nothing was found, nothing would ever seem to be rendered.
  expect((await entries()).size).toBeGreaterThan(paths.length);
}

/** Call the service from a page of the app, as the user who is logged in there. */
function call(page: Page, method: string, path: string, body?: object): Promise<{ status: number; body: Post }> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const headers = { 'Content-Type': 'application/json', 'If-Match': '*' };
      const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
    },
    { method, path, body },
  );
}

test.describe('what a change makes fresh', () => {
  test('a draft that is saved ten times: nothing', async ({ page, request, publication: { pages, untouched } }) => {
    const all = [...pages, ...untouched];
    await settled(request, all);
    const before = await entries();

    const { status, body: draft } = await call(page, 'POST', '/api/posts', { title: unique('In private'), body: 'Text', tags: [unique('Secret')] });
    expect(status).toBe(201);
    for (let count = 0; count < 10; count += 1) {
      const saved = await call(page, 'PATCH', `/api/posts/${draft.id}`, { body: `Draft ${count}`, title: unique('Still private') });
      expect(saved.status).toBe(200);
    }
    expect(await renderedFor(request, all)).toEqual([]);
    expect(await entries()).toEqual(before);

    expect((await call(page, 'DELETE', `/api/posts/${draft.id}`)).status).toBe(204);
    expect(await renderedFor(request, all)).toEqual([]);
    expect(await entries()).toEqual(before);
  });

  test('a post that is saved: its own page, and what lists it', async ({ page, request, publication }) => {
    const { post, pages, untouched } = publication;
    const all = [...pages, ...untouched];
    await settled(request, all);
    const path = `/api/posts/${post.id}`;

    expect((await call(page, 'PATCH', path, { body: 'Another *text*.' })).status).toBe(200);
    const ofBody = [`/posts/${post.slug}`, '/feed.xml', '/atom.xml', '/sitemap.xml'];
    await expectRendered(request, all, ofBody);

    const title = unique('Another title');
    expect((await call(page, 'PATCH', path, { title })).status).toBe(200);
    await expectRendered(request, all, pages);
    for (const shown of ['/', `/posts/${post.slug}`, '/feed.xml']) expect(await (await request.get(shown)).text()).toContain(title);

    expect((await call(page, 'POST', `${path}/comments`, { body: 'Well said.' })).status).toBe(201);
    await expectRendered(request, all, [`/posts/${post.slug}`]);
    expect(await renderedFor(request, all)).toEqual([]);
  });

  test('a page that is being rendered meanwhile is not kept', async ({ page, request, faults, publication: { post } }) => {
    const path = `/posts/${post.slug}`;
    faults.on(new RegExp(`^GET /api/posts/slug/${post.slug}`), 'held');
    const calls = () => faults.count(new RegExp(`^GET /api/posts/slug/${post.slug}`));
    const first = request.get(path);
    await expect.poll(calls).toBe(1);
    const title = unique('Said meanwhile');
    expect((await call(page, 'PATCH', `/api/posts/${post.id}`, { title })).status).toBe(200);
    faults.forget();
    expect(await (await first).text()).not.toContain(title);
    expect(await (await request.get(path)).text()).toContain(title);
  });
});

test('addresses that anybody can make up leave nothing on the disk', async ({ request, publication: { post } }) => {
  const made = [`/posts/${unique('no-such-post')}`, `/authors/${unique('nobody')}`, `/tags/${unique('no-such-tag')}`];
  expect((await request.get(`/posts/${post.slug}`)).status()).toBe(200);
  const before = await entries();
  for (const path of made) expect((await request.get(path)).status(), path).toBe(404);
  const after = await entries();
  expect(after.size).toBeGreaterThan(0);
  expect([...after.keys()].filter((path) => !before.has(path))).toEqual([]);
});

test('the first visitor after a pause gets a page that is no older than others', async ({ request, faulty: [, second], publication }) => {
  const { author, post } = publication;
  const address = `${second}/posts/${post.slug}`;
  expect((await request.get(address)).status()).toBe(200);
  const title = unique('Told the API alone');
  const path = { post_id: post.id };
  await answer(updatePost({ client: author.client, path, headers: { 'If-Match': '*' }, body: { title } }));
  const changedAt = Date.now();
  await expect.poll(() => Date.now() - changedAt, { intervals: [500] }).toBeGreaterThan(MAX_AGE_MS);
  expect(await (await request.get(address)).text()).toContain(title);
});

/** Ways in which the API is not there, and whether the process behind its address is. */
const OUTAGES: [string, (faults: FaultProxy) => Promise<void> | void][] = [
  ['it does not respond', (faults) => faults.on(/./, 'held')],
  ['it is not there', (faults) => faults.down()],
  ['it says that it is unavailable', (faults) => faults.on(/./, problem(503, 'SERVICE_UNAVAILABLE', {}, { 'Retry-After': '5' }))],
  ['it sends something else', (faults) => faults.on(/./, garbage())],
];

function garbage(): Fault {
  return { status: 200, body: '<h1>Welcome to nginx!</h1>', headers: { 'Content-Type': 'text/html' } };
}

for (const [name, start] of OUTAGES) {
  test(`while the API is out of reach: ${name}`, async ({ page, request, faults, publication, seedPost }) => {
    const { author, post } = publication;
    const path = `/posts/${post.slug}`;
    const unbuilt = [`/posts/${(await seedPost(author.client)).slug}`, `/authors/${unique('nobody')}`, '/search?q=loom', '/no/such/page'];
    for (const each of [path, '/', '/feed.xml', '/sitemap.xml']) expect((await request.get(each)).status()).toBe(200);
    // What it shows has changed: it would have to be rendered again.
    const title = unique('Changed');
    expect((await call(page, 'PATCH', `/api/posts/${post.id}`, { title })).status).toBe(200);
    const asked = faults.count(new RegExp(`^GET /api/posts/slug/${post.slug}`));
    await start(faults);

    await test.step('pages that are built stay, and do not queue up', async () => {
      const visitors = [...Array.from({ length: 20 }, () => path), '/', '/feed.xml', '/sitemap.xml'];
      const responses = await Promise.all(visitors.map((each) => request.get(each)));
      expect(responses.map((response) => response.status())).toEqual(visitors.map(() => 200));
      expect(await responses[0]?.text()).toContain(post.title);
      expect(faults.count(new RegExp(`^GET /api/posts/slug/${post.slug}`)) - asked).toBeLessThanOrEqual(6);
    });

    await test.step('others say that they are unavailable', async () => {
      const responses = await Promise.all([...unbuilt, '/items/summary'].map((each) => request.get(each)));
      for (const response of responses) {
        const { status, headers, url } = { status: response.status(), headers: response.headers(), url: response.url() };
        expect([status, headers['retry-after'], headers['cache-control']], url).toEqual([503, '5', 'no-store']);
      }
      for (const response of responses.slice(0, unbuilt.length)) {
        const text = await response.text();
        expect(text).toContain(errors.again);
        expect(text).toContain(messages.site.menu);
      }
    });

    await test.step('so do the studio and what is fetched in the browser', async () => {
      const studio = await page.goto('/studio/posts');
      expect([studio?.status(), studio?.headers()['retry-after']]).toEqual([503, '5']);
      await expect(page.getByRole('link', { name: errors.again })).toBeVisible();
      if (name.includes('something else')) return;
      const fetched = await page.request.get('/api/posts');
      expect([fetched.status(), fetched.headers()['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      expect(fetched.headers()['content-type']).toBe('application/problem+json');
    });

    faults.forget();
    await faults.up();
    await page.getByRole('link', { name: errors.again }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(messages.studio.posts.title);
    // Although it was served in between, the page is not taken for one that has been rendered since the change.
    await expect.poll(async () => (await request.get(path)).text()).toContain(title);
  });
}
