/** Import and export in the studio: a whole blog out of a zip file, cancelled once and resumed, and everything out again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';

import { getImport, getPostBySlug, listImports, logIn } from '@/client';
import { type Client, createClient } from '@/client/client';
import { messages } from '@/messages';
import { type Account, answer, expect, test, zipOf } from './fixtures';

const { imports: words, manage } = messages;
const { ADMIN_EMAIL: email = '', ADMIN_PASSWORD: password = '', PYTHON: python = '' } = process.env;
/** Another service than that of the other specs: it begins without the blog, and has a worker that can be stopped. */
const { IMPORT_BASE_URL: baseURL, IMPORT_API_BASE_URL: apiUrl = '', IMPORT_WORKER: worker } = process.env;
const { BLOG_ARCHIVE: archive = '', BLOG_EXPORT: exported = '' } = process.env;
const PATH = '/studio/imports';

test.use({ baseURL });
test.describe.configure({ mode: 'serial' });

/** The worker stands still while a test looks at what would be over in a moment. It has nothing to do then, and holds no lock. */
const stopWorker = () => process.kill(-Number(worker), 'SIGSTOP');
const continueWorker = () => process.kill(-Number(worker), 'SIGCONT');

test.afterEach(continueWorker);

const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });
const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
const outcomeTab = (page: Page, name: string) => page.getByRole('navigation', { name: words.one.report.filter }).getByRole('link', { name });

async function administrator(): Promise<Client> {
  const { access_token } = await answer(logIn({ client: createClient({ baseUrl: apiUrl }), body: { email, password } }));
  return createClient({ baseUrl: apiUrl, auth: access_token });
}

/** Return what each file of a folder holds, but for the ids, which are new in each publication. */
function filesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile());
  const text = (path: string) => readFileSync(join(folder, path), 'latin1').replace(/^id = "[0-9a-f-]{36}"$/gm, '');
  return Object.fromEntries(paths.sort().map((path) => [path, text(path)]));
}

/** Return the slug of the oldest post that the blog has and the service does not: the build of the site has newer ones. */
async function postToCome(client: Client): Promise<string> {
  const dated = Object.values(filesOf(exported)).map((text) => ({
    date: /^date = (\S+)/m.exec(text)?.[1] ?? '9',
    slug: /^slug = "(.+)"$/m.exec(text)?.[1] ?? '',
  }));
  for (const { slug } of dated.sort((one, other) => one.date.localeCompare(other.date))) {
    const { response } = await getPostBySlug({ client, path: { slug } });
    if (slug && response?.status === 404) return slug;
  }
  throw new Error('The service has every post of the blog');
}

/** Choose a file named blog.zip; the form shows the name once it has taken it, which needs the page's script. */
async function choose(page: Page, file: Parameters<Locator['setInputFiles']>[0]) {
  const input = page.getByLabel(words.add.file, { exact: true });
  await input.setInputFiles(file);
  await expect(page.locator('form').filter({ has: input }).getByText('blog.zip')).toBeVisible();
}

test('a whole blog comes in, with a pause, and everything goes out again', async ({ page, logInAs }) => {
  const client = await administrator();
  await logInAs(page, { email, password } as Account);
  await page.goto(PATH);

  stopWorker();
  await choose(page, archive);
  await button(page, words.add.submit).click();
  await expect(page).toHaveURL(/\/studio\/imports\/[0-9a-f-]{36}$/);
  await expect(page.getByText(words.one.waiting)).toBeVisible();
  continueWorker();
  await expect(page.getByRole('progressbar', { name: manage.jobs.progress.label })).toHaveAttribute('aria-valuetext', / of /);

  await button(page, words.one.cancel.open).click();
  await page.getByRole('dialog').getByRole('button', { name: words.one.cancel.submit }).click();
  await expect(page.getByText(words.one.cancelled)).toBeVisible();
  const [stopped] = await answer(listImports({ client }));
  if (!stopped) throw new Error('There is no import');
  expect(stopped.state).toBe('cancelled');
  expect(stopped.counts.created).toBeLessThan(stopped.counts.posts ?? 0);
  // A post that is to come is not there, which the site remembers.
  const slug = await postToCome(client);
  expect((await page.request.get(`/posts/${slug}`)).status()).toBe(404);

  await button(page, words.one.resume.submit).click();
  await expect(page.getByText(words.one.done.real('').split(':')[0] ?? '')).toBeVisible();
  const one = await answer(getImport({ client, path: { import_id: stopped.id } }));
  expect(one.counts).toMatchObject({ created: one.counts.posts, updated: 0, failed: 0 });
  await outcomeTab(page, words.outcomes.real.created).click();
  await expect(rows(page)).toHaveCount(Math.min(one.counts.created, 50));
  await rows(page).first().getByRole('link', { name: words.one.report.view }).click();
  await expect(page.getByRole('article')).toBeVisible();
  await expect(async () => expect((await page.request.get(`/posts/${slug}`)).status()).toBe(200)).toPass();

  await page.goto(PATH);
  await button(page, words.exports.submit).click();
  const link = page.getByRole('link', { name: words.exports.download('').slice(0, 8) });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^posts-\d{4}-\d\d-\d\d\.zip$/);
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  execFileSync(python, ['-m', 'zipfile', '-e', await download.path(), folder]);
  // What the command line makes of the same folder.
  expect(filesOf(folder)).toEqual(filesOf(exported));
});

test('a check changes nothing, and what it checked is imported without another upload', async ({ page, logInAs }) => {
  const client = await administrator();
  const slug = 'only-checked';
  await logInAs(page, { email, password } as Account);
  await page.goto(PATH);
  await choose(page, zipOf({ 'only-checked.md': '+++\ntitle = "Only checked"\ndate = 2020-01-02\n+++\nAt first.', 'broken.md': '+++\ntitle = \n+++\n' }));
  await page.getByLabel(words.add.dryRun).check();
  await button(page, words.add.submitDry).click();
  await expect(page.getByText(words.one.done.dry('').split(':')[0] ?? '')).toBeVisible();
  await expect(rows(page).filter({ hasText: 'broken.md' })).toContainText(words.outcomes.dry.failed);
  expect((await getPostBySlug({ client, path: { slug } })).response?.status).toBe(404);
  await button(page, words.one.resume.real).click();
  await expect(rows(page).filter({ hasText: 'only-checked.md' })).toContainText(words.outcomes.real.created);
  await answer(getPostBySlug({ client, path: { slug } }));
});

test('a file that is no archive, an author nobody knows, and a session that ended', async ({ page, logInAs }) => {
  const me = { email, password } as Account;
  const refused = page.getByRole('main').getByRole('alert');
  await logInAs(page, me);
  await page.goto(PATH);
  await choose(page, { name: 'blog.zip', mimeType: 'application/zip', buffer: Buffer.from('no archive') });
  await button(page, words.add.submit).click();
  await expect(refused).toContainText('not a zip archive');

  await choose(page, zipOf({ 'again.md': '# Again' }));
  await page.getByText(words.add.more).click();
  await page.getByLabel(words.add.author).fill('nobody-of-this-name');
  await button(page, words.add.submit).click();
  await expect(refused).toHaveText(words.add.authorUnknown);

  await page.getByLabel(words.add.author).fill('');
  await page.context().clearCookies();
  await button(page, messages.upload.retry).click();
  await expect(refused).toHaveText(messages.upload.loggedOut);
  // The file is still there, and is sent by whoever logs in meanwhile.
  const tab = await page.context().newPage();
  await logInAs(tab, me);
  await button(page, messages.upload.retry).click();
  await expect(page).toHaveURL(/\/studio\/imports\/[0-9a-f-]{36}$/);
});
