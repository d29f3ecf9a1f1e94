/** Sessions: cookies, token refresh, CSRF, log-out, and an API that is down. */
import { readFileSync } from 'node:fs';
import { request as raw } from 'node:http';

import type { Page, Response } from '@playwright/test';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, importPKCS8, SignJWT } from 'jose';

import { messages } from '@/messages';
import { ACCESS_COOKIE, REFRESH_COOKIE, SIGNED_IN_COOKIE } from '@/session/cookies';
import { problem, test } from './fault-proxy';
import { expect, unique } from './fixtures';

const REFRESHES = /^POST \/api\/auth\/refresh$/;
const HEADING = { name: messages.account.title };

/**
 * Let the access token in the browser of `page` have expired a minute ago: it is signed anew, all else in it is the same.
 * The test moves its clock instead of waiting, so that nothing else expires meanwhile on a slow machine.
 */
async function expired(page: Page): Promise<void> {
  const cookies = await page.context().cookies();
  const found = cookies.find(({ name }) => name === ACCESS_COOKIE);
  if (!found) throw new Error('nobody is logged in');
  const { alg = '', kid = '', typ } = decodeProtectedHeader(found.value) as { alg?: string; kid?: string; typ?: string };
  const key = await importPKCS8(readFileSync(`${process.env.SIGNING_KEYS}/${kid}.pem`, 'utf8'), alg);
  const { exp = 0, ...claims } = decodeJwt(found.value);
  const earlier = exp - (Math.floor(Date.now() / 1000) - 60);
  const moved = Object.fromEntries(['iat', 'nbf'].map((name) => [name, (claims[name] as number) - earlier]));
  const payload = { ...claims, ...moved, exp: exp - earlier };
  const value = await new SignJWT(payload).setProtectedHeader({ alg, kid, typ }).sign(key);
  await page.context().addCookies([{ ...found, value }]);
}

/** Ask eight times at once, as a page does that is put together in the browser. */
const askedEightTimes = (page: Page) =>
  page.evaluate(() =>
    Promise.all(Array.from({ length: 8 }, () => fetch('/api/auth/me', { cache: 'no-store' }).then(({ status }) => status))),
  );

async function accessTokenOf(page: Page): Promise<string> {
  const cookie = (await page.context().cookies()).find(({ name }) => name === ACCESS_COOKIE);
  return cookie?.value ?? '';
}

async function cookiesOf(page: Page, ...names: string[]): Promise<string> {
  const cookies = await page.context().cookies();
  return names.map((name) => `${name}=${cookies.find((cookie) => cookie.name === name)?.value ?? ''}`).join('; ');
}

test.describe('tokens', () => {
  test('are in cookies of this host alone that no script can read', async ({ page, account, logInAs, faults }) => {
    const seen: Promise<string>[] = [];
    // What is cut off on the way, as a prefetch is when the page is left, never has a text.
    const cutOff = () => new Promise<string>((resolve) => setTimeout(resolve, 5_000, ''));
    page.on('response', (response) => seen.push(Promise.race([response.text().catch(() => ''), cutOff()])));
    await logInAs(page, await account());
    for (const path of ['/', '/account', '/items', '/items/live']) await page.goto(path);

    const cookies = new Map((await page.context().cookies()).map((cookie) => [cookie.name, cookie]));
    for (const name of [ACCESS_COOKIE, REFRESH_COOKIE]) {
      expect(cookies.get(name)).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/', domain: '127.0.0.1' });
    }
    expect(await page.evaluate(() => document.cookie)).toBe(`${SIGNED_IN_COOKIE}=1`);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('eyJ');
    const texts = await Promise.all(seen);
    expect(texts.length).toBeGreaterThan(10);
    for (const name of [ACCESS_COOKIE, REFRESH_COOKIE]) {
      const [, , signature] = cookies.get(name)?.value.split('.') ?? [];
      expect(signature).toBeTruthy();
      expect(texts.filter((text) => text.includes(signature as string))).toEqual([]);
    }
    expect(faults.count(/login/)).toBe(1);
  });

  for (const path of ['/api/auth/login', '/api/auth%2Flogin', '/api/%61uth/login', '/api/auth/login/', '/api//auth/login', '/api/x/../auth/login']) {
    test(`do not come from ${path}`, async ({ account, faults, faulty: [first] }) => {
      const { email, password } = await account();
      const { status, body } = await posted(first, path, JSON.stringify({ email, password }));
      expect([404, 308]).toContain(status);
      expect(body).not.toContain('access_token');
      expect(faults.count(/login/)).toBe(0);
    });
  }
});

test.describe('an access token that expires', () => {
  test('is replaced once for eight requests at the same moment', async ({ page, account, logInAs, faults }) => {
    await logInAs(page, await account());
    await page.goto('/items');
    for (let round = 1; round <= 3; round += 1) {
      const before = faults.count(REFRESHES);
      await expired(page);
      expect(await askedEightTimes(page)).toEqual(Array(8).fill(200));
      expect(faults.count(REFRESHES)).toBe(before + 1);
    }
    await page.goto('/account');
    await expect(page.getByRole('heading', HEADING)).toBeVisible();
  });

  test('is replaced by two servers that know nothing of each other', async ({ page, account, logInAs, faults, faulty }) => {
    await logInAs(page, await account());
    const other = await page.context().newPage();
    await page.goto(`${faulty[0]}/items`);
    await other.goto(`${faulty[1]}/items`);
    for (let round = 1; round <= 3; round += 1) {
      const before = faults.count(REFRESHES);
      await expired(page);
      const statuses = await Promise.all([askedEightTimes(page), askedEightTimes(other)]);
      expect(statuses.flat()).toEqual(Array(16).fill(200));
      expect(faults.count(REFRESHES) - before).toBeGreaterThan(0);
    }
    for (const tab of [page, other]) {
      await tab.goto(new URL('/account', tab.url()).href);
      await expect(tab.getByRole('heading', HEADING)).toBeVisible();
    }
  });

  test('has one successor, whichever server asks for it', async ({ page, account, logInAs, faults, faulty }) => {
    await logInAs(page, await account());
    await page.goto('about:blank'); // Nothing else is asked for meanwhile.
    await expired(page);
    const headers = { cookie: await cookiesOf(page, ACCESS_COOKIE, REFRESH_COOKIE) };
    const sixteen = Array.from({ length: 16 }, (_, index) => `${faulty[index % 2]}/api/auth/me`);
    const answers = await Promise.all(sixteen.map((url) => fetch(url, { headers })));
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200));
    const successors = answers.map(({ headers }) => headers.getSetCookie().find((each) => each.startsWith(REFRESH_COOKIE)));
    expect(new Set(successors.map((each) => each?.split(';')[0])).size).toBe(1);
    expect(faults.count(REFRESHES)).toBe(2);
  });

  test('is not replaced for a prefetch, and the page can still be gone to', async ({ page, account, logInAs, faults, faulty: [first] }) => {
    await logInAs(page, await account());
    await page.goto('about:blank'); // Nothing else is asked for meanwhile.
    await expired(page);
    const cookie = await cookiesOf(page, ACCESS_COOKIE, REFRESH_COOKIE);
    const before = faults.count(REFRESHES);
    const kinds: Record<string, string>[] = [{ RSC: '1', 'Next-Router-Prefetch': '1' }, { Purpose: 'prefetch' }];
    for (const kind of kinds) {
      expect((await fetch(`${first}/account`, { headers: { cookie, ...kind } })).status).toBe(204);
    }
    expect(faults.count(REFRESHES)).toBe(before);

    await page.goto('/items');
    await expired(page);
    const prefetched: Response[] = [];
    page.on('response', (response) => {
      if (response.request().headers()['next-router-prefetch']) prefetched.push(response);
    });
    await page.getByRole('link', { name: messages.site.account }).hover();
    await page.getByRole('link', { name: messages.site.account }).click();
    await expect(page.getByRole('heading', HEADING)).toBeVisible();
    for (const response of prefetched) {
      expect((await response.allHeaders())['set-cookie'] ?? '', response.url()).not.toContain(REFRESH_COOKIE);
    }
    // For the page itself, and at most for what else it asked for before its new cookies came.
    expect(faults.count(REFRESHES)).toBeGreaterThan(before + 1);
  });

  for (const path of ['/', '/items', '/account', '/api/auth/me', '/nowhere']) {
    test(`leaves nothing in caches on the way to ${path}`, async ({ page, account, logInAs, faulty: [first] }) => {
      await logInAs(page, await account());
      await page.goto('about:blank'); // Nothing else is asked for meanwhile.
      await expired(page);
      const cookie = await cookiesOf(page, ACCESS_COOKIE, REFRESH_COOKIE);
      const answer = await fetch(first + path, { headers: { cookie }, redirect: 'manual' });
      expect(answer.headers.getSetCookie().join()).toContain(REFRESH_COOKIE);
      expect(answer.headers.get('cache-control')).toContain('no-store');
      expect(answer.headers.get('cache-control')).not.toContain('s-maxage');
    });
  }
});

test.describe('without the service', () => {
  test('personal pages say 503, public ones are there, and nobody is logged out', async ({ page, account, logInAs, faults }) => {
    await logInAs(page, await account());
    await page.goto('about:blank'); // Nothing else is asked for meanwhile.
    await expired(page);
    await faults.down();
    const before = await cookiesOf(page, REFRESH_COOKIE);
    for (const path of ['/account', '/studio']) {
      expect((await page.goto(path))?.status(), path).toBe(503);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(messages.errors[503].title);
    }
    expect((await page.goto('/'))?.status()).toBe(200);
    await expect(page.getByRole('article').first()).toBeVisible();
    expect(await askedEightTimes(page)).toEqual(Array(8).fill(503));
    expect(await cookiesOf(page, REFRESH_COOKIE)).toBe(before);

    await faults.up();
    await page.goto('/account');
    await expect(page.getByRole('heading', HEADING)).toBeVisible();
  });

  test('a refusal that is none of the token keeps the session', async ({ page, account, logInAs, faults }) => {
    await logInAs(page, await account());
    await page.goto('about:blank'); // Nothing else is asked for meanwhile.
    await expired(page);
    faults.on(REFRESHES, problem(500, 'INTERNAL_SERVER_ERROR'));
    expect((await page.goto('/account'))?.status()).toBe(503);
    faults.on(REFRESHES, problem(401, 'TOKEN_REVOKED'));
    await page.goto('/account');
    await expect(page).toHaveURL(/\/login\?next=%2Faccount$/);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });
});

test.describe('a request of another page', () => {
  /** Send a form to our backend-for-front-end from a page at `from`, as its reader's click would. */
  async function sent(page: Page, from: string, target: string): Promise<Response> {
    const contentType = 'text/html';
    const body = `<form method="post" action="${target}/api/items"><button>Win</button></form>`;
    await page.route(`${from}/evil`, (route) => route.fulfill({ contentType, body }));
    await page.goto(`${from}/evil`);
    const [answer] = await Promise.all([page.waitForResponse(`${target}/api/items`), page.getByRole('button').click()]);
    return answer;
  }

  test('is refused when it is on another port, which shares our cookies', async ({ page, account, logInAs, faults, faulty }) => {
    await logInAs(page, await account());
    const [first, second] = faulty;
    const answer = await sent(page, second, first);
    expect((await answer.request().allHeaders()).cookie).toContain(REFRESH_COOKIE);
    expect(answer.status()).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'FOREIGN_ORIGIN' });
    expect(faults.count(/^POST \/api\/items/)).toBe(0);
    // From a page of ours the service hears it, and does not take forms.
    expect((await sent(page, first, first)).status()).toBe(415);
    expect(faults.count(/^POST \/api\/items/)).toBe(1);
  });

  test('is refused when it is on another site', async ({ page, account, logInAs, faults, faulty: [first] }) => {
    await logInAs(page, await account());
    const answer = await sent(page, 'http://evil.test', first);
    expect(answer.status()).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'FOREIGN_ORIGIN' });
    expect(faults.count(/^POST \/api\/items/)).toBe(0);
  });

  test('cannot log out by a link', async ({ page, account, logInAs, faults }) => {
    await logInAs(page, await account());
    for (const path of ['/logout', '/log-out', '/api/auth/logout']) await page.goto(path);
    expect(faults.count(/^DELETE/)).toBe(0);
    await page.goto('/account');
    await expect(page.getByRole('heading', HEADING)).toBeVisible();
  });
});

test.describe('a token that is not genuine', () => {
  const kinds = ['genuine', 'of another key', 'unsigned', 'changed', 'garbage', 'a refresh token'] as const;
  for (const kind of kinds) {
    test(`${kind}: is ${kind === 'genuine' ? 'let in' : 'nobody'}`, async ({ page, account, logInAs, faulty: [first] }) => {
      await logInAs(page, await account());
      const token = await made(kind, page);
      const headers = { cookie: `${ACCESS_COOKIE}=${token}` };
      const shown = await fetch(`${first}/account`, { headers, redirect: 'manual' });
      const asked = await fetch(`${first}/api/auth/me`, { headers });
      if (kind === 'genuine') {
        expect([shown.status, asked.status]).toEqual([200, 200]);
      } else {
        expect([shown.status, asked.status]).toEqual([307, 401]);
        expect(shown.headers.get('location')).toBe('/login?next=%2Faccount');
      }
    });
  }

  test('an action takes it for nobody, too', async ({ page, context, account, logInAs, faults }) => {
    await logInAs(page, await account());
    const token = await made('of another key', page);
    await context.clearCookies();
    await page.goto('/items');
    await page.evaluate((value) => (document.cookie = value), `${ACCESS_COOKIE}=${token}; Secure; Path=/`);
    await page.getByLabel(messages.items.name).fill(unique('lamp'));
    await page.getByRole('button', { name: messages.items.add }).click();
    await expect(page).toHaveURL(/\/login\?next=%2Fitems$/);
    expect(faults.count(/^POST \/api\/items/)).toBe(0);
  });

  async function made(kind: (typeof kinds)[number], page: Page): Promise<string> {
    const token = await accessTokenOf(page);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    switch (kind) {
      case 'genuine':
        return token;
      case 'of another key': {
        const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
        const { alg, kid, typ } = decodeProtectedHeader(token);
        return new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: alg ?? '', kid, typ }).sign(privateKey);
      }
      case 'unsigned':
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`;
      case 'changed':
        return [header, Buffer.from(JSON.stringify({ ...decodeJwt(token), sub: '1' })).toString('base64url'), signature].join('.');
      case 'garbage':
        return 'not.a.token';
      case 'a refresh token':
        return (await cookiesOf(page, REFRESH_COOKIE)).split('=')[1] ?? '';
    }
  }
});

test.describe('the way in', () => {
  for (const evil of ['//evil.test', '/\\evil.test', 'https://evil.test/', '/.//evil.test', '/%09/evil.test']) {
    test(`does not lead to ${evil}`, async ({ page, account, faulty: [first] }) => {
      const { email, password } = await account();
      await page.goto(`/login?next=${evil.startsWith('/%') ? evil : encodeURIComponent(evil)}`);
      await page.getByLabel(messages.account.email).fill(email);
      await page.getByLabel(messages.account.password, { exact: true }).fill(password);
      await page.getByRole('button', { name: messages.account.logIn.submit, exact: true }).click();
      await expect(page.getByRole('link', { name: messages.site.account })).toBeVisible();
      expect(new URL(page.url()).origin).toBe(first);
    });
  }
});

test('a body that is too large is refused before it is read', async ({ page, account, logInAs, faults, faulty: [first] }) => {
  await logInAs(page, await account());
  const status = await page.evaluate(() => fetch('/api/items', { method: 'POST', body: 'x'.repeat(9_000_000) }).then((r) => r.status));
  expect(status).toBe(413);
  expect(faults.count(/^POST \/api\/items/)).toBe(0);
  expect((await fetch(`${first}/items`)).status).toBe(200);
});

/** Send a POST whose path nobody tidies on the way. */
function posted(base: string, path: string, body: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    raw({ hostname, port, path, method: 'POST', headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    })
      .on('error', reject)
      .end(body);
  });
}
