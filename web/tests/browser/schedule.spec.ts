/** Scheduling: a post goes out at its time, is moved and taken back, or gets a date in the past; and the calendar. */
import type { Page } from '@playwright/test';

import { getPost, schedulePost, type Post } from '@/client';
import { messages, monthName, SITE_TIME_ZONE } from '@/messages';
import { expectAccessible } from './axe';
import { type Account, answer, expect, test, unique } from './fixtures';

const { editor, posts: list, status, statusActions } = messages.studio;
const { calendar, dialog: words, ...schedule } = messages.schedule;

const dialog = (page: Page) => page.getByRole('dialog');
const date = (page: Page) => dialog(page).getByLabel(words.date, { exact: true });
const time = (page: Page) => dialog(page).getByLabel(words.time, { exact: true });
const problem = (page: Page) => dialog(page).getByRole('alert');
const bar = (page: Page) => page.locator('[data-scheduled]');
const choose = (page: Page, act: keyof typeof words.act) => dialog(page).getByRole('button', { name: words.act[act], exact: true }).click();

/** Return the post as the API has it. */
const current = ({ client }: Account, { id }: Post) => answer(getPost({ client, path: { post_id: id } }));

test('a post is scheduled by keyboard, moved, and taken back, and its draft is saved meanwhile', async ({ page, account, logInAs, seedPost }) => {
  const author = await account();
  const post = await seedPost(author.client, { title: unique('Planned'), status: 'draft' });
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await page.getByRole('button', { name: editor.publish, exact: true }).press('Enter');
  // A date in the past is for editors.
  await expect(dialog(page).getByRole('radio')).toHaveCount(2);
  await dialog(page).getByRole('radio', { name: words.choices.now }).press('ArrowDown');
  await expect(dialog(page).getByText(words.yours)).toBeVisible();
  await date(page).fill('2020-01-01');
  await time(page).press('Enter');
  await expect(problem(page)).toHaveText(words.problems.PUBLISH_AT_IN_PAST ?? '');
  await date(page).fill('2036-12-31');
  await choose(page, 'later');
  await expect(problem(page)).toHaveText(words.problems.PUBLISH_AT_TOO_FAR ?? '');
  await date(page).fill('');
  await choose(page, 'later');
  await expect(problem(page)).toHaveText(words.missing);
  await date(page).fill('2035-01-31');
  await time(page).fill('08:00');
  await choose(page, 'later');
  await expect(bar(page)).toContainText('Jan 31, 2035');
  expect(await current(author, post)).toMatchObject({ status: 'scheduled', scheduled_at: '2035-01-31T08:00:00Z' });

  const title = unique('Better');
  await page.getByLabel(editor.title, { exact: true }).fill(title);
  await expect.poll(async () => (await current(author, post)).title).toBe(title);
  await page.getByRole('button', { name: schedule.reschedule }).click();
  await expect(time(page)).toHaveValue('08:00');
  await time(page).fill('09:30');
  await choose(page, 'later');
  await expect.poll(async () => (await current(author, post)).scheduled_at).toBe('2035-01-31T09:30:00Z');

  await test.step('the calendar and the dashboard show it', async () => {
    await page.goto('/studio/dashboard');
    await expect(page.getByRole('main')).toContainText(calendar.next);
    await expect(page.getByRole('main').getByRole('link', { name: title })).toHaveAttribute('href', `/studio/posts/${post.id}`);
    await page.goto('/studio/calendar?month=2035-01');
    const day = page.getByRole('listitem').filter({ has: page.locator('time[datetime="2035-01-31"]') });
    await expect(day.getByRole('link', { name: title })).toHaveAttribute('href', `/studio/posts/${post.id}`);
    await expect(day).toContainText(calendar.states.scheduled);
    await expectAccessible(page);
    await page.getByRole('link', { name: calendar.later }).press('Enter');
    await expect(page.getByRole('heading', { level: 2 })).toHaveText(`${monthName(2)} 2035`);
    await expect(page.getByRole('main')).toContainText(calendar.empty);
    await page.getByRole('link', { name: calendar.today, exact: true }).click();
    await expect(page.locator('[aria-current=date]')).toBeVisible();
    expect((await page.request.get('/studio/calendar?month=2035-01')).ok()).toBe(true);
  });

  await test.step('it is moved and taken back in the list, too', async () => {
    await page.goto('/studio/posts?status=scheduled');
    await page.getByRole('button', { name: list.menu(title) }).click();
    await page.getByRole('menuitem', { name: schedule.reschedule }).click();
    await date(page).fill('2020-01-01');
    await choose(page, 'later');
    await expect(problem(page)).toHaveText(words.problems.PUBLISH_AT_IN_PAST ?? '');
    await date(page).fill('2035-02-01');
    await choose(page, 'later');
    await expect(page.getByRole('cell').filter({ hasText: 'Feb 1, 2035' })).toBeVisible();
    await page.getByRole('button', { name: list.menu(title) }).click();
    await page.getByRole('menuitem', { name: schedule.unschedule }).click();
    await dialog(page).getByRole('button', { name: editor.confirm.unschedule.act }).click();
    await expect(page.getByText(list.empty.scheduled.title)).toBeVisible();
    expect(await current(author, post)).toMatchObject({ status: 'draft', scheduled_at: null });
  });
});

test('a scheduled post is published at its time, and every page shows it', async ({ page, account, logInAs, seedPost }) => {
  const author = await account();
  const before = await seedPost(author.client);
  const post = await seedPost(author.client, { title: unique('on-time'), status: 'draft' });
  const paths = ['/', '/feed.xml', '/sitemap.xml', `/authors/${author.username}`, `/posts/${before.slug}`];
  const shown = () => Promise.all(paths.map(async (path) => (await (await page.request.get(path)).text()).includes(post.slug)));
  await logInAs(page, author);
  await expect.poll(async () => (await page.request.get(`/authors/${author.username}`)).ok()).toBe(true);
  expect(await shown()).toEqual(paths.map(() => false));

  const publish_at = new Date(Date.now() + 5000).toISOString();
  await answer(schedulePost({ client: author.client, path: { post_id: post.id }, body: { publish_at } }));
  await page.goto(`/studio/posts/${post.id}`);
  await expect.poll(shown, { intervals: [100] }).toEqual(paths.map(() => true));
  const late_ms = Date.now() - Date.parse(publish_at);
  expect(late_ms).toBeGreaterThanOrEqual(0);
  // How fast it is depends on the machine: it is told, and tested by nothing.
  test.info().annotations.push({ type: 'milliseconds until every page showed it', description: String(late_ms) });
  // The editor that is open has heard of it.
  await expect(page.getByText(status.published, { exact: true })).toBeVisible();
  expect(Date.parse((await current(author, post)).published_at ?? '')).toBe(Date.parse(publish_at));
});

test('a post that is unscheduled in the editor is a draft again', async ({ page, account, logInAs, seedPost }) => {
  const author = await account();
  const post = await seedPost(author.client, { status: 'draft' });
  await answer(schedulePost({ client: author.client, path: { post_id: post.id }, body: { publish_at: '2035-01-31T08:00:00Z' } }));
  await logInAs(page, author);
  await page.goto(`/studio/posts/${post.id}`);
  await page.getByRole('button', { name: schedule.unschedule }).click();
  await expect(page.getByText(statusActions.done.unschedule)).toBeVisible();
  await expect(bar(page)).toHaveCount(0);
  await expect(page.getByRole('button', { name: editor.publish, exact: true })).toBeVisible();
  expect((await current(author, post)).status).toBe('draft');
});

test.describe('where the clocks are not those of the site', () => {
  test.use({ timezoneId: 'Europe/Berlin' });

  test('an editor gives a post a date in the past, and both times are written out', async ({ page, account, logInAs, seedPost }) => {
    const [author, chief] = [await account(), await account('editor')];
    const post = await seedPost(author.client, { title: unique('Found'), status: 'draft' });
    await logInAs(page, chief);
    await page.goto(`/studio/posts/${post.id}`);
    await page.getByRole('button', { name: editor.publish, exact: true }).click();
    await dialog(page).getByRole('radio', { name: words.choices.backdate }).check();
    await date(page).fill('2020-03-29');
    await time(page).fill('02:30');
    await choose(page, 'backdate');
    await expect(problem(page)).toHaveText(words.gap('Europe/Berlin'));
    await date(page).fill('2020-10-25');
    await dialog(page).getByLabel(words.twice.label).selectOption(words.twice.second('UTC+1'));
    await expect(dialog(page)).toContainText('(Europe/Berlin, UTC+1)');
    await expect(dialog(page)).toContainText(`01:30 AM (${SITE_TIME_ZONE})`);
    await choose(page, 'backdate');
    await expect(page.getByText(statusActions.done.publish)).toBeVisible();
    expect(await current(author, post)).toMatchObject({ status: 'published', published_at: '2020-10-25T01:30:00Z' });
    expect(await (await page.request.get('/archive/2020')).text()).toContain(post.title);

    await page.getByRole('button', { name: editor.more, exact: true }).click();
    await page.getByRole('menuitem', { name: schedule.changeDate }).click();
    await expect(time(page)).toHaveValue('02:30');
    await date(page).fill('2035-01-31');
    await choose(page, 'redate');
    await expect(problem(page)).toHaveText(words.problems.PUBLISHED_AT_IN_FUTURE ?? '');
    await date(page).fill('2020-07-01');
    await choose(page, 'redate');
    await expect(page.getByText(statusActions.done.redate)).toBeVisible();
    expect((await current(author, post)).published_at).toBe('2020-07-01T00:30:00Z');

    // The server has learned the time zone: it is 00:30 there.
    await page.goto('/studio/calendar?month=2020-07');
    await expect(page.getByRole('main')).toContainText('Europe/Berlin');
    const day = page.getByRole('listitem').filter({ has: page.locator('time[datetime="2020-07-01"]') });
    await expect(day.getByRole('link', { name: post.title })).toContainText('02:30');
  });
});
