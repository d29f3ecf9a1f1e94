/** Webhooks in the studio, with a receiver that verifies what it gets as any receiver would. */
import { createServer } from 'node:http';

import type { Page } from '@playwright/test';
import { Webhook } from 'standardwebhooks';

import { createComment, listWebhooks, updateUser } from '@/client';
import { messages } from '@/messages';
import { ageLogins, answer, expect, PASSWORD, test, unique } from './fixtures';

const { webhooks: words, account: accountWords } = messages;
const { form, secret: secretWords, deliveries, delivery, test: testWords } = words;

const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
const done = (page: Page) => page.getByRole('status').filter({ hasText: /./ });
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

type Received = { headers: Record<string, string>; body: string };

/** A receiver on the port that the service may send to; what `respond` gives is its status and body. */
async function receiving(respond: () => [number, string]): Promise<{ url: string; received: Received[]; stop: () => void }> {
  const received: Received[] = [];
  const path = `/${unique('hook')}`;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      // What webhooks of other specs are told of.
      if (request.url !== path) return response.writeHead(204).end();
      received.push({ headers: request.headers as Record<string, string>, body });
      const [status, text] = respond();
      return response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' }).end(text);
    });
  });
  const port = Number(process.env.RECEIVER_PORT);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}${path}`, received, stop: () => server.close() };
}

test('a webhook is created, tested, repaired and deleted; its secret is seen once', async ({ page, context, account, logInAs, seedPost, admin }) => {
  let outcome: [number, string] = [200, '{"taken": true}'];
  const { url, received, stop } = await receiving(() => outcome);
  const chief = await account('admin', 'chief');
  const post = await seedPost(chief.client);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await logInAs(page, chief);
  ageLogins(chief);

  // A form with mistakes keeps what was typed.
  await page.goto('/studio/webhooks');
  await page.getByRole('link', { name: words.new }).click();
  await page.getByLabel(form.url, { exact: true }).fill(url.replace('127.0.0.1', 'me:secret@127.0.0.1'));
  await page.getByRole('button', { name: form.create }).click();
  await expect(page.getByRole('group', { name: form.events })).toHaveAccessibleDescription(form.noEvents);
  await page.getByRole('button', { name: form.chooseAllOf(words.groups.comment ?? '') }).click();
  await page.getByRole('checkbox', { name: 'comment.deleted' }).uncheck();
  await page.getByLabel(form.authors, { exact: true }).fill('nobody-at-all');
  await page.getByRole('button', { name: form.create }).click();
  await expect(page.getByLabel(form.authors, { exact: true })).toHaveAccessibleDescription(new RegExp(form.unknownAuthor('nobody-at-all')));
  await page.getByLabel(form.authors, { exact: true }).fill(chief.username);
  await page.getByRole('button', { name: form.create }).click();
  const question = page.getByRole('dialog', { name: accountWords.stepUp.title });
  await question.getByLabel(accountWords.password, { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: accountWords.stepUp.submit }).click();
  await expect(page.getByLabel(form.url, { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel(form.url, { exact: true }).fill(url);
  await expect(page.getByRole('checkbox', { name: 'comment.created' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'comment.deleted' })).not.toBeChecked();
  await page.getByRole('button', { name: form.create }).click();

  const shown = page.getByRole('region', { name: secretWords.label });
  await expect(shown).toContainText(secretWords.once);
  const secret = await shown.getByRole('code').innerText();
  await shown.getByRole('button', { name: secretWords.copy }).click();
  await expect(shown.getByRole('status')).toHaveText(messages.manage.copying.copied);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  const webhook = (await answer(listWebhooks({ client: admin }))).find((each) => each.url === url);
  expect(webhook).toMatchObject({ events: ['comment.created', 'comment.updated'], authors: [chief.id], tags: [] });
  const address = `/studio/webhooks/${webhook?.id}`;
  await page.getByRole('link', { name: secretWords.go }).click();
  await page.waitForURL(`**${address}`);
  for (const path of [address, `${address}/settings`]) expect(await (await page.request.get(path)).text()).not.toContain(secret);

  // A test is delivered, and then what happens: to the author's comments alone.
  const verified = (index: number, key: string) => {
    const { body, headers } = received[index] as Received;
    return new Webhook(key).verify(body, headers) as { type: string; data: { comment: { id: number } } };
  };
  await page.getByRole('button', { name: testWords.submit }).click();
  await expect(page.getByRole('main').getByText(/^Delivered: the receiver responded with 200/)).toBeVisible();
  expect(verified(0, secret).type).toBe('ping');
  outcome = [500, '{"error":{"code":"INDEX_LOCKED"}}'];
  const comment = await answer(createComment({ client: chief.client, path: { post_id: post.id }, body: { body: 'Told of.' } }));
  await expect(async () => {
    await page.goto(`${address}?state=waiting&event=comment.created`);
    await expect(rows(page)).toContainText(`500`, { timeout: 1_000 });
  }).toPass();
  expect(received.length).toBeGreaterThan(1);
  expect(verified(1, secret)).toMatchObject({ type: 'comment.created', data: { comment: { id: comment.id } } });
  await expect(rows(page)).toContainText(deliveries.states.retrying);
  await page.goto(address);
  await page.getByRole('link', { name: 'comment.created' }).click();
  await expect(heading(page)).toHaveText('comment.created');
  await expect(page.getByRole('group', { name: delivery.responseBody }).first()).toContainText('"code": "INDEX_LOCKED"');
  await expect(page.getByRole('group', { name: delivery.requestHeaders }).first()).toContainText(`webhook-id: ${received[1]?.headers['webhook-id']}`);
  await expect(page.getByRole('group', { name: delivery.message })).toContainText('"type": "comment.created"');

  // The receiver is repaired: the same message is sent again.
  outcome = [200, ''];
  await page.getByRole('button', { name: delivery.redeliver.submit }).click();
  await expect(done(page)).toHaveText(delivery.redeliver.done);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(deliveries.states.delivered, { exact: true })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  expect(received.at(-1)?.headers['webhook-id']).toBe(received[1]?.headers['webhook-id']);

  // For a while both secrets sign.
  await page.goto(`${address}/settings`);
  await page.getByRole('button', { name: secretWords.rotate.open }).click();
  await page.getByRole('dialog').getByRole('button', { name: secretWords.rotate.submit }).click();
  const newer = await shown.getByRole('code').innerText();
  expect(newer).not.toBe(secret);
  await page.goto(address);
  await page.getByRole('button', { name: testWords.submit }).click();
  await expect(page.getByRole('main').getByText(/^Delivered: the receiver responded with 200/)).toBeVisible();
  const last = received.length - 1;
  expect([verified(last, secret).type, verified(last, newer).type]).toEqual(['ping', 'ping']);

  // The end of the connection is an outcome too.
  stop();
  await page.getByRole('button', { name: testWords.submit }).click();
  await expect(page.getByRole('main').getByText(testWords.again)).toBeVisible();
  await page.getByRole('button', { name: words.activity.switchOff }).click();
  await expect(done(page)).toHaveText(words.activity.doneOff);
  await expect(page.getByRole('button', { name: testWords.submit })).toHaveCount(0);
  await page.getByRole('link', { name: words.settings.open }).click();
  await page.getByRole('button', { name: words.remove.open }).click();
  await page.getByRole('dialog').getByRole('button', { name: words.remove.submit }).click();
  await page.waitForURL(/\/studio\/webhooks\?done=deleted$/);
  await expect(page.getByText(url)).toHaveCount(0);
  await answer(updateUser({ client: admin, path: { user_id: chief.id }, body: { role: 'reader' } }));
});
