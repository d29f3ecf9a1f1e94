/** Reading the public site: pages, search, feeds, metadata, caching, and without JavaScript. */
import type { Page, Response } from '@playwright/test';

import { createComment, type Post, updatePost } from '@/client';
import { imageSize } from '@/lib/image-size';
import { longDate, messages, plural } from '@/messages';
import { type Account, answer, expect, type Fixtures, test as base, unique } from './fixtures';

const { site, errors } = messages;

/** What a page of a post may load, compressed: React and Next's router are 117 kB of it. */
const SCRIPT_BYTES = 142_000;

const BODY = `Before anything else, a claim.[^source]

## The measure of a line

Between 45 and 75 characters. See [the code](#in-code).

## In code

\`\`\`python
def measure(lines: list[str]) -> int:
    return max(map(len, lines))  # the longest
\`\`\`

| Face | Year |
|:-----|-----:|
| Inter | 2017 |

## Left to do

- [x] headings

${'A paragraph that takes room, so that there is something to scroll past.\n\n'.repeat(30)}
## The very end

Here.

[^source]: And a note.
`;

type Means = Pick<Fixtures, 'account' | 'logInAs' | 'seedPost'>;
type Published = { author: Account; post: Post; tag: string; tagPath: string };

const test = base.extend<{ published: (posts?: number) => Promise<Published> }>({
  published: async ({ page, account, logInAs, seedPost }, use) =>
    use((posts = 1) => publish(page, { account, logInAs, seedPost }, posts)),
});

/** Publish posts under a tag, the last one through the application: every page has heard of it. */
async function publish(page: Page, { account, logInAs, seedPost }: Means, posts: number): Promise<Published> {
  const author = await account();
  const tag = unique('Looms');
  for (let index = 1; index < posts; index += 1) await seedPost(author.client, { tags: [tag] });
  const post = await seedPost(author.client, { title: unique('On looms'), body: BODY, tags: [tag], status: 'draft' });
  await logInAs(page, author);
  const path = `/api/posts/${post.id}/publish`;
  expect(await page.evaluate(async (path) => (await fetch(path, { method: 'POST' })).status, path)).toBe(200);
  await page.context().clearCookies();
  await page.goto('about:blank');
  return { author, post, tag, tagPath: `/tags/${post.tags[0]?.slug}` };
}

/** Return what the browser complains about from now on. */
function complaints(page: Page): string[] {
  const said: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  return said;
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const menu = (page: Page) => page.getByRole('navigation', { name: site.menu });

test('from the front page to a post, its tag, its author, the archive and the search', async ({ page, published }) => {
  const { author, post, tag } = await published(14);
  const said = complaints(page);

  await page.goto('/');
  await expect(page.getByRole('article').first()).toContainText(post.title);
  await page.getByRole('link', { name: site.older }).click();
  await expect(page).toHaveURL('/page/2');
  await expect(page.getByRole('article')).not.toHaveCount(0);
  await page.getByRole('link', { name: site.newer }).click();
  await expect(page).toHaveURL('/');
  await page.getByRole('link', { name: post.title }).click();
  await expect(heading(page)).toHaveText(post.title);
  await expect(page).toHaveTitle(`${post.title} · ${site.name}`);

  await page.getByRole('main').getByRole('link', { name: tag }).click();
  await expect(heading(page)).toHaveText(tag);
  await expect(page.getByText('14 posts')).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(12);
  await page.getByRole('link', { name: site.older }).click();
  await expect(page.getByText(site.page(2, 2))).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(2);
  await page.getByRole('link', { name: site.newer }).click();
  await page.getByRole('link', { name: post.title }).click();

  await page.getByRole('link', { name: author.display_name }).first().click();
  await expect(heading(page)).toHaveText(author.display_name);
  await expect(page.getByRole('article').first()).toContainText(post.title);

  const year = new Date().getUTCFullYear();
  await menu(page).getByRole('link', { name: site.archive }).click();
  await page.getByRole('heading', { name: String(year) }).getByRole('link').click();
  await expect(heading(page)).toHaveText(String(year));
  await expect(page.getByRole('link', { name: post.title })).toBeVisible();

  await menu(page).getByRole('link', { name: site.search }).click();
  await page.getByLabel(site.searching.label).fill(post.title.toUpperCase());
  await page.getByRole('main').getByRole('button', { name: site.searching.submit }).click();
  await expect(page.getByRole('article')).toHaveCount(1);
  await expect(page.locator('mark')).toHaveText([post.title]);
  const nowhere = unique('nowhere');
  await page.getByLabel(site.searching.label).fill(nowhere);
  await page.keyboard.press('Enter');
  await expect(page.getByText(site.searching.none(nowhere))).toBeVisible();
  expect(said).toEqual([]);
});

test('the page of an author says since when they write, from their first post on', async ({ page, account, logInAs, seedPost }) => {
  const author = await account();
  const byline = `/authors/${author.username}`;
  await logInAs(page, author);
  await page.goto(byline);
  await expect(page.getByText(site.joined(longDate(author.created_at)))).toBeVisible();
  const draft = await seedPost(author.client, { status: 'draft' });
  const path = `/api/posts/${draft.id}/publish`;
  const post = await page.evaluate(async (path) => (await fetch(path, { method: 'POST' })).json() as Promise<Post>, path);
  await page.goto(byline);
  await expect(page.getByText(site.writingSince(longDate(post.published_at ?? '')))).toBeVisible();
});

test('a post has its contents, notes, coloured code, comments, and the ways on', async ({ page, published }) => {
  const { author, post } = await published(3);
  await answer(createComment({ client: author.client, path: { post_id: post.id }, body: { body: 'Well *said*.' } }));
  const said = complaints(page);
  await page.goto(`/posts/${post.slug}`);
  const article = page.getByRole('article').first();
  await expect(article.getByText(plural(post.reading_minutes, site.minutes), { exact: true })).toBeVisible();
  await expect(article.locator('.code-keyword').first()).toHaveText(/^def/);
  await expect(article.locator('#comments')).toContainText('Well said.');
  await expect(article.getByRole('heading', { name: site.post.related })).toBeVisible();
  const neighbours = article.getByRole('navigation', { name: site.post.adjacent });
  await expect(neighbours.getByRole('link', { name: site.post.earlier })).toBeVisible();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = async (name: string) => {
    await article.getByRole('button', { name }).click();
    await expect(page.getByText(site.post.copied).last()).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  expect(await copied(site.post.copyCode)).toMatch(/^def measure[^]*# the longest$/);
  expect(await copied(site.post.copyLink)).toMatch(new RegExp(`/posts/${post.slug}$`));
  await expect(article.getByRole('link', { name: site.post.shareOn('Bluesky') })).toHaveAttribute('href', new RegExp(post.slug));
  await expect(article.getByRole('region', { name: site.author })).toContainText(author.display_name);
  await article.getByRole('link', { name: site.comments.logInToComment }).scrollIntoViewIfNeeded();

  await page.getByRole('navigation', { name: site.post.contents }).getByRole('link', { name: 'The very end' }).click();
  await expect(article.getByRole('heading', { name: 'The very end' })).toBeInViewport();
  await page.keyboard.press('Home');
  await article.getByRole('link', { name: '1', exact: true }).click();
  await expect(article.getByText('And a note.')).toBeInViewport();
  expect(said).toEqual([]);
});

test('an address that ends in a heading leads to it, without its prefix', async ({ page, published }) => {
  const { post } = await published();
  await page.goto(`/posts/${post.slug}#the-very-end`);
  await expect(page.getByRole('heading', { name: 'The very end' })).toBeInViewport();
});

test('an address that a post had leads to the one it has', async ({ page, request, published }) => {
  const { author, post } = await published();
  const slug = unique('moved');
  const path = { post_id: post.id };
  await answer(updatePost({ client: author.client, path, headers: { 'If-Match': '*' }, body: { slug } }));
  expect((await request.get(`/posts/${post.slug}`, { maxRedirects: 0 })).status()).toBe(308);
  await page.goto(`/posts/${post.slug}`);
  await expect(page).toHaveURL(`/posts/${slug}`);
  await expect(heading(page)).toHaveText(post.title);
});

test('what is not there says so, with its status and the ways on', async ({ page }) => {
  const lists = ['/tags/no-such-tag', '/authors/nobody-at-all', '/page/99999', '/archive/1066'];
  for (const path of ['/posts/no-such-post', ...lists, '/search?q=a&q=b']) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(heading(page)).toHaveText(errors[404].title);
    await expect(menu(page)).toBeVisible();
  }
  await page.getByRole('link', { name: errors.archive }).click();
  await expect(page).toHaveURL('/archive');
  await page.goBack();
  await page.getByRole('link', { name: errors.search }).click();
  await expect(page).toHaveURL('/search');
});

test('logging in and signing up lead back to where one was', async ({ page, account }) => {
  const { email, password } = await account('reader');
  const banner = page.getByRole('banner');
  await page.goto('/search?q=loom');
  // The words change in place: the link leads to the last ones.
  await page.getByLabel(site.searching.label).fill('mill');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/search?q=mill');
  await banner.getByRole('link', { name: site.signUp }).click();
  await expect(page).toHaveURL(`/sign-up?next=${encodeURIComponent('/search?q=mill')}`);
  await banner.getByRole('link', { name: site.logIn }).click();
  await expect(heading(page)).toHaveText(messages.account.logIn.title);
  await page.getByLabel(messages.account.email).fill(email);
  await page.getByLabel(messages.account.password, { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: messages.account.logIn.submit, exact: true }).click();
  await expect(page).toHaveURL('/search?q=mill');
});

test('feeds, the map and the rules for robots are what programs can read', async ({ page, request, published }) => {
  const { post, tagPath, author } = await published();
  const read = async (path: string, type: RegExp) => {
    const found = await request.get(path);
    expect(found.status(), path).toBe(200);
    expect(found.headers()['content-type']).toMatch(type);
    return found.text();
  };
  const parsed = (xml: string) =>
    page.evaluate((text) => {
      const tree = new DOMParser().parseFromString(text, 'application/xml');
      const texts = (tag: string) => [...tree.getElementsByTagName(tag)].map((each) => each.textContent);
      return { broken: tree.querySelector('parsererror')?.textContent, titles: texts('title'), places: texts('loc') };
    }, xml);
  for (const [path, type] of [['/feed.xml', /rss\+xml/], ['/atom.xml', /atom\+xml/]] as const) {
    const feed = await read(path, type);
    const { broken, titles } = await parsed(feed);
    expect(broken).toBeUndefined();
    expect(titles.slice(0, 2)).toEqual([site.name, post.title]);
    expect(feed).toContain('The very end');
  }
  const { broken, places } = await parsed(await read('/sitemap.xml', /xml/));
  expect(broken).toBeUndefined();
  const paths = places.map((place) => new URL(place ?? '').pathname);
  const lists = ['/', '/archive', '/tags', tagPath, `/authors/${author.username}`];
  expect(paths).toEqual(expect.arrayContaining([...lists, `/posts/${post.slug}`]));
  expect(new Set(paths).size).toBe(paths.length);
  expect(await read('/robots.txt', /text\/plain/)).toMatch(/Disallow: \/studio[^]*Sitemap: http.*\/sitemap\.xml/);
  const manifest = JSON.parse(await read('/manifest.webmanifest', /manifest\+json/));
  expect(manifest).toMatchObject({ name: site.name, start_url: '/' });
});

test('feeds stay whole whatever a text was made of before the API refused it', async ({ page, request, account, logInAs }) => {
  const path = `/api/posts/${process.env.UNCLEAN_POST}`;
  await logInAs(page, await account('editor'));
  await page.goto('/account');
  const send = (step: string) => page.evaluate(async (to) => (await fetch(to, { method: 'POST' })).status, `${path}/${step}`);
  expect(await send('publish')).toBe(200);
  for (const feed of ['/feed.xml', '/atom.xml', '/sitemap.xml']) {
    const xml = await (await request.get(feed)).text();
    expect(xml, feed).toContain('/posts/unclean');
    const broken = await page.evaluate(
      (text) => new DOMParser().parseFromString(text, 'application/xml').querySelector('parsererror')?.textContent, xml,
    );
    expect(broken, feed).toBeUndefined();
    if (feed !== '/sitemap.xml') for (const part of ['Unclean', 'Excerpt', 'Body', 'Author', 'Tag']) expect(xml).toContain(part);
  }
  for (const shown of ['/posts/unclean', '/tags/unclean', '/authors/unclean']) expect((await request.get(shown)).status(), shown).toBe(200);
  expect(await send('archive')).toBe(200);
});

test('a post says about itself what search engines and other sites ask for', async ({ page, request, published }) => {
  const { post, tag, author } = await published();
  await page.goto(`/posts/${post.slug}`);
  const content = (selector: string) => page.locator(selector).first().getAttribute('content');
  const address = await page.locator('link[rel=canonical]').getAttribute('href');
  expect(new URL(address ?? '').pathname).toBe(`/posts/${post.slug}`);
  expect(await content('meta[property="og:title"]')).toBe(post.title);
  expect(await content('meta[property="og:type"]')).toBe('article');
  expect(await content('meta[name=description]')).toBe(post.seo_description);
  const data = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? '');
  expect(data).toMatchObject({
    '@type': 'BlogPosting',
    headline: post.title,
    keywords: [tag],
    url: address,
    author: { name: author.display_name },
  });

  const card = new URL((await content('meta[property="og:image"]')) ?? '');
  const image = await request.get(card.pathname + card.search);
  expect(image.headers()['content-type']).toBe('image/png');
  expect(imageSize(Uint8Array.from(await image.body()).buffer)).toEqual({ width: 1200, height: 630 });
});

test('a page of a post loads its own script alone, and a link changes the page in place', async ({ page, published }) => {
  const { post, tag } = await published();
  const scripts = await scriptsOf(page);
  await page.goto(`/posts/${post.slug}`, { waitUntil: 'networkidle' });
  expect(scripts.count()).toBeGreaterThan(0);
  expect(scripts.bytes()).toBeLessThanOrEqual(SCRIPT_BYTES);

  await page.evaluate(() => Object.assign(window, { stayed: true }));
  const link = page.getByRole('main').getByRole('link', { name: tag });
  // React has taken the page over when its elements know of it.
  const isKnown = (element: object) => Object.keys(element).some((key) => key.startsWith('__react'));
  await expect.poll(() => link.evaluate(isKnown)).toBe(true);
  await link.click();
  await expect(heading(page)).toHaveText(tag);
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true);
});

/** Count what is transferred as script from now on, as it comes over the wire: compressed, with its headers. */
async function scriptsOf(page: Page) {
  const session = await page.context().newCDPSession(page);
  const sizes = new Map<string, number>();
  await session.send('Network.enable');
  // As for whoever comes for the first time.
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  session.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && sizes.set(requestId, 0));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (sizes.has(requestId)) sizes.set(requestId, encodedDataLength);
  });
  return { count: () => sizes.size, bytes: () => [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

test('pages forbid the browser what they never need, and are kept for all', async ({ request, published }) => {
  const { post } = await published();
  for (const path of ['/', `/posts/${post.slug}`, '/archive', '/tags']) {
    // What another test publishes meanwhile makes it anew.
    const kept = /HIT|STALE/;
    await expect.poll(async () => (await request.get(path)).headers()['x-nextjs-cache'], { message: path }).toMatch(kept);
    const headers = (await request.get(path)).headers();
    const policy = headers['content-security-policy'];
    expect(policy, path).toMatch(/default-src 'self'.*object-src 'none'.*base-uri 'none'.*frame-ancestors 'none'/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  }
});

test('nothing that a page loads can be framed, or be taken for another type', async ({ page, published }) => {
  const { post } = await published();
  const loaded: Response[] = [];
  page.on('response', (response) => loaded.push(response));
  await page.goto(`/posts/${post.slug}`, { waitUntil: 'networkidle' });
  const types = new Set(loaded.map((response) => response.request().resourceType()));
  for (const type of ['document', 'script', 'stylesheet', 'font']) expect(types).toContain(type);
  for (const response of loaded) {
    const { 'content-security-policy': policy, 'x-content-type-options': sniffing } = response.headers();
    expect(policy, response.url()).toContain("frame-ancestors 'none'");
    expect(sniffing, response.url()).toBe('nosniff');
  }
});

test('no page may run an inline script that this server has not written', async ({ page, request, published }) => {
  const { post, author, tagPath } = await published();
  const shared = ['/', `/posts/${post.slug}`, tagPath, `/authors/${author.username}`, '/archive', '/tags', '/items', '/items/live'];
  const others = ['/search?q=loom', '/login', '/sign-up', '/posts/no-such-post', '/no/such/page', '/authors/nobody-at-all'];
  for (const path of [...shared, ...shared, ...others]) {
    const response = await request.get(path);
    const policies = response.headersArray().filter(({ name }) => name.toLowerCase() === 'content-security-policy');
    expect(policies, path).toHaveLength(1);
    const scripts = /script-src ([^;]*)/.exec(policies[0]?.value ?? '')?.[1];
    expect(scripts, path).toMatch(/^'self'( '(sha256|nonce)-[^']+')+$/);
  }
  // What Next sends is run, and what somebody else has written into the page is not.
  const said = complaints(page);
  for (const path of [`/posts/${post.slug}`, '/search?q=loom', '/login', '/items/live']) {
    await page.goto(path, { waitUntil: 'networkidle' });
    expect(said).toEqual([]);
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return 'ran' in window;
    });
    expect(ran, path).toBe(false);
    said.length = 0;
  }
});

test('the theme changes at once, and the next page remembers', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.getByRole('button', { name: site.theme.label }).click();
  expect(await paper()).not.toBe(light);
  await page.goto('/archive');
  expect(await paper()).not.toBe(light);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('everything can be read, and searched', async ({ page, account, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client, { title: unique('On paper'), body: BODY });
    const path = { post_id: post.id };
    await answer(createComment({ client: author.client, path, body: { body: 'Plain, and read.' } }));
    await page.goto('/search');
    await page.getByLabel(site.searching.label).fill(post.title);
    await page.getByRole('main').getByRole('button', { name: site.searching.submit }).click();
    await page.getByRole('link', { name: post.title }).click();
    await expect(heading(page)).toHaveText(post.title);
    await expect(page.locator('#comments')).toContainText('Plain, and read.');
    // Nothing is offered that only scripts can do.
    await expect(page.getByRole('button', { name: site.post.copyCode })).toBeHidden();
    await page.getByRole('link', { name: author.display_name }).first().click();
    await expect(heading(page)).toHaveText(author.display_name);
    await menu(page).getByRole('link', { name: site.archive }).click();
    await expect(heading(page)).toHaveText(site.archive);
    await expect(page.getByRole('link', { name: site.logIn })).toBeVisible();

    await page.setViewportSize({ width: 360, height: 780 });
    await expect(page.getByRole('link', { name: site.logIn })).toBeHidden();
    await page.getByRole('button', { name: site.menu }).click();
    await expect(page.getByRole('link', { name: site.logIn })).toBeVisible();
    await menu(page).getByRole('link', { name: site.tags }).click();
    await expect(heading(page)).toHaveText(site.tags);
  });
});
