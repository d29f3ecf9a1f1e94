/** Two-factor authentication: setting it up, logging in with it, confirming with it, losing the phone. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { confirmSecondFactor, setUpSecondFactor } from '@/client';
import { messages } from '@/messages';
import { expectAccessible } from './axe';
import { type Account, ageLogins, answer, expect, newestMail, PASSWORD, test } from './fixtures';

const { account: words } = messages;
const { secondFactor, logIn } = words;
const { users } = messages.manage;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Return the code that an authenticator app shows (RFC 6238), now or some steps of 30 seconds later. The API takes that
 * of the next step too: a test that has used the one of now need not wait.
 */
function totp(secret: string, steps = 0): string {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Set two-factor authentication of an account up over the API. */
async function withFactor(account: Account): Promise<{ secret: string; codes: string[] }> {
  const { client } = account;
  const { secret } = await answer(setUpSecondFactor({ client }));
  const { recovery_codes } = await answer(confirmSecondFactor({ client, body: { code: totp(secret) } }));
  return { secret, codes: recovery_codes };
}

const main = (page: Page) => page.getByRole('main');
const codeField = (page: Page) => page.getByLabel(secondFactor.code, { exact: true });

/** Enter address and password; the question for the code is there then. */
async function passwordStep(page: Page, { email }: { email: string }, next = '/account'): Promise<void> {
  await page.goto(`/login?next=${next}`);
  await page.getByLabel(words.email).fill(email);
  await page.getByLabel(words.password, { exact: true }).fill(PASSWORD);
  await main(page).getByRole('button', { name: logIn.submit, exact: true }).click();
  await expect(codeField(page)).toBeFocused();
}

test('is set up with an app, and then asked for', async ({ page, account, logInAs, browser, baseURL }) => {
  const member = await account('reader');
  await page.setViewportSize({ width: 360, height: 740 });
  await logInAs(page, member);
  await page.goto('/account');
  await page.getByRole('link', { name: secondFactor.manage }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(secondFactor.title);
  ageLogins(member);
  await page.getByRole('button', { name: secondFactor.setUp.start }).click();
  const question = page.getByRole('dialog', { name: words.stepUp.title });
  await question.getByLabel(words.password, { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: words.stepUp.submit }).click();

  await expect(page.getByRole('img', { name: secondFactor.setUp.qr })).toBeVisible();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const secret = ((await main(page).locator('code').textContent()) ?? '').replaceAll(' ', '');
  await expect(codeField(page)).toHaveAttribute('autocomplete', 'one-time-code');
  await codeField(page).fill('000000');
  await codeField(page).press('Enter');
  await expect(main(page).getByText(secondFactor.wrong)).toBeVisible();
  await codeField(page).fill(totp(secret));
  await codeField(page).press('Enter');

  await expect(page.getByText(secondFactor.recovery.shown)).toBeVisible();
  const codes = await main(page).getByRole('listitem').allTextContents();
  expect(new Set(codes).size).toBe(10);
  await expectAccessible(page);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: secondFactor.recovery.download }).click();
  expect(readFileSync(await (await downloading).path(), 'utf8')).toBe(`${codes.join('\n')}\n`);
  await page.getByRole('button', { name: secondFactor.recovery.done }).click();
  await expect(main(page).getByText(secondFactor.left('10 recovery codes'))).toBeVisible();
  await expect(async () => expect(await newestMail(member.email)).toContain('Two-factor authentication is on')).toPass();

  const elsewhere = await (await browser.newContext({ baseURL })).newPage();
  await passwordStep(elsewhere, member);
  await expectAccessible(elsewhere);
  await codeField(elsewhere).fill('12345');
  await codeField(elsewhere).press('Enter');
  await expect(main(elsewhere).getByText(secondFactor.codeShort)).toBeVisible();
  await codeField(elsewhere).fill(totp(secret, 1));
  await codeField(elsewhere).press('Enter');
  await expect(elsewhere).toHaveURL(/^[^?]+\/account$/);

  const again = await (await browser.newContext({ baseURL })).newPage();
  await passwordStep(again, member);
  await again.getByRole('button', { name: secondFactor.useRecoveryCode }).click();
  await again.getByLabel(secondFactor.recoveryCode, { exact: true }).fill(codes[0] ?? '');
  await main(again).getByRole('button', { name: logIn.submit, exact: true }).click();
  await expect(again).toHaveURL(/^[^?]+\/account$/);
  await expect(async () => expect(await newestMail(member.email)).toContain('recovery code')).toPass();
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('it is asked for as well', async ({ page, account }) => {
    const member = await account('reader');
    const { secret } = await withFactor(member);
    await page.goto('/login?next=/account');
    await page.getByLabel(words.email).fill(member.email);
    await page.getByLabel(words.password, { exact: true }).fill(PASSWORD);
    await main(page).getByRole('button', { name: logIn.submit, exact: true }).click();
    await codeField(page).fill(totp(secret, 1));
    await main(page).getByRole('button', { name: logIn.submit, exact: true }).click();
    await expect(page).toHaveURL(/^[^?]+\/account$/);
  });
});

test('is what confirms a change, and is turned off with it', async ({ page, account }) => {
  const member = await account('reader');
  const { secret, codes } = await withFactor(member);
  await passwordStep(page, member, '/account/two-factor');
  const used = totp(secret, 1);
  await codeField(page).fill(used);
  await codeField(page).press('Enter');
  await expect(page).toHaveURL(/\/account\/two-factor$/);

  await page.getByRole('button', { name: secondFactor.recovery.renew }).click();
  await expect(page.getByText(secondFactor.recovery.shown)).toBeVisible();
  const renewed = await main(page).getByRole('listitem').allTextContents();
  expect(renewed).not.toContain(codes[0]);
  await page.getByRole('button', { name: secondFactor.recovery.done }).click();

  ageLogins(member);
  await page.getByRole('button', { name: secondFactor.remove.open }).click();
  await page.getByRole('dialog').getByRole('button', { name: secondFactor.remove.submit }).click();
  const question = page.getByRole('dialog', { name: words.stepUp.codeTitle });
  await expect(question.getByLabel(secondFactor.code, { exact: true })).toBeFocused();
  await question.getByLabel(secondFactor.code, { exact: true }).fill(used);
  await question.getByRole('button', { name: words.stepUp.submit }).click();
  await expect(question.getByText(secondFactor.wrong), 'the code was used to log in').toBeVisible();
  await question.getByRole('button', { name: secondFactor.useRecoveryCode }).click();
  await question.getByLabel(secondFactor.recoveryCode, { exact: true }).fill(renewed[0] ?? '');
  await question.getByRole('button', { name: words.stepUp.submit }).click();
  await expect(page.getByRole('button', { name: secondFactor.setUp.start })).toBeVisible();
});

test('is reset by an administrator for who has lost the phone', async ({ page, account, logInAs, browser, baseURL }) => {
  const member = await account('author');
  await withFactor(member);
  const admin = await account('admin');
  await logInAs(page, admin);
  await page.goto(`/studio/users/${member.id}`);
  await page.getByRole('button', { name: users.secondFactor.open }).click();
  await page.getByRole('dialog').getByRole('button', { name: users.secondFactor.submit }).click();
  await expect(page.getByText(users.secondFactor.off)).toBeVisible();
  const elsewhere = await (await browser.newContext({ baseURL })).newPage();
  await logInAs(elsewhere, member);
  await expect(async () => expect(await newestMail(member.email)).toContain('Two-factor authentication is off')).toPass();
});
