/** Passkeys, with Chromium's virtual authenticator: adding and removing one, logging in with it, confirming with it. */
import type { CDPSession, Page } from '@playwright/test';

import { messages } from '@/messages';
import { expectAccessible } from './axe';
import { type Account, ageLogins, expect, newestMail, PASSWORD, test } from './fixtures';

const { account: words } = messages;
const { passkeys, secondFactor, logIn, stepUp } = words;

/** A domain that is a secure context without a certificate; an IP address is none that passkeys accept. */
const SITE = (process.env.BASE_URL ?? '').replace('127.0.0.1', 'localhost');

test.use({ baseURL: SITE });

/** The page itself, not the log-in page that leads there. */
const AT_ACCOUNT = /^[^?]+\/account$/;

type Authenticator = { cdp: CDPSession; id: string };

/** Plug a security key into the browser, which its user unlocks at once. */
async function plugIn(page: Page): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, id };
}

/** Let the user fail to unlock the key, or succeed again. */
const unlock = ({ cdp, id }: Authenticator, isUserVerified: boolean) =>
  cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified });

const main = (page: Page) => page.getByRole('main');

/** Add a passkey to an account that has no second factor; return the recovery codes. */
async function addFirst(page: Page, name: string): Promise<string[]> {
  await page.goto('/account/passkeys');
  await page.getByLabel(passkeys.name, { exact: true }).fill(name);
  await page.getByRole('button', { name: passkeys.add.submit }).click();
  await expect(page.getByText(secondFactor.recovery.shown)).toBeVisible();
  const codes = await main(page).getByRole('listitem').allTextContents();
  await page.getByRole('button', { name: secondFactor.recovery.done }).click();
  return codes;
}

/** Enter address and password in a browser that nobody is logged in with. */
async function passwordStep(page: Page, { email }: Account): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/login?next=/account');
  await page.getByLabel(words.email).fill(email);
  await page.getByLabel(words.password, { exact: true }).fill(PASSWORD);
  await main(page).getByRole('button', { name: logIn.submit, exact: true }).click();
  await expect(page.getByText(secondFactor.logIn.passkeyLead)).toBeVisible();
}

test('is added, renamed and removed', async ({ page, account, logInAs }) => {
  const member = await account('reader');
  await page.setViewportSize({ width: 360, height: 740 });
  const key = await plugIn(page);
  await logInAs(page, member);
  await page.goto('/account');
  await page.getByRole('link', { name: passkeys.manage }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(passkeys.title);
  await expectAccessible(page);

  // The user fails to unlock the key, then is asked for the password first.
  await unlock(key, false);
  await page.getByLabel(passkeys.name, { exact: true }).fill('Laptop');
  await page.getByRole('button', { name: passkeys.add.submit }).click();
  await expect(page.getByText(passkeys.failures.cancelled)).toBeVisible();
  await unlock(key, true);
  ageLogins(member);
  await page.getByRole('button', { name: passkeys.add.submit }).click();
  const question = page.getByRole('dialog', { name: stepUp.title });
  await question.getByLabel(words.password, { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: stepUp.submit }).click();
  await expect(page.getByText(secondFactor.recovery.shown)).toBeVisible();
  expect(new Set(await main(page).getByRole('listitem').allTextContents()).size).toBe(10);
  await page.getByRole('button', { name: secondFactor.recovery.done }).click();
  await expect(main(page).getByText('Laptop', { exact: true })).toBeVisible();
  await expect(main(page).getByText(passkeys.unused)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expect(async () => expect(await newestMail(member.email)).toContain('A passkey was added')).toPass();

  // The key has one for the account already.
  await page.getByLabel(passkeys.name, { exact: true }).fill('Again');
  await page.getByRole('button', { name: passkeys.add.submit }).click();
  await expect(page.getByText(passkeys.failures.registered)).toBeVisible();

  await page.getByRole('button', { name: passkeys.rename.openOf('Laptop') }).click();
  await expectAccessible(page);
  const field = main(page).getByLabel(passkeys.name, { exact: true }).first();
  await field.fill('Old laptop');
  await page.getByRole('button', { name: passkeys.rename.submit }).click();
  await expect(main(page).getByText('Old laptop')).toBeVisible();

  await page.getByRole('button', { name: passkeys.remove.openOf('Old laptop') }).click();
  await page.getByRole('dialog').getByRole('button', { name: passkeys.remove.submit }).click();
  await expect(page.getByText(passkeys.empty)).toBeVisible();
  await expect(async () => expect(await newestMail(member.email)).toContain('A passkey was removed')).toPass();
});

test('logs in without a password', async ({ page, account, logInAs }) => {
  const member = await account('reader');
  const key = await plugIn(page);
  await logInAs(page, member);
  await addFirst(page, 'Laptop');
  await page.context().clearCookies();
  await page.goto('/login?next=/account');
  await expectAccessible(page);
  await unlock(key, false);
  await page.getByRole('button', { name: passkeys.logIn }).click();
  await expect(page.getByText(passkeys.failures.cancelled)).toBeVisible();
  await unlock(key, true);
  await page.getByRole('button', { name: passkeys.logIn }).click();
  await expect(page).toHaveURL(AT_ACCOUNT);
});

test('is the second factor after the password, and confirms a change', async ({ page, account, logInAs }) => {
  const member = await account('reader');
  await plugIn(page);
  await logInAs(page, member);
  await addFirst(page, 'Laptop');
  await passwordStep(page, member);
  await expectAccessible(page);
  await page.getByRole('button', { name: passkeys.use }).click();
  await expect(page).toHaveURL(AT_ACCOUNT);

  await page.goto('/account/passkeys');
  ageLogins(member);
  await page.getByRole('button', { name: passkeys.remove.openOf('Laptop') }).click();
  await page.getByRole('dialog').getByRole('button', { name: passkeys.remove.submit }).click();
  const question = page.getByRole('dialog', { name: stepUp.codeTitle });
  await question.getByRole('button', { name: passkeys.use }).click();
  await expect(page.getByText(passkeys.empty)).toBeVisible();
});

test('that is lost is replaced by a recovery code', async ({ page, account, logInAs }) => {
  const member = await account('reader');
  const { cdp, id } = await plugIn(page);
  await logInAs(page, member);
  const [code = ''] = await addFirst(page, 'Laptop');
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id });
  await passwordStep(page, member);
  await page.getByRole('button', { name: secondFactor.useRecoveryCode }).click();
  await page.getByLabel(secondFactor.recoveryCode, { exact: true }).fill(code);
  await main(page).getByRole('button', { name: logIn.submit, exact: true }).click();
  await expect(page).toHaveURL(AT_ACCOUNT);
});

test('is not offered by a browser without passkeys', async ({ page, account, logInAs }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
  await logInAs(page, await account('reader'));
  await page.goto('/account/passkeys');
  await expect(page.getByText(passkeys.unsupported)).toBeVisible();
  await page.context().clearCookies();
  await page.goto('/login');
  await expect(page.getByLabel(words.email)).toBeVisible();
  await expect(page.getByRole('button', { name: passkeys.logIn })).toHaveCount(0);
});
