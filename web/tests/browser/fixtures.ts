/** Playwright fixtures: accounts, posts and API clients, made with the generated SDK. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, type Page, test as base } from '@playwright/test';
import sharp from 'sharp';

import {
  createComment,
  createPost,
  getMediaDetails,
  logIn,
  type NewPost,
  type Post,
  publishPost,
  registerUser,
  type Role,
  updateUser,
  uploadMedia,
  type Tokens,
  type User,
} from '@/client';
import { type Client, createClient } from '@/client/client';
import { apiBaseUrl } from '@/lib/base-urls';
import type { Result } from '@/lib/problems';
import { messages } from '@/messages';

export { expect };

export const PASSWORD = 'correct horse battery';

export type Account = User & {
  email: string;
  password: string;
  tokens: Tokens;
  /** Calls the service as this account. */
  client: Client;
};

export type Fixtures = {
  /** Make an account that can do what `role` can, and log it in. */
  account: (role?: Role, word?: string) => Promise<Account>;
  /** Log in as a reader does, in the browser of `page`; it is on the front page then. */
  logInAs: (page: Page, account: Account) => Promise<void>;
  /** Calls the service as anyone. */
  api: Client;
  /** Calls the service as an administrator. */
  admin: Client;
  /** Write a post as whoever `client` is, published unless `status` says `draft`. */
  seedPost: (client: Client, post?: Partial<NewPost> & { status?: 'draft' | 'published' }) => Promise<Post>;
};

export const test = base.extend<Fixtures>({
  page: async ({ page, javaScriptEnabled }, use) => {
    const goto = page.goto.bind(page);
    page.goto = async (...given) => {
      const answered = await goto(...given);
      if (javaScriptEnabled) await comesToLife(page);
      return answered;
    };
    await use(page);
  },
  api: async ({}, use) => use(clientOf()),
  admin: async ({}, use) => use(clientOf(await administrator())),
  account: async ({ admin }, use) => use((role = 'author', word = role) => newAccount(admin, role, word)),
  seedPost: async ({}, use) => use(newPost),
  logInAs: async ({ baseURL }, use) => use((page, account) => logInHere(page, account, baseURL ?? '')),
});

/** Wait until React has taken over what the server has rendered: a drop or a choice before that is lost. */
async function comesToLife(page: Page): Promise<void> {
  const isAlive = () => {
    const main = document.querySelector('main');
    return !main || !document.querySelector('script[src*="/_next/"]') || Object.keys(main).some((name) => name.startsWith('__react'));
  };
  // A page that never does, because its scripts are blocked or fail, is what some tests look at.
  await page.waitForFunction(isAlive, undefined, { timeout: 10_000 }).catch(() => undefined);
}

/** Return a word that nobody has used, so that a journey can be walked again on the same database. */
export function unique(word: string): string {
  return `${word}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Return the data of a call that must succeed. */
export async function answer<R extends Result>(call: Promise<R>): Promise<NonNullable<R['data']>> {
  const { data, error, response } = await call;
  if (error !== undefined) {
    throw new Error(`${response?.status ?? 'No answer'}: ${JSON.stringify(error)}`, { cause: error });
  }
  return data as NonNullable<R['data']>;
}

/** Return a client that calls as whom the token belongs to. */
export function clientOf(token?: string): Client {
  return createClient({ baseUrl: apiBaseUrl(), auth: token });
}

const AGE_LOGINS = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=60) as connection:
    connection.execute("UPDATE sessions SET authenticated_at = '2020-01-01 00:00:00.000000' WHERE user_id = ?", sys.argv[2:])
`;

/** Let all sessions of an account have logged in long ago: longer than that counts as a step-up. */
export function ageLogins({ id }: User): void {
  const { DATABASE_FILE: file, PYTHON: python } = process.env;
  if (!file || !python) throw new Error('Say where the database of the service is, and Python: DATABASE_FILE and PYTHON');
  execFileSync(python, ['-c', AGE_LOGINS, file, String(id)]);
}

/** Return the newest mail to an address, of one template if it is given, as soon as the worker has written it beside the database; plain text first. */
export async function newestMail(to: string, template = ''): Promise<string> {
  const folder = join(dirname(process.env.DATABASE_FILE ?? ''), 'mail');
  let found: string | undefined;
  await expect(() => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
    // The address alone, or behind a name, perhaps on a line of its own.
    const isTo = (mail: string) => mail.split(/\r?\n(?![ \t])/).some((line) => line.startsWith('To:') && line.includes(to));
    const isOf = (mail: string) => !template || new RegExp(`^X-Colophon-Template: ${template}\\r?$`, 'm').test(mail);
    found = files.map((name) => readFileSync(join(folder, name), 'utf8')).findLast((mail) => isTo(mail) && isOf(mail));
    expect(found).toBeDefined();
  }).toPass();
  // Quoted-printable breaks long lines.
  return (found ?? '').replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

/** Return the page that stops mails about comments, by its link in a mail that somebody's comment on `post` has caused. */
export async function unsubscribePage(author: Account, reader: Account, post: Post): Promise<string> {
  await answer(createComment({ client: reader.client, path: { post_id: post.id }, body: { body: 'Said by mail.' } }));
  const [path] = /\/unsubscribe\/[\w-]+/.exec(await newestMail(author.email)) ?? [];
  if (!path) throw new Error('The mail has no link to stop such mails');
  return path;
}

/** Upload a picture of so many pixels, in colours of its own, and wait until the worker has made its widths. */
export async function uploadPicture(client: Client, { width, height }: { width: number; height: number }, hue = 20) {
  const sky = `hsl(${hue} 60% 75%)`;
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="a" x2="0" y2="1"><stop stop-color="${sky}"/><stop offset="1" stop-color="hsl(${hue + 40} 50% 30%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#a)"/><circle cx="70%" cy="30%" r="12%" fill="#fff8"/></svg>`;
  const file = new File([new Uint8Array(await sharp(Buffer.from(drawing)).jpeg().toBuffer())], `${unique('picture')}.jpg`, { type: 'image/jpeg' });
  const media = await answer(uploadMedia({ client, body: { file, alt_text: 'Hills', credit: 'Photo: Nobody' } }));
  const path = { media_id: media.id };
  await expect.poll(async () => (await answer(getMediaDetails({ client, path }))).state, { timeout: 240_000 }).toBe('ready');
  return media;
}

/** Return the path of a zip archive with these files. */
export function zipOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'blog-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const zip = join(folder, 'blog.zip');
  const { PYTHON: python } = process.env;
  if (!python) throw new Error('Say where Python is: PYTHON');
  execFileSync(python, ['-m', 'zipfile', '-c', zip, ...Object.keys(files)], { cwd: folder });
  return zip;
}

let administratorsToken: Promise<string> | undefined;

/** Log the administrator in, once for all tests. */
function administrator(): Promise<string> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = process.env;
  if (!email || !password) throw new Error('Say who administrates the service: ADMIN_EMAIL and ADMIN_PASSWORD');
  administratorsToken ??= answer(logIn({ client: clientOf(), body: { email, password } })).then((t) => t.access_token);
  return administratorsToken;
}

async function newAccount(admin: Client, role: Role, word: string): Promise<Account> {
  const username = unique(word);
  const email = `${username}@example.org`;
  const client = clientOf();
  const user = (await answer(registerUser({ client, body: { username, email, password: PASSWORD } }))) as User;
  if (user.role !== role) {
    await answer(updateUser({ client: admin, path: { user_id: user.id }, body: { role } }));
  }
  const tokens = await answer(logIn({ client, body: { email, password: PASSWORD } }));
  return { ...tokens.user, email, password: PASSWORD, tokens, client: clientOf(tokens.access_token) };
}

async function newPost(client: Client, given: Partial<NewPost> & { status?: 'draft' | 'published' } = {}): Promise<Post> {
  const { status = 'published', ...fields } = given;
  const body = { title: unique('A post'), body: 'Some *text*.', ...fields };
  const post = await answer(createPost({ client, body }));
  return status === 'draft' ? post : answer(publishPost({ client, path: { post_id: post.id } }));
}

async function logInHere(page: Page, { email, password }: Account, baseURL: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto(new URL('/login', baseURL).href);
  await page.getByLabel(messages.account.email).fill(email);
  await page.getByLabel(messages.account.password, { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: messages.account.logIn.submit, exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}
