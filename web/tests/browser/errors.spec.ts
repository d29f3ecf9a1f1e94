/** Error pages and messages when the API refuses, fails, does not respond, or breaks the document. */
import { readFile } from 'node:fs/promises';

import { messages } from '@/messages';
import { type Fault, type FaultProxy, problem, test } from './fault-proxy';
import { expect, unique } from './fixtures';

const { errors } = messages;

type Failure = { fault: Fault; shown: { title: string; text: string }; status: number };

/**
 * How a page fails: what the service answers, which of our pages is shown, and with which status. Next lets a page say
 * 404, 403 and 401; whatever else keeps a page from being made is 503. Nothing of it is kept, by us or by others.
 */
const FAILURES: Failure[] = [
  { fault: problem(400, 'BAD_REQUEST'), shown: errors[400], status: 503 },
  { fault: problem(401, 'UNAUTHORIZED'), shown: errors[401], status: 401 },
  { fault: problem(403, 'FORBIDDEN'), shown: errors[403], status: 403 },
  { fault: problem(404, 'NOT_FOUND'), shown: errors[404], status: 404 },
  { fault: problem(409, 'CONFLICT'), shown: errors[409], status: 503 },
  { fault: problem(412, 'PRECONDITION_FAILED'), shown: errors[412], status: 503 },
  { fault: problem(413, 'CONTENT_TOO_LARGE'), shown: errors[413], status: 503 },
  { fault: problem(429, 'TOO_MANY_REQUESTS', {}, { 'Retry-After': '7' }), shown: errors[429], status: 503 },
  { fault: problem(500, 'INTERNAL_SERVER_ERROR'), shown: errors[500], status: 503 },
  { fault: problem(503, 'SERVICE_UNAVAILABLE', {}, { 'Retry-After': '5' }), shown: errors[503], status: 503 },
  { fault: { status: 502, body: '<h1>502 Bad Gateway</h1>', headers: { 'Content-Type': 'text/html' } }, shown: errors[503], status: 503 },
  { fault: { status: 418, body: '' }, shown: errors.unknown, status: 503 },
  { fault: 'dropped', shown: errors.network, status: 503 },
  { fault: json(JSON.stringify([{ id: 'seven' }])), shown: errors.contract, status: 503 },
  { fault: json('{"id":'), shown: errors.contract, status: 503 },
];

function json(body: string): Fault {
  return { status: 200, body, headers: { 'Content-Type': 'application/json' } };
}

const named = (fault: Fault) => (typeof fault === 'string' ? fault : `${fault.status} ${fault.body.slice(0, 40)}`);

const isSuccess = (fault: Fault) => typeof fault === 'object' && fault.status === 200;

/** What a form says: of its own matter, not of the page. */
function inForm({ fault, shown }: Failure): string {
  const status = typeof fault === 'string' ? 0 : fault.status;
  if (status === 429) return errors.tooMany('7 seconds');
  return new Map(Object.entries(errors.inForm)).get(String(status)) ?? shown.text;
}

/** What a hook says: what is between it and the service speaks for a service that is silent. */
function inBrowser({ fault, shown }: Failure): string {
  if (typeof fault === 'string') return errors[503].text;
  return fault.headers?.['Content-Type']?.includes('problem') ? shown.text : errors.unknown.text;
}

/** Walk through all failures on one page: what the service answers to `asked` is another one each time. */
async function eachFailure(
  faults: FaultProxy,
  asked: RegExp,
  seen: (failure: Failure) => Promise<void>,
  failures = FAILURES,
): Promise<void> {
  for (const failure of failures) {
    await test.step(named(failure.fault), async () => {
      faults.on(asked, failure.fault);
      await seen(failure);
      faults.forget();
    });
  }
}

test('a public page', async ({ page, faults, account, seedPost }) => {
  const { client } = await account();
  const { menu } = messages.site;
  await eachFailure(faults, /^GET \/api\/posts\/slug\//, async ({ fault, shown, status }) => {
    const post = await seedPost(client);
    const answer = await page.goto(`/posts/${post.slug}`);
    // No post can have an address that the service refuses.
    const isRefused = typeof fault === 'object' && fault.status === 400;
    // Nobody is logged in on a page that is kept for all: the visitor could do nothing about such a refusal.
    const said = [401, 403].includes(status) ? { shown: errors[503], status: 503 } : { shown, status };
    expect(answer?.status()).toBe(isRefused ? 404 : said.status);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(isRefused ? errors[404].title : said.shown.title);
    await expect(page.getByRole('navigation', { name: menu })).toBeVisible();
    // Nothing is kept of a failure: as soon as the service is well, the page is there. What calls itself a success is
    // kept as one, for as long as any.
    if (said.status !== 503 || isRefused || isSuccess(fault)) return;
    expect(answer?.headers()).toMatchObject({ 'retry-after': '5', 'cache-control': 'no-store' });
    faults.forget();
    await page.getByRole('link', { name: errors.again }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(post.title);
  });
});

test('a personal page', async ({ page, faults, account, logInAs }) => {
  await logInAs(page, await account());
  await eachFailure(faults, /^GET \/api\/auth\/me/, async ({ shown, status }) => {
    const answer = await page.goto('/account');
    if (status === 401) {
      // Logged out elsewhere: the way back in leads here again.
      await expect(page).toHaveURL(/\/login\?next=%2Faccount$/);
    } else {
      expect(answer?.status()).toBe(status);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(shown.title);
    }
  });
  // Through all of that, nobody was logged out.
  await page.goto('/account');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(messages.account.title);
});

test('a form', async ({ page, faults, account, logInAs }) => {
  await logInAs(page, await account());
  await page.goto('/items');
  const name = page.getByLabel(messages.items.name);
  const add = page.getByRole('button', { name: messages.items.add });
  const lamp = unique('lamp');
  await name.fill(lamp);
  await eachFailure(faults, /^POST \/api\/items/, async (failure) => {
    await add.click();
    await expect(page.getByRole('main').getByRole('alert')).toHaveText(inForm(failure));
    await expect(name).toHaveValue(lamp);
  });
  // What was typed is still there, and goes out when the service is well again.
  await add.click();
  await expect(page.getByRole('status')).toHaveText(messages.items.added(lamp));
});

test('what is fetched in the browser', async ({ page, faults }) => {
  const list = /^GET \/api\/items/;
  // Answers are checked on the server alone: to a browser a wrong one is an answer.
  const refusals = FAILURES.filter(({ fault }) => !isSuccess(fault));
  const seen = async (failure: Failure) => {
    await page.goto('/items/live');
    await expect(page.getByRole('main').getByRole('alert')).toContainText(inBrowser(failure));
  };
  await eachFailure(faults, list, seen, refusals);
  await page.getByRole('button', { name: errors.again }).click();
  await expect(page.getByRole('main').getByRole('alert')).toBeHidden();
  await expect(page.getByText(messages.items.loading)).toBeHidden();
});

test('what is fetched in the browser, which has no connection', async ({ page }) => {
  await page.route('**/api/items', (route) => route.abort());
  await page.goto('/items/live');
  await expect(page.getByRole('main').getByRole('alert')).toContainText(errors.network.text);
});

test('an answer against the document is logged with its operation', async ({ page, faults, account, seedPost }) => {
  const post = await seedPost((await account()).client);
  faults.on(/^GET \/api\/posts\/slug\//, json(JSON.stringify({ id: 'seven' })));
  await page.goto(`/posts/${post.slug}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(errors.contract.title);
  const [, log = ''] = (process.env.SERVER_LOGS ?? '').split(' ');
  expect(await readFile(log, 'utf8')).toContain('getPostBySlug: the response does not match the OpenAPI document');
});

test('a page that was made before stays while the service fails', async ({ page, faults, account, seedPost }) => {
  const post = await seedPost((await account()).client);
  expect((await page.goto(`/posts/${post.slug}`))?.status()).toBe(200);
  faults.on(/./, problem(500, 'INTERNAL_SERVER_ERROR'));
  expect((await page.goto(`/posts/${post.slug}`))?.status()).toBe(200);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(post.title);
});

test('an address that is no page of any part', async ({ page }) => {
  expect((await page.goto('/no/such/page'))?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(errors[404].title);
  await expect(page.getByRole('navigation', { name: messages.site.menu })).toBeVisible();
});

test('too many attempts to log in', async ({ page, faults }) => {
  faults.on(/^POST \/api\/auth\/login/, problem(429, 'TOO_MANY_REQUESTS', {}, { 'Retry-After': '42' }));
  await page.goto('/login');
  await page.getByLabel(messages.account.email).fill('ada@example.org');
  await page.getByLabel(messages.account.password, { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: messages.account.logIn.submit, exact: true }).click();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(errors.tooMany('42 seconds'));
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('what is not there says so', async ({ page }) => {
    // A post that is not there has the status alone: Next writes that page in the browser (vercel/next.js#62228).
    expect((await page.goto('/posts/no-such-post'))?.status()).toBe(404);
    expect((await page.goto('/no/such/page'))?.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(errors[404].title);
  });
});
