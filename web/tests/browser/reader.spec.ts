/** Commenting as a reader: optimistic updates, replies, editing, deleting, and lost connections. */
import type { Locator, Page, Route } from '@playwright/test';

import { createComment, listComments, type Post } from '@/client';
import { messages } from '@/messages';
import { answer, expect, PASSWORD, test, unique } from './fixtures';

const { account: words, site } = messages;
const { comments } = site;

const COMMENTS = /\/api\/posts\/[^/]+\/comments/;

const section = (page: Page) => page.locator('#comments');
const field = (page: Page) => section(page).getByRole('textbox', { name: comments.yourComment });
const send = (page: Page) => section(page).getByRole('button', { name: comments.send, exact: true });
/** The comment that says `text`, and not those it stands below. */
const saying = (page: Page, text: string) => section(page).locator('li > article').filter({ hasText: text });
const said = async (post: Post) => (await answer(listComments({ path: { post_id: post.id } }))).map(({ body }) => body);

/** Hold back, fail or let through what the page sends to the comments. */
async function onSending(page: Page, act: (route: Route) => Promise<void>) {
  await page.route(COMMENTS, (route) => (route.request().method() === 'GET' ? route.continue() : act(route)));
}

async function written(page: Page, text: string): Promise<Locator> {
  await field(page).fill(text);
  await send(page).click();
  await expect(field(page)).toHaveValue('');
  return saying(page, text);
}

test('signs up on the way to a comment, writes, answers, mends and deletes', async ({
  page,
  browser,
  request,
  account,
  seedPost,
}) => {
  const post = await seedPost((await account()).client);
  await page.goto(`/posts/${post.slug}`);
  await section(page).getByRole('link', { name: site.signUp }).click();
  await page.getByRole('main').getByRole('link', { name: words.signUp.insteadLink }).click();
  await page.getByRole('main').getByRole('link', { name: words.logIn.insteadLink }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.signUp.title);
  const username = unique('reader');
  await page.getByLabel(words.email).fill(`${username}@example.org`);
  await page.getByLabel(words.username).fill(username);
  await page.getByLabel(words.password, { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: words.signUp.submit }).click();
  await expect(page).toHaveURL(`/posts/${post.slug}#comments`);

  await written(page, 'Thank you for *this*.');
  const comment = saying(page, 'Thank you for this.');
  await expect(comment.locator('em')).toHaveText('this');
  // Everyone sees it on the next request, in the page itself.
  expect(await (await request.get(`/posts/${post.slug}`)).text()).toContain('<em>this</em>');

  await comment.getByRole('button', { name: comments.edit }).click();
  await section(page).getByRole('textbox', { name: comments.yourComment }).first().fill('Mended.');
  await section(page).getByRole('button', { name: comments.save }).click();
  await expect(saying(page, 'Mended.')).toContainText(comments.edited);

  await saying(page, 'Mended.').getByRole('button', { name: comments.reply }).click();
  await section(page).getByRole('textbox', { name: comments.yourReply(username) }).fill('To myself.');
  await section(page).getByRole('button', { name: comments.reply }).last().click();
  await expect(section(page).locator('li li')).toContainText('To myself.');

  // What was answered leaves its place, the answer itself leaves none.
  await saying(page, 'Mended.').getByRole('button', { name: comments.delete }).click();
  await saying(page, 'Mended.').getByRole('button', { name: comments.delete }).click();
  await expect(section(page).getByText(comments.deleted)).toBeVisible();
  await saying(page, 'To myself.').getByRole('button', { name: comments.delete }).click();
  await saying(page, 'To myself.').getByRole('button', { name: comments.cancelDelete }).click();
  await saying(page, 'To myself.').getByRole('button', { name: comments.delete }).click();
  await saying(page, 'To myself.').getByRole('button', { name: comments.delete }).click();
  await expect(saying(page, 'To myself.')).toHaveCount(0);
  await expect.poll(async () => (await said(post)).filter(Boolean)).toEqual([]);

  const visitor = await browser.newPage();
  await visitor.goto(page.url());
  await expect(section(visitor)).not.toContainText('To myself.');
  await visitor.close();
});

test('sees a comment before the service has it, once', async ({ page, account, logInAs, seedPost }) => {
  const post = await seedPost((await account()).client);
  const reader = await account('author', 'reader');
  await logInAs(page, reader);
  await page.goto(`/posts/${post.slug}#comments`);
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  await onSending(page, async (route) => {
    await held;
    await route.continue();
  });
  await field(page).fill('First!');
  await send(page).click();
  await expect(saying(page, 'First!')).toContainText(reader.display_name);
  await expect(section(page).getByRole('button', { name: comments.sending })).toBeDisabled();
  expect(await said(post)).toEqual([]);
  goOn();
  await expect(field(page)).toHaveValue('');
  await expect(saying(page, 'First!').getByRole('button', { name: comments.edit })).toBeVisible();
  await expect(saying(page, 'First!')).toHaveCount(1);
  expect(await said(post)).toEqual(['First!']);
});

test('sees a comment that was sent before the others had arrived', async ({ page, account, logInAs, seedPost }) => {
  const author = await account();
  const post = await seedPost(author.client);
  await answer(createComment({ client: author.client, path: { post_id: post.id }, body: { body: 'Before.' } }));
  const reader = await account('author', 'reader');
  await logInAs(page, reader);
  let arrive = () => {};
  const held = new Promise<void>((resolve) => (arrive = resolve));
  // Reading waits until it may go on, sending for ever.
  await page.route(COMMENTS, async (route) => {
    if (route.request().method() !== 'GET') return;
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest(COMMENTS);
  await page.goto(`/posts/${post.slug}#comments`);
  await asked;
  await field(page).fill('At once!');
  await send(page).click();
  await expect(section(page).getByRole('button', { name: comments.sending })).toBeDisabled();
  arrive();
  await expect(saying(page, 'At once!')).toContainText(reader.display_name);
  await expect(saying(page, 'Before.')).toBeVisible();
});

test('keeps what was written when it cannot be sent', async ({ page, account, logInAs, seedPost }) => {
  const post = await seedPost((await account()).client);
  await logInAs(page, await account('author', 'reader'));
  await page.goto(`/posts/${post.slug}#comments`);
  const text = 'A long thought that nobody wants to think twice.';
  const refusal = (status: number, code: string) => ({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: `/problems/${code}`, title: code, status, detail: 'As a test wants it.', code }),
  });
  await field(page).fill(text);
  for (const [fail, reason] of [
    [(route: Route) => route.abort('connectionfailed'), comments.problems.network],
    [(route: Route) => route.fulfill(refusal(500, 'INTERNAL_SERVER_ERROR')), comments.problems.unknown],
    [(route: Route) => route.fulfill(refusal(409, 'COMMENTS_CLOSED')), comments.problems.COMMENTS_CLOSED],
    [(route: Route) => route.fulfill(refusal(401, 'TOKEN_EXPIRED')), comments.problems.session],
  ] as const) {
    await page.unrouteAll();
    await onSending(page, fail);
    await section(page).getByRole('button', { name: new RegExp(`^(${comments.send}|${comments.again})$`) }).click();
    await expect(section(page).getByRole('alert')).toContainText(reason);
    await expect(field(page)).toHaveValue(text);
    await expect(saying(page, text)).toHaveCount(0);
  }
  await page.unrouteAll();
  await section(page).getByRole('button', { name: comments.again }).click();
  await expect(saying(page, text).getByRole('button', { name: comments.edit })).toBeVisible();
  await expect(section(page).getByRole('alert')).toHaveCount(0);
  expect(await said(post)).toEqual([text]);
});

test('writes offline: it waits, and goes out by itself', async ({ page, context, account, logInAs, seedPost }) => {
  const post = await seedPost((await account()).client);
  await logInAs(page, await account('author', 'reader'));
  const loaded = page.waitForResponse(COMMENTS);
  await page.goto(`/posts/${post.slug}#comments`);
  await (await loaded).finished();
  await context.setOffline(true);
  await field(page).fill('From a tunnel.');
  await send(page).click();
  await expect(section(page).getByText(comments.offline)).toBeVisible();
  expect(await said(post)).toEqual([]);
  await context.setOffline(false);
  await expect(field(page)).toHaveValue('');
  await expect(saying(page, 'From a tunnel.').getByRole('button', { name: comments.edit })).toBeVisible();
  expect(await said(post)).toEqual(['From a tunnel.']);
});

test('may do no more than they may', async ({ page, account, logInAs, seedPost }) => {
  const post = await seedPost((await account()).client);
  await logInAs(page, await account('author', 'first'));
  await page.goto(`/posts/${post.slug}#comments`);
  await written(page, 'Mine.');
  await logInAs(page, await account('author', 'second'));
  await page.goto(`/posts/${post.slug}#comments`);
  await expect(saying(page, 'Mine.').getByRole('button', { name: comments.reply })).toBeVisible();
  await expect(saying(page, 'Mine.').getByRole('button', { name: comments.edit })).toHaveCount(0);
  await expect(saying(page, 'Mine.').getByRole('button', { name: comments.delete })).toHaveCount(0);
  await send(page).click();
  await expect(section(page).getByText(comments.empty)).toBeVisible();
});
