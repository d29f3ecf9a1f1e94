/** Administration: users, mail, trash and dashboard, and the last administrator stays. */
import type { Page } from '@playwright/test';

import {
  archivePost, createComment, deletePost, getDashboard, getUser, listUsers, logIn, type Role, schedulePost, updateUser, type User,
  type UserProfile,
} from '@/client';
import type { Client } from '@/client/client';
import { count, messages, plural } from '@/messages';
import { expectAccessible, expectAccessibleInBothThemes } from './axe';
import { type Account, ageLogins, answer, clientOf, expect, newestMail, PASSWORD, test, unique } from './fixtures';

const { errors, invitations, manage } = messages;
const { users, trash, dashboard } = manage;

const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const dialog = (page: Page) => page.getByRole('dialog');
const done = (page: Page) => page.getByRole('status').filter({ hasText: /./ });

/** Tell whether a page shows `word` on its next request, or with which status it shows nothing. */
async function shows(page: Page, path: string, word: string): Promise<boolean | number> {
  const answer = await page.request.get(path);
  return answer.ok() ? (await answer.text()).includes(word) : answer.status();
}

const present = (client: Client, { id }: User) => answer(getUser({ client, path: { user_id: id } }));

/** Answer the question for the password, which comes up when one has logged in long ago. */
async function confirmPassword(page: Page) {
  const question = page.getByRole('dialog', { name: messages.account.stepUp.title });
  await question.getByLabel(messages.account.password, { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: messages.account.stepUp.submit }).click();
}

/** Give an account another role on its page. */
async function changeRole(page: Page, account: Account, role: Role) {
  await page.goto(`/studio/users/${account.id}`);
  await page.getByLabel(users.profile.role).selectOption(role);
  await page.getByRole('button', { name: users.profile.submit, exact: true }).click();
  await expect(done(page)).toHaveText(users.profile.done(account.display_name));
  await expect(page.getByLabel(users.profile.role)).toHaveValue(role);
}

test.describe('people', () => {
  test('found, promoted and demoted: what they may do follows', async ({ page, browser, baseURL, account, logInAs, admin }) => {
    const [chief, person] = [await account('admin', 'chief'), await account('author', 'person')];
    const elsewhere = await browser.newContext({ baseURL });
    const theirs = await elsewhere.newPage();
    await logInAs(theirs, person);
    await logInAs(page, chief);

    await page.goto('/studio/users');
    await page.getByRole('searchbox', { name: manage.search }).fill(person.email.toUpperCase());
    await page.keyboard.press('Enter');
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).toContainText(users.roles.author);
    await page.getByRole('navigation', { name: users.filter }).getByRole('link', { name: users.roles.editor }).click();
    await expect(page.getByText(manage.nothingFound.title)).toBeVisible();
    await page.getByRole('navigation', { name: users.filter }).getByRole('link', { name: users.roles.author }).click();
    await expect(rows(page)).toHaveCount(1);
    await page.getByRole('link', { name: person.display_name }).click();
    await expect(heading(page)).toHaveText(person.display_name);

    await theirs.goto('/studio/tags');
    await expect(heading(theirs)).toHaveText(errors[403].title);
    await changeRole(page, person, 'editor');
    expect((await present(admin, person)).role).toBe('editor');
    // The session had the old role: it has ended.
    await theirs.goto('/studio/tags');
    await expect(theirs).toHaveURL(/\/login\?next=%2Fstudio%2Ftags$/);
    await logInAs(theirs, person);
    await theirs.goto('/studio/tags');
    const tag = unique('Promoted');
    await theirs.getByLabel(manage.tags.add.label).fill(tag);
    await theirs.getByRole('button', { name: manage.tags.add.submit }).click();
    await expect(done(theirs)).toHaveText(manage.tags.add.done(tag));

    await changeRole(page, person, 'reader');
    await logInAs(theirs, person);
    for (const path of ['/studio/tags', '/studio/dashboard']) {
      await theirs.goto(path);
      await expect(heading(theirs)).toHaveText(errors[403].title);
    }
    await elsewhere.close();
    await answer(updateUser({ client: admin, path: { user_id: chief.id }, body: { role: 'reader' } }));
  });

  test('renamed: their pages, their posts and what they said show it on the next request', async ({ page, account, logInAs, seedPost, admin }) => {
    const [chief, person] = [await account('admin', 'chief'), await account('author', 'person')];
    const post = await seedPost(person.client);
    await answer(createComment({ client: person.client, path: { post_id: post.id }, body: { body: 'Mine.' } }));
    const address = `/posts/${post.slug}`;
    for (let time = 0; time < 2; time += 1) expect(await shows(page, address, person.username)).toBe(true);
    const [name, username] = [`Ada ${unique('Byron')}`, unique('ada')];
    await logInAs(page, chief);
    await page.goto(`/studio/users/${person.id}`);
    await page.getByLabel(users.profile.name, { exact: true }).fill(name);
    await page.getByLabel(users.profile.username).fill(chief.username);
    await page.getByRole('button', { name: users.profile.submit, exact: true }).click();
    await expect(page.getByLabel(users.profile.username)).toHaveAccessibleDescription(users.nameTaken);
    await page.getByLabel(users.profile.username).fill(username);
    await page.getByLabel(users.profile.bio).fill('Weaves.');
    await page.getByRole('button', { name: users.profile.submit, exact: true }).click();
    await expect(done(page)).toHaveText(users.profile.done(name));
    expect(await shows(page, address, name)).toBe(true);
    expect(await shows(page, address, person.username)).toBe(false);
    expect(await shows(page, `/authors/${username}`, 'Weaves.')).toBe(true);
    expect(await shows(page, `/authors/${person.username}`, '')).toBe(404);

    // Somebody else was faster: nothing is saved over it.
    await answer(updateUser({ client: admin, path: { user_id: person.id }, body: { bio: 'Looms.' } }));
    await page.getByLabel(users.profile.bio).fill('Knits.');
    await page.getByRole('button', { name: users.profile.submit, exact: true }).click();
    await expect(page.getByRole('main').getByRole('alert')).toContainText(users.stale);
    expect((await present(admin, person)).bio).toBe('Looms.');
    await answer(updateUser({ client: admin, path: { user_id: chief.id }, body: { role: 'reader' } }));
  });

  test('kept out for a while, let in again, and gone for ever', async ({ page, account, logInAs, seedPost, admin }) => {
    const [chief, person] = [await account('admin', 'chief'), await account('author', 'person')];
    const post = await seedPost(person.client);
    const logsIn = async () =>
      (await logIn({ client: clientOf(), body: { email: person.email, password: PASSWORD } })).response?.status;
    await logInAs(page, chief);
    ageLogins(chief);
    await page.goto(`/studio/users/${person.id}`);
    await page.getByRole('button', { name: users.activity.close }).click();
    await dialog(page).getByRole('button', { name: users.activity.submit }).click();
    await confirmPassword(page);
    await expect(done(page)).toHaveText(users.activity.doneClosed(person.display_name));
    expect(await logsIn()).toBe(403);
    ageLogins(chief);
    await page.getByRole('button', { name: users.activity.reopen }).click();
    await confirmPassword(page);
    await expect(done(page)).toHaveText(users.activity.doneOpen(person.display_name));
    expect(await logsIn()).toBe(200);

    expect(await shows(page, `/posts/${post.slug}`, person.username)).toBe(true);
    await page.getByRole('button', { name: users.remove.open }).click();
    await expect(dialog(page)).toContainText(plural(1, manage.counted.published));
    const typed = dialog(page).getByLabel(users.remove.confirm(person.username));
    await typed.fill('somebody');
    await dialog(page).getByRole('button', { name: users.remove.submit }).click();
    await expect(typed).toHaveAccessibleDescription(users.remove.mismatch);
    await typed.fill(person.username);
    await dialog(page).getByRole('button', { name: users.remove.submit }).click();
    await page.waitForURL(/\/studio\/users\?done=deleted$/);
    await expect(done(page)).toHaveText(users.remove.done);
    expect(await shows(page, `/posts/${post.slug}`, post.title)).toBe(true);
    expect(await shows(page, `/posts/${post.slug}`, person.username)).toBe(false);
    expect((await page.goto(`/studio/users/${person.id}`))?.status()).toBe(404);
    await expect(heading(page)).toHaveText(errors[404].title);
    await answer(updateUser({ client: admin, path: { user_id: chief.id }, body: { role: 'reader' } }));
  });

  test('an administrator steps down', async ({ page, account, logInAs }) => {
    const chief = await account('admin', 'chief');
    await logInAs(page, chief);
    await page.goto(`/studio/users/${chief.id}`);
    await page.getByRole('button', { name: users.stepDown.open }).click();
    await dialog(page).getByLabel(users.stepDown.role).selectOption('author');
    await dialog(page).getByRole('button', { name: users.stepDown.submit }).click();
    await page.waitForURL(/\/login\?next=/);
    await logInAs(page, chief);
    await page.goto('/studio/users');
    await expect(heading(page)).toHaveText(errors[403].title);
  });

  test('the last administrator stays one', async ({ page, logInAs, admin }) => {
    const last = await administrator();
    const others = (await administrators(admin)).filter(({ id }) => id !== last.id);
    // What other journeys have left behind may wait; were there anybody else, this one would really step down.
    expect(others.filter(({ email }) => !email?.endsWith('@example.org'))).toEqual([]);
    for (const { id } of others) await answer(updateUser({ client: admin, path: { user_id: id }, body: { role: 'reader' } }));
    expect(await administrators(admin)).toHaveLength(1);

    await logInAs(page, last);
    await page.goto(`/studio/users/${last.id}`);
    await expect(page.getByText(users.own.lead)).toBeVisible();
    for (const button of [users.activity.close, users.remove.open]) await expect(page.getByRole('button', { name: button })).toHaveCount(0);
    await page.getByRole('button', { name: users.stepDown.open }).click();
    await dialog(page).getByRole('button', { name: users.stepDown.submit }).click();
    await expect(dialog(page).getByRole('alert')).toHaveText(users.lastAdmin);
    expect((await present(admin, last)).role).toBe('admin');
    await page.keyboard.press('Escape');
    await page.goto('/studio/users');
    await expect(heading(page)).toHaveText(users.title);
  });
});

test('somebody is invited, and becomes an editor with the link in the mail, once', async ({ page, browser, baseURL, account, logInAs }) => {
  const chief = await account('admin', 'chief');
  const email = `${unique('invited')}@example.org`;
  const { add, page: words, states } = invitations;
  await logInAs(page, chief);
  ageLogins(chief);
  await page.goto('/studio/users');
  await page.getByRole('link', { name: invitations.open }).click();
  await page.getByLabel(add.email).fill(email);
  await page.getByLabel(add.name, { exact: true }).fill('Grace Hopper');
  await page.getByLabel(add.role).selectOption('editor');
  await page.getByLabel(add.message).fill('Welcome!');
  await page.getByRole('button', { name: add.submit }).click();
  await confirmPassword(page);
  await expect(done(page)).toHaveText(add.done(email));
  const row = rows(page).filter({ hasText: email });
  await expect(row).toContainText(states.pending);

  const [link = ''] = /http\S+\/invitation#[\w-]{43}/.exec(await newestMail(email)) ?? [];
  await page.goto('/studio/mail');
  await rows(page).filter({ hasText: email }).getByRole('link').click();
  await expect(page.getByRole('group', { name: messages.mail.text })).toContainText(link);
  await expect(page.getByRole('group', { name: messages.mail.headers })).toContainText(`To: ${email}`);
  const opened = page.waitForEvent('popup');
  await page.frameLocator('main iframe').locator(`a[href="${link}"]`).click();
  await (await opened).close();
  const address = `/invitation${new URL(link).hash}`;
  const elsewhere = await browser.newContext({ baseURL, viewport: { width: 360, height: 740 } });
  const theirs = await elsewhere.newPage();
  const asked: string[] = [];
  theirs.on('request', (request) => asked.push(request.url()));
  const answered = await theirs.goto(address);
  expect(answered?.headers()).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': expect.stringContaining('no-store') });
  await expect(theirs.getByText(words.lead(chief.display_name, words.as.editor))).toBeVisible();
  expect(asked.filter((url) => new URL(url).pathname + new URL(url).search !== '/invitation' && url.includes(new URL(link).hash.slice(1)))).toEqual([]);
  await expect(theirs.locator('meta[name=robots]')).toHaveAttribute('content', /noindex/);
  await expect(theirs.getByLabel(messages.account.email)).toHaveValue(email);
  await expect(theirs.getByLabel(messages.account.displayName, { exact: true })).toHaveValue('Grace Hopper');
  expect(await theirs.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectAccessible(theirs);

  await theirs.getByLabel(messages.account.username).fill(chief.username);
  await theirs.getByLabel(messages.account.password, { exact: true }).fill(PASSWORD);
  await theirs.getByRole('button', { name: words.submit }).click();
  await expect(theirs.getByText(messages.account.usernameTaken)).toBeVisible();
  await theirs.getByLabel(messages.account.username).fill(unique('grace'));
  await theirs.getByLabel(messages.account.password, { exact: true }).fill(PASSWORD);
  await theirs.keyboard.press('Enter');
  await theirs.waitForURL('**/studio**');
  await theirs.goto('/studio/tags');
  await expect(heading(theirs)).toHaveText(manage.tags.title);

  await theirs.goto(address);
  await expect(theirs.getByText(words.used)).toBeVisible();
  await elsewhere.close();
  await page.goto('/studio/users/invitations');
  await expect(row).toContainText(states.accepted);
  await expect(row.getByRole('button')).toHaveCount(0);
});

test('an invitation is sent again, and revoked', async ({ page, account, logInAs }) => {
  const email = `${unique('invited')}@example.org`;
  const { add, resend, revoke, states } = invitations;
  await logInAs(page, await account('admin', 'chief'));
  await page.goto('/studio/users/invitations');
  await page.getByLabel(add.email).fill(email);
  await page.getByRole('button', { name: add.submit }).click();
  await expect(done(page)).toHaveText(add.done(email));
  // The list is loaded again, and with it the form is empty.
  await expect(rows(page).filter({ hasText: email })).toContainText(states.pending);
  await page.getByLabel(add.email).fill(email);
  await page.getByRole('button', { name: add.submit }).click();
  await expect(page.getByText(invitations.alreadyInvited)).toBeVisible();
  await page.getByRole('button', { name: resend.labelOf(email) }).click();
  await expect(done(page)).toHaveText(resend.done(email));
  await page.getByRole('button', { name: revoke.labelOf(email) }).click();
  await dialog(page).getByRole('button', { name: revoke.submit }).click();
  await expect(done(page)).toHaveText(revoke.done(email));
  await page.getByRole('navigation', { name: invitations.filter }).getByRole('link', { name: states.revoked }).click();
  await expect(rows(page).filter({ hasText: email })).toContainText(states.revoked);
});

test('background work is seen, run at once, cancelled and run again', async ({ page, account, logInAs }) => {
  const { jobs } = manage;
  const name = jobs.tasks['jobs.purge_finished'];
  const rowsOf = (label: string) => page.getByRole('table', { name: label, exact: true }).getByRole('row').filter({ hasText: name });
  await logInAs(page, await account('admin', 'chief'));
  await page.goto('/studio/jobs');
  await rowsOf(jobs.periodic.title).getByRole('link', { name, exact: true }).click();
  await expect(page.getByText(jobs.onlyTask(name))).toBeVisible();
  // The worker waits until it is due again. What is run now is seen to end by itself.
  const results = rowsOf(jobs.title).filter({ hasText: jobs.results.deleted('') });
  await expect(rowsOf(jobs.periodic.title)).toHaveCount(1);
  const before = await results.count();
  await rowsOf(jobs.periodic.title).getByRole('button', { name: jobs.periodic.run.labelOf(name) }).click();
  await expect(done(page)).toHaveText(jobs.periodic.run.done);
  await expect(results).toHaveCount(before + 1);
  await page.getByRole('link', { name: jobs.states.succeeded, exact: true }).click();
  const ended = rowsOf(jobs.title);
  await expect(ended.first().getByRole('button')).toHaveCount(0);
  await page.getByRole('link', { name: jobs.states.waiting, exact: true }).click();
  const row = rowsOf(jobs.title);
  await expect(row).toHaveCount(1);
  await row.getByRole('button', { name: jobs.cancel.labelOf(name) }).click();
  await dialog(page).getByRole('button', { name: jobs.cancel.submit }).click();
  await expect(done(page)).toHaveText(jobs.cancel.done);
  await expect(row.getByText(jobs.states.waiting)).toHaveCount(0);
  await page.getByRole('link', { name: jobs.states.cancelled, exact: true }).click();
  const again = rowsOf(jobs.title).first().getByRole('button', { name: jobs.retry.labelOf(name) });
  await again.click();
  // The worker has perhaps added the next one already.
  await expect(page.getByText(jobs.retry.done).or(page.getByText(jobs.retry.queued))).toBeVisible();
});

test.describe('the trash', () => {
  test('a post comes back as it was, for readers too, or is gone for ever', async ({ page, account, logInAs, seedPost, admin }) => {
    const [chief, author] = [await account('admin', 'chief'), await account()];
    const [back, gone] = [await seedPost(author.client), await seedPost(author.client)];
    const [address, byline] = [`/posts/${back.slug}`, `/authors/${author.username}`];
    for (const { id } of [back, gone]) await answer(deletePost({ client: author.client, path: { post_id: id } }));
    for (let time = 0; time < 2; time += 1) expect(await shows(page, address, back.title)).toBe(404);
    expect(await shows(page, byline, back.slug)).toBe(false);

    await logInAs(page, chief);
    await page.goto('/studio/trash');
    await expect(page.getByText(back.title)).toBeVisible();
    await page.getByRole('button', { name: trash.restoreOf(back.title) }).click();
    await expect(done(page)).toHaveText(trash.restored.published(back.title));
    await expect(page.getByRole('cell', { name: back.title })).toHaveCount(0);
    expect(await shows(page, address, back.title)).toBe(true);
    expect(await shows(page, byline, back.slug)).toBe(true);

    await page.getByRole('button', { name: trash.purge.openOf(gone.title) }).click();
    await expect(dialog(page)).toContainText(gone.title);
    await dialog(page).getByRole('button', { name: trash.purge.submit }).click();
    await expect(done(page)).toHaveText(trash.purge.done(gone.title));
    await expect(page.getByRole('cell', { name: gone.title })).toHaveCount(0);
    await answer(updateUser({ client: admin, path: { user_id: chief.id }, body: { role: 'reader' } }));
  });

  test('what another has restored already says so', async ({ page, account, logInAs, seedPost }) => {
    const author = await account();
    const post = await seedPost(author.client);
    await answer(deletePost({ client: author.client, path: { post_id: post.id } }));
    await logInAs(page, author);
    await page.goto('/studio/trash');
    const other = await page.context().newPage();
    await other.goto('/studio/trash');
    await other.getByRole('button', { name: trash.restoreOf(post.title) }).click();
    await expect(other.getByText(trash.empty.title)).toBeVisible();
    await page.getByRole('button', { name: trash.restoreOf(post.title) }).click();
    await expect(page.getByRole('main').getByRole('alert')).toHaveText(trash.notInTrash);
  });
});

test.describe('the dashboard', () => {
  test('has an author’s own numbers, as a chart and as a table', async ({ page, account, logInAs, seedPost }) => {
    const [author, other] = [await account(), await account()];
    const tag = unique('Counted');
    const seeded = (status: 'draft' | 'published' = 'published') => seedPost(author.client, { status, tags: [tag] });
    // No two of the numbers are alike: 4 published, 2 drafts, 5 scheduled, 1 archived, 3 in the trash, 8 comments.
    const [talked] = [await seeded(), await seeded(), await seeded(), await seeded(), await seeded('draft'), await seeded('draft')];
    await answer(archivePost({ client: author.client, path: { post_id: (await seeded()).id } }));
    const publish_at = '2035-01-01T08:00:00Z';
    for (let later = 0; later < 5; later += 1) {
      await answer(schedulePost({ client: author.client, path: { post_id: (await seeded('draft')).id }, body: { publish_at } }));
    }
    for (let thrown = 0; thrown < 3; thrown += 1) await answer(deletePost({ client: author.client, path: { post_id: (await seeded()).id } }));
    for (const { client } of [author, ...Array<Account>(7).fill(other)]) {
      await answer(createComment({ client, path: { post_id: talked.id }, body: { body: 'So.' } }));
    }
    await seedPost(other.client);

    await logInAs(page, author);
    await page.goto('/studio/dashboard');
    await expectNumbers(page, { published: 4, draft: 2, scheduled: 5, archived: 1, trashed: 3 }, 8);
    await expect(page.getByRole('listitem').filter({ hasText: tag })).toContainText(plural(12, manage.counted.posts));
    await expect(page.getByRole('listitem').filter({ hasText: talked.title })).toContainText(plural(8, manage.counted.comments));

    const chart = page.getByRole('application');
    await expect(chart.locator('.recharts-bar-rectangle path')).toHaveCount(1);
    await chart.focus();
    for (let month = 0; month < 11; month += 1) await page.keyboard.press('ArrowRight');
    const tooltip = page.locator('.recharts-tooltip-wrapper');
    await expect(tooltip).toContainText(plural(5, manage.counted.posts));
    const height = async () => (await chart.locator('.recharts-bar-rectangle path').boundingBox())?.height ?? 0;
    const ofPosts = await height();
    await page.getByRole('button', { name: dashboard.months.comments }).click();
    await chart.focus();
    for (let month = 0; month < 11; month += 1) await page.keyboard.press('ArrowRight');
    await expect(tooltip).toContainText(plural(8, manage.counted.comments));
    expect(ofPosts / (await height()), 'posts and comments have one scale').toBeCloseTo(5 / 8, 1);

    const { months } = await answer(getDashboard({ client: author.client }));
    await page.getByText(dashboard.months.asTable).click();
    await expect(rows(page)).toHaveCount(12);
    const shown = await rows(page).getByRole('cell').allTextContents();
    expect(shown).toEqual(months.flatMap(({ posts, comments }) => [count(posts), count(comments)]));
  });

  test('has everyone’s for an administrator, as the API counts them', async ({ page, logInAs, admin, seedPost, account }) => {
    await seedPost((await account()).client);
    await logInAs(page, await administrator());
    // Others may be writing while this is read.
    await expect(async () => {
      await page.goto('/studio/dashboard');
      const { posts, comments, top_tags, everyones } = await answer(getDashboard({ client: admin }));
      expect(everyones).toBe(true);
      await expectNumbers(page, posts, comments);
      for (const { name, post_count } of top_tags) {
        await expect(page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) })).toContainText(plural(post_count, manage.counted.posts));
      }
    }).toPass({ timeout: 120_000 });
  });

  test('tells somebody new what it will be for', async ({ page, account, logInAs }) => {
    await logInAs(page, await account());
    await page.goto('/studio/dashboard');
    await expect(page.getByText(dashboard.empty.title)).toBeVisible();
    await page.getByRole('link', { name: dashboard.empty.write }).click();
    await page.waitForURL('/studio/posts/new');
  });
});

test('everyone can use these pages', async ({ page, account, logInAs }) => {
  const [last, person] = [await administrator(), await account()];
  await logInAs(page, last);
  for (const path of ['/studio/jobs', '/studio/users', '/studio/users/invitations', `/studio/users/${last.id}`, `/studio/users/${person.id}`]) {
    await page.goto(path);
    await expect(page.getByRole('main')).not.toHaveAttribute('aria-busy');
    await expectAccessibleInBothThemes(page);
  }
  await page.getByRole('button', { name: users.remove.open }).click();
  await dialog(page).getByLabel(users.remove.confirm(person.username)).fill('x');
  await dialog(page).getByRole('button', { name: users.remove.submit }).click();
  await expect(dialog(page).getByText(users.remove.mismatch)).toBeVisible();
  await expectAccessibleInBothThemes(page);
});

async function expectNumbers(page: Page, posts: Record<keyof typeof dashboard.states, number>, comments: number) {
  const numbers = page.getByRole('list', { name: dashboard.totals }).getByRole('link');
  const { published, scheduled, draft, archived, trashed } = dashboard.states;
  await expect(numbers).toHaveText([
    `${count(posts.published)}${published}`, `${count(posts.scheduled)}${scheduled}`, `${count(posts.draft)}${draft}`,
    `${count(posts.archived)}${archived}`, `${count(posts.trashed)}${trashed}`, `${count(comments)}${dashboard.comments}`,
  ], { timeout: 10_000 });
}

/** Return the account that the service was begun with. */
async function administrator(): Promise<Account> {
  const { ADMIN_EMAIL: email = '', ADMIN_PASSWORD: password = '' } = process.env;
  const tokens = await answer(logIn({ client: clientOf(), body: { email, password } }));
  return { ...tokens.user, email, password, tokens, client: clientOf(tokens.access_token) };
}

/** Return everybody who is an administrator and can log in. */
async function administrators(client: Client): Promise<UserProfile[]> {
  const found: UserProfile[] = [];
  for (let page = 1; ; page += 1) {
    const query = { page, per_page: 100, role: 'admin', is_active: true } as const;
    const users = await answer(listUsers({ client, query }));
    found.push(...users);
    if (users.length < 100) return found;
  }
}
