/** Sign-up, log-in, profile, password, and deleting the account. */
import { readFile } from 'node:fs/promises';

import type { Page } from '@playwright/test';

import { getMe, logIn, requestSignUp, updateMe } from '@/client';
import { SUCCESS_VISIBLE_MS } from '@/components/ui/passing-notice';
import { longDate, messages } from '@/messages';
import { expectAccessible } from './axe';
import { ageLogins, answer, clientOf, expect, newestMail, PASSWORD, test, unique, unsubscribePage } from './fixtures';

const { account: words, site } = messages;

/** Answer the question for the password, which has come up over a form. */
async function stepUp(page: Page, password: string) {
  const question = page.getByRole('dialog', { name: words.stepUp.title });
  await question.getByLabel(words.password, { exact: true }).fill(password);
  await question.getByRole('button', { name: words.stepUp.submit }).click();
  return question;
}

test.describe('logging in', () => {
  test('with a wrong password says so, keeps the address, and then leads to where one was', async ({ page, account }) => {
    const { email } = await account('reader');
    await page.goto('/account');
    await expect(page).toHaveURL(/\/login\?next=%2Faccount$/);
    const password = page.getByLabel(words.password, { exact: true });
    const submit = page.getByRole('main').getByRole('button', { name: words.logIn.submit, exact: true });
    await page.getByLabel(words.email).fill(email);
    await password.fill('not the password');
    await submit.click();
    await expect(page.getByRole('main').getByRole('alert')).toHaveText(words.logIn.wrong);
    await expect(page.getByLabel(words.email)).toHaveValue(email);
    await expect(password).toHaveValue('');
    await password.fill(PASSWORD);
    await submit.click();
    await expect(page).toHaveURL(/\/account$/);
    await page.goto('/login');
    await expect(page, 'whoever is logged in has no business here').toHaveURL(/\/$/);
  });

  test('shows the password to whoever wants to see it', async ({ page }) => {
    await page.goto('/login');
    const password = page.getByLabel(words.password, { exact: true });
    await password.fill('secret');
    await expect(password).toHaveAttribute('type', 'password');
    await page.getByRole('button', { name: words.showPassword }).click();
    await expect(password).toHaveAttribute('type', 'text');
    await page.getByRole('button', { name: words.hidePassword }).click();
    await expect(password).toHaveAttribute('type', 'password');
  });

  test.describe('without scripts', () => {
    test.use({ javaScriptEnabled: false });

    test('works as well', async ({ page, account }) => {
      const { email, password, username } = await account('reader');
      await page.goto('/login?next=/account');
      await page.getByLabel(words.email).fill(email);
      await page.getByLabel(words.password, { exact: true }).fill('not the password');
      await page.getByRole('main').getByRole('button', { name: words.logIn.submit, exact: true }).click();
      await expect(page.getByRole('main').getByRole('alert')).toHaveText(words.logIn.wrong);
      await page.getByLabel(words.password, { exact: true }).fill(password);
      await page.getByRole('main').getByRole('button', { name: words.logIn.submit, exact: true }).click();
      await expect(page).toHaveURL(/\/account$/);
      await expect(page.getByLabel(words.username, { exact: true })).toHaveValue(username);
    });
  });
});

test('a forgotten password is replaced with the link of a mail, once', async ({ page, account, browser, baseURL }) => {
  const { email, password } = await account('reader');
  await page.goto('/login');
  await page.getByRole('link', { name: words.logIn.forgot }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.forgotPassword.title);
  await page.getByLabel(words.email).fill(email);
  await page.getByRole('button', { name: words.forgotPassword.submit }).click();
  await expect(page.getByRole('main').getByRole('status')).toHaveText(words.forgotPassword.done(email));

  const [link = ''] = /http\S+\/reset-password#[\w-]{43}/.exec(await newestMail(email)) ?? [];
  const phone = await (await browser.newContext({ baseURL, viewport: { width: 360, height: 740 } })).newPage();
  const address = `/reset-password${new URL(link).hash}`;
  const answered = await phone.goto(address);
  expect(answered?.headers()['referrer-policy']).toBe('no-referrer');
  await expect(phone.getByLabel(words.email)).toHaveValue(email);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectAccessible(phone);
  const chosen = phone.getByLabel(words.changePassword.new, { exact: true });
  await chosen.fill('password123');
  await phone.getByRole('button', { name: words.resetPassword.submit }).click();
  await expect(phone.getByRole('main')).toContainText(words.passwordTooCommon);
  await chosen.fill('staple correct horse');
  await phone.getByRole('button', { name: words.resetPassword.submit }).click();
  await expect(phone.getByRole('main').getByRole('status')).toHaveText(words.logIn.afterReset);

  for (const [entered, status] of [[password, 401], ['staple correct horse', 200]] as const) {
    expect((await logIn({ client: clientOf(), body: { email, password: entered } })).response?.status).toBe(status);
  }
  await phone.goto('/');
  await phone.goto(address);
  await expect(phone.getByRole('main').getByRole('alert')).toContainText(words.resetPassword.used);
  await phone.context().close();
});

test('signing up says at each field what is wrong, and then begins a session', async ({ page, account }) => {
  const known = await account('reader');
  const username = unique('reader');
  await page.goto('/sign-up?next=//evil.test/');
  const email = page.getByLabel(words.email);
  const name = page.getByLabel(words.username, { exact: true });
  const password = page.getByLabel(words.password, { exact: true });
  const submit = page.getByRole('button', { name: words.signUp.submit });
  await email.fill(known.email);
  await name.fill(username);
  await password.fill(PASSWORD);
  await submit.click();
  await expect(email).toHaveAccessibleDescription(words.emailTaken);
  await expect(name).toHaveValue(username);

  await email.fill(`${username}@example.org`);
  await name.fill('admin');
  await password.fill(PASSWORD);
  await submit.click();
  await expect(name).toHaveAccessibleDescription(new RegExp(words.usernameReserved));

  // What the browser would not let through, the service refuses in its own words, at the same fields.
  await page.locator('form').last().evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await email.fill('nowhere');
  await name.fill('a b');
  await password.fill('short');
  await submit.click();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(messages.errors.correctFields);
  for (const field of [email, name, password]) await expect(field).toHaveAttribute('aria-invalid', 'true');

  await email.fill(`${username}@example.org`);
  await name.fill(username);
  await password.fill('Password1234');
  await submit.click();
  await expect(password).toHaveAccessibleDescription(new RegExp(words.passwordTooCommon));

  await page.getByLabel(words.displayName, { exact: true }).fill('Ada of the tests');
  await password.fill(PASSWORD);
  await submit.click();
  await expect(page).toHaveURL(/\/$/);
  await page.getByRole('link', { name: site.account }).click();
  await expect(page.getByLabel(words.displayName, { exact: true })).toHaveValue('Ada of the tests');
});

test('a profile that is changed shows in public at the next request', async ({ page, browser, baseURL, account, logInAs, seedPost }) => {
  const author = await account('author');
  await seedPost(author.client);
  const stranger = await (await browser.newContext({ baseURL })).newPage();
  await stranger.goto(`/authors/${author.username}`);
  await expect(stranger.getByRole('heading', { level: 1 })).toContainText(author.display_name);

  await page.clock.install();
  await logInAs(page, author);
  await page.goto('/account');
  await page.getByLabel(words.displayName, { exact: true }).fill('Grace of the tests');
  await page.getByLabel(words.bio).fill('Writes.\n\nTests, too.');
  await page.getByRole('button', { name: words.profile.save }).click();
  const told = page.getByRole('status');
  await expect(told).toHaveText(words.profile.saved);
  // It leaves by itself, but not while the pointer or the focus is on it.
  await told.getByText(words.profile.saved).hover();
  await page.clock.runFor(2 * SUCCESS_VISIBLE_MS);
  await told.getByRole('button', { name: site.close }).focus();
  await page.mouse.move(0, 0);
  await page.clock.runFor(2 * SUCCESS_VISIBLE_MS);
  await expect(told).toHaveText(words.profile.saved);
  await page.getByLabel(words.bio).focus();
  await page.clock.runFor(SUCCESS_VISIBLE_MS);
  await expect(told).toHaveText('');
  expect((await answer(getMe({ client: author.client }))).bio).toBe('Writes.\n\nTests, too.');

  await stranger.reload();
  await expect(stranger.getByRole('heading', { level: 1 })).toContainText('Grace of the tests');
  await stranger.context().close();

  // The same form goes on from the version it has just made.
  await page.getByLabel(words.displayName, { exact: true }).fill('Grace once more');
  await page.getByRole('button', { name: words.profile.save }).click();
  await expect(told).toHaveText(words.profile.saved);
  expect((await answer(getMe({ client: author.client }))).display_name).toBe('Grace once more');
  await told.getByRole('button', { name: site.close }).click();
  await expect(told).toHaveText('');
});

test('a profile that was changed elsewhere is not overwritten', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  await page.clock.install();
  await logInAs(page, reader);
  await page.goto('/account');
  await answer(updateMe({ client: reader.client, body: { bio: 'From another window.' } }));
  await page.getByLabel(words.displayName, { exact: true }).fill('Mine');
  await page.getByRole('button', { name: words.profile.save }).click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText(words.changedElsewhere);
  await page.clock.runFor(2 * SUCCESS_VISIBLE_MS);
  await expect(page.getByRole('main').getByRole('alert')).toContainText(words.changedElsewhere);
  await expect(page.getByLabel(words.displayName, { exact: true })).toHaveValue('Mine');
  await page.getByRole('link', { name: words.loadNewest }).click();
  await expect(page.getByLabel(words.bio)).toHaveValue('From another window.');
});

test('another address is asked for the password in place, long after the log-in', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  await logInAs(page, reader);
  ageLogins(reader);
  await page.goto('/account');
  const present = () => answer(getMe({ client: reader.client }));
  const email = page.getByLabel(words.email);
  const save = page.getByRole('button', { name: words.profile.save });
  await page.getByLabel(words.displayName, { exact: true }).fill('Grace of the tests');
  await save.click();
  await expect(page.getByRole('status')).toHaveText(words.profile.saved);

  const address = `new-${reader.email}`;
  await email.fill(address);
  await page.getByLabel(words.bio).fill('Typed before the question.');
  await save.click();
  await page.getByRole('dialog').getByRole('button', { name: words.stepUp.cancel }).click();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(words.stepUp.needed);
  await expect(email).toHaveValue(address);
  await expect(save).toBeFocused();
  expect((await present()).email).toBe(reader.email);

  await save.click();
  const question = await stepUp(page, 'not the password');
  await expect(question.getByLabel(words.password, { exact: true })).toHaveAccessibleDescription(words.stepUp.wrong);
  await stepUp(page, reader.password);
  await expect(question).toHaveCount(0);
  await expect.poll(present).toMatchObject({ email: reader.email, pending_email: address, bio: 'Typed before the question.' });
});

test('a new password ends every other session, and not this one', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  await logInAs(page, reader);
  await page.goto('/account');
  const now = page.getByLabel(words.changePassword.current, { exact: true });
  const next = page.getByLabel(words.changePassword.new, { exact: true });
  const save = page.getByRole('button', { name: words.changePassword.save });
  await now.fill('not the password');
  await next.fill('another horse battery');
  await save.click();
  await expect(now).toHaveAccessibleDescription(words.changePassword.wrong);
  await now.fill(reader.password);
  await next.fill('another horse battery');
  await save.click();
  await expect(page.getByRole('status')).toHaveText(words.changePassword.saved);

  await expect.poll(async () => (await getMe({ client: reader.client })).response?.status, { timeout: 60_000 }).toBe(401);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.title);
  const body = { email: reader.email, password: 'another horse battery' };
  await answer(logIn({ client: clientOf(), body }));
});

test('logging out ends the session here and at the service', async ({ page, account, logInAs }) => {
  await logInAs(page, await account('reader'));
  const before = await page.context().cookies();
  await page.goto('/account');
  await page.getByRole('button', { name: words.logOut.submit, exact: true }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole('banner').getByRole('link', { name: site.logIn })).toBeVisible();
  expect(await page.context().cookies()).toEqual([]);
  await page.goBack();
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login\?next=%2Faccount$/);

  // Whoever kept the cookies has nothing.
  await page.context().addCookies(before);
  await expect.poll(async () => (await page.request.get('/api/auth/me')).status(), { timeout: 60_000 }).toBe(401);
});

test('the sessions are listed with their devices, and each can be ended', async ({ page, account, logInAs, browser, baseURL }) => {
  const reader = await account('reader');
  await logInAs(page, reader);
  const elsewhere = await browser.newContext({ baseURL, userAgent: 'Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0' });
  const theirs = await elsewhere.newPage();
  await logInAs(theirs, reader);
  await page.goto('/account');
  const mine = page.getByRole('listitem').filter({ hasText: words.sessions.current });
  await expect(mine).toContainText('Chrome');
  await expect(mine.getByRole('button')).toHaveCount(0);
  await page.getByRole('button', { name: words.sessions.endOf('Firefox on Windows') }).click();
  await expect(page.getByRole('status')).toHaveText(words.sessions.done);
  await expect(page.getByText('Firefox on Windows')).toHaveCount(0);
  await expect.poll(async () => (await theirs.request.get('/api/auth/me')).status(), { timeout: 60_000 }).toBe(401);
  await elsewhere.close();
});

test('logging out everywhere ends the sessions elsewhere, and this one where that is asked for', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  await logInAs(page, reader);
  await page.goto('/account');
  const submit = page.getByRole('button', { name: words.logOutEverywhere.submit });
  await submit.click();
  await expect(page.getByRole('status')).toHaveText(words.logOutEverywhere.done);
  await expect.poll(async () => (await getMe({ client: reader.client })).response?.status, { timeout: 60_000 }).toBe(401);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.title);

  await page.getByLabel(words.logOutEverywhere.keep).uncheck();
  await submit.click();
  await expect(page).toHaveURL(/\/login$/);
  expect(await page.context().cookies()).toEqual([]);
});

test('an account is deleted by whoever types its name', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  await logInAs(page, reader);
  ageLogins(reader);
  await page.goto('/account');
  await page.getByText(words.deletion.open).click();
  const name = page.getByLabel(words.deletion.confirm(reader.username));
  await name.fill('somebody');
  await page.getByRole('button', { name: words.deletion.submit }).click();
  await expect(name).toHaveAccessibleDescription(words.deletion.mismatch);
  await name.fill(reader.username);
  await page.getByRole('button', { name: words.deletion.submit }).click();
  await stepUp(page, reader.password);
  const keep = page.getByRole('button', { name: words.deletion.keep });
  await expect(keep).toBeVisible();
  const { email, password } = reader;
  const { user } = await answer(logIn({ client: clientOf(), body: { email, password } }));
  await expect(page.getByText(words.deletion.scheduled(longDate(user.deletion_at ?? '')))).toBeVisible();
  expect(await newestMail(email, 'deletion_scheduled')).toContain('Keep your account');

  await keep.click();
  await expect(page.getByRole('status').filter({ hasText: words.deletion.kept })).toBeVisible();
  await expect(page.getByText(words.deletion.open)).toBeVisible();
  expect((await answer(getMe({ client: reader.client }))).deletion_at).toBeNull();
});

test('a new address is confirmed with the link of a mail, and both addresses hear of it', async ({ page, account, logInAs, browser, baseURL }) => {
  const reader = await account('reader');
  const address = `${unique('moved')}@new.example`;
  await logInAs(page, reader);
  await page.goto('/account');
  await page.getByLabel(words.email).fill(address);
  await page.getByRole('button', { name: words.profile.save }).click();
  await expect(page.getByRole('status').filter({ hasText: words.pendingEmail.saved })).toBeVisible();
  await expect(page.getByText(words.pendingEmail.text(address))).toBeVisible();
  expect(await newestMail(reader.email, 'email_change_requested')).toContain(address);
  const first = await linkIn(address, 'confirm-email');

  await page.getByRole('button', { name: words.pendingEmail.again }).click();
  await expect(page.getByText(words.pendingEmail.sentAgain)).toBeVisible();
  await expect.poll(() => linkIn(address, 'confirm-email')).not.toBe(first);
  const phone = await (await browser.newContext({ baseURL, viewport: { width: 360, height: 740 } })).newPage();
  await phone.goto(first);
  await expect(phone.getByRole('main').getByRole('alert')).toContainText(words.mailedLink.revoked);
  await phone.goto('/');
  await phone.goto(await linkIn(address, 'confirm-email'));
  await expect(phone.getByText(words.confirmEmail.text(reader.username, address))).toBeVisible();
  await expectAccessible(phone);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await phone.getByRole('button', { name: words.confirmEmail.submit }).press('Enter');
  await expect(phone.getByRole('main').getByRole('status')).toHaveText(words.confirmEmail.done(address));
  await phone.context().close();
  expect(await answer(getMe({ client: reader.client }))).toMatchObject({ email: address, pending_email: null });
  expect(await newestMail(reader.email, 'email_changed')).toContain('no longer be used to log in');
  await page.reload();
  await expect(page.getByLabel(words.email)).toHaveValue(address);
  await expect(page.getByText(words.pendingEmail.text(address))).toHaveCount(0);
});

test('a change of the address is cancelled by whoever asked for it', async ({ page, account, logInAs }) => {
  const reader = await account('reader');
  const address = `${unique('moved')}@new.example`;
  await answer(updateMe({ client: reader.client, body: { email: address } }));
  const link = await linkIn(address, 'confirm-email');
  await logInAs(page, reader);
  await page.goto('/account');
  await page.getByRole('button', { name: words.pendingEmail.cancel }).click();
  await expect(page.getByRole('status').filter({ hasText: words.pendingEmail.cancelled })).toBeVisible();
  expect((await answer(getMe({ client: reader.client }))).pending_email).toBeNull();
  await page.goto(link);
  await expect(page.getByRole('main').getByRole('alert')).toContainText(words.mailedLink.revoked);
});

test('an account is created with the link of a mail, by whoever has the mailbox', async ({ page, browser, baseURL }) => {
  const username = unique('reader');
  const email = `${username}@example.org`;
  await answer(requestSignUp({ client: clientOf(), body: { email } }));
  const link = await linkIn(email, 'sign-up/confirm');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(link);
  await expect(page.getByLabel(words.email)).toHaveValue(email);
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const name = page.getByLabel(words.username, { exact: true });
  const password = page.getByLabel(words.password, { exact: true });
  await expect(password).toHaveAttribute('autocomplete', 'new-password');
  await name.fill('admin');
  await password.fill(PASSWORD);
  await page.getByRole('button', { name: words.signUp.submit }).click();
  await expect(name).toHaveAccessibleDescription(new RegExp(words.usernameReserved));
  await name.fill(username);
  await password.fill(PASSWORD);
  await password.press('Enter');
  await expect(page).toHaveURL(/\/$/);
  await page.goto('/account');
  await expect(page.getByLabel(words.email)).toHaveValue(email);
  const stranger = await (await browser.newContext({ baseURL })).newPage();
  await stranger.goto(link);
  await expect(stranger.getByRole('main').getByRole('alert')).toContainText(words.mailedLink.used);
  await stranger.context().close();
});

/** Return path and secret of the link to a page in the newest mail to an address. */
async function linkIn(email: string, path: string): Promise<string> {
  const template = path === 'confirm-email' ? 'email_change' : 'sign_up';
  const [link = ''] = new RegExp(`http\\S+/${path}#[\\w-]{43}`).exec(await newestMail(email, template)) ?? [];
  return `/${path}${new URL(link).hash}`;
}

test('mails about comments are stopped by their link, by whoever has the mail, and come again', async ({ page, account, logInAs, seedPost }) => {
  const [author, reader] = [await account(), await account('reader')];
  await page.goto(await unsubscribePage(author, reader, await seedPost(author.client)));
  await page.getByRole('main').getByRole('button', { name: words.unsubscribe.submit }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.unsubscribe.done);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.unsubscribe.done);
  expect((await answer(getMe({ client: author.client }))).comment_notifications).toBe(false);
  await logInAs(page, author);
  await page.goto('/account');
  const box = page.getByRole('checkbox', { name: words.mails.comments });
  await expect(box).not.toBeChecked();
  await box.check();
  await page.getByRole('button', { name: words.mails.save, exact: true }).click();
  await expect(page.getByText(words.mails.on)).toBeVisible();
  await expect.poll(async () => (await answer(getMe({ client: author.client }))).comment_notifications).toBe(true);
});

test('a link to stop mails that is not whole is not found', async ({ page }) => {
  expect((await page.goto('/unsubscribe/no-such-token'))?.status()).toBe(404);
});

test('exports the own data, downloads the file and deletes it', async ({ page, account, logInAs }) => {
  const one = await account('reader');
  await logInAs(page, one);
  ageLogins(one);
  await page.goto('/account');
  const data = page.locator('section').filter({ has: page.getByRole('heading', { name: words.ownData.title }) });
  await data.getByRole('button', { name: words.ownData.submit }).click();
  await stepUp(page, one.password);
  const download = data.getByRole('link', { name: /^Download/ });
  await expect(download).toBeVisible();
  const [file] = await Promise.all([page.waitForEvent('download'), download.click()]);
  expect(file.suggestedFilename()).toMatch(/^account-\d{4}-\d\d-\d\d\.zip$/);
  expect((await readFile(await file.path())).subarray(0, 2).toString()).toBe('PK');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectAccessible(page);
  await data.getByRole('button', { name: words.ownData.remove }).click();
  await expect(page.getByRole('status').filter({ hasText: words.ownData.removed })).toBeVisible();
  await expect(download).toBeHidden();
});
