/**
 * Takes pictures of the main pages, on a desk, on a phone and in the dark, into screenshots/ (ignored by git). Both
 * servers must run (`make web`); the studio is taken where `ADMIN_EMAIL` and `ADMIN_PASSWORD` let it in:
 *
 *     BASE_URL=http://127.0.0.1:3000 ADMIN_EMAIL=... ADMIN_PASSWORD=... npm run screenshots
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { chromium } from '@playwright/test';

const { BASE_URL = 'http://127.0.0.1:3000', ADMIN_EMAIL, ADMIN_PASSWORD } = process.env;
const FOLDER = fileURLToPath(new URL('../screenshots/', import.meta.url));

const WAYS = {
  desktop: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', deviceScaleFactor: 2, isMobile: true },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
};

/** Each page with its address; where that is not known beforehand, the links that lead there. */
const SITE = [
  ['home', '/'],
  ['post', '/', 'main article a[href^="/posts/"]'],
  ['tag', '/tags', 'main a[href^="/tags/"]'],
  ['author', '/tags/colophon', 'main article a[href^="/posts/"]', 'main a[rel=author]'],
  ['archive', '/archive'],
  ['search', '/search?q=the'],
  ['log-in', '/login'],
  ['not-found', '/no/such/page'],
];
const STUDIO = [
  ['studio-posts', '/studio/posts?status=published&whose=everyone'],
  ['studio-editor', '/studio/posts?status=published&whose=everyone', 'main a[href^="/studio/posts/"]:not([href$="/new"])'],
  ['studio-dashboard', '/studio/dashboard'],
  ['studio-media', '/studio/media'],
  ['studio-calendar', '/studio/calendar'],
  ['studio-comments', '/studio/comments'],
  ['studio-tags', '/studio/tags'],
  ['studio-users', '/studio/users'],
  ['studio-jobs', '/studio/jobs'],
  ['studio-webhooks', '/studio/webhooks'],
  ['studio-mail', '/studio/mail'],
  ['account', '/account'],
];

async function logIn(page) {
  await page.goto('/login');
  await page.fill('input[name=email]', ADMIN_EMAIL);
  await page.fill('input[name=password]', ADMIN_PASSWORD);
  await page.click('main button[type=submit]');
  await page.waitForURL((url) => url.pathname !== '/login');
}

async function taken(page, file, address, ...links) {
  await page.goto(address);
  for (const link of links) {
    const found = page.locator(link).first();
    const isThere = await found.waitFor({ state: 'attached', timeout: 5_000 }).then(() => true, () => false);
    if (!isThere) return console.log(`${file}: skipped, ${address} has no link to such a page`);
    await page.goto(await found.getAttribute('href'));
  }
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  await page.screenshot({ path: `${FOLDER}${file}.png` });
  console.log(`screenshots/${file}.png`);
}

mkdirSync(FOLDER, { recursive: true });
const browser = await chromium.launch({
  executablePath: execFileSync('sh', ['-c', 'command -v chromium-headless-shell || true'], { encoding: 'utf8' }).trim() || undefined,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  for (const [way, look] of Object.entries(WAYS)) {
    const context = await browser.newContext({ baseURL: BASE_URL, locale: 'en-GB', reducedMotion: 'reduce', ...look });
    const page = await context.newPage();
    for (const [name, ...where] of SITE) await taken(page, `${name}-${way}`, ...where);
    if (ADMIN_EMAIL && ADMIN_PASSWORD) {
      await logIn(page);
      for (const [name, ...where] of STUDIO) await taken(page, `${name}-${way}`, ...where);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
