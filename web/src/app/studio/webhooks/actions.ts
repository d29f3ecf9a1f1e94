'use server';
import { refresh } from 'next/cache';
import { redirect } from 'next/navigation';
import {
  createWebhook, deleteWebhook, getAuthor, pingWebhook, redeliverWebhook, rotateWebhookSecret, updateWebhook, type NewWebhook,
} from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { problemOf } from '@/lib/problems';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';

const { account, manage, webhooks: words } = messages;
const { alreadyDeleted } = manage;
const PATH = '/studio/webhooks';

const FIELDS = ['url', 'description', 'which_events', 'tags', 'authors'] as const;
type Typed = Record<(typeof FIELDS)[number] | 'events', string>;

/** Return what was typed into the form of an endpoint. */
function typedIn(form: FormData): Typed {
  return { ...formText(form, ...FIELDS), events: form.getAll('events').map(String).join(' ') };
}

const listed = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** Return the endpoint that was typed, or the state of the form if it has an author whom nobody knows. */
async function endpointOf(typed: Typed): Promise<{ body: NewWebhook } | { error: FormState }> {
  const authors: number[] = [];
  for (const username of listed(typed.authors)) {
    const result = await getAuthor({ client: await sessionClient(), path: { username }, cache: 'no-store' });
    const error = formError(result, typed, { NOT_FOUND: { authors: words.form.unknownAuthor(username) } });
    if (error) return { error };
    if (result.data) authors.push(result.data.id);
  }
  // The names are those of the API's own list; it refuses others.
  const events = typed.which_events === 'all' ? null : (listed(typed.events) as NonNullable<NewWebhook['events']>);
  if (events?.length === 0) return { error: { values: typed, errors: { events: words.form.noEvents } } };
  return { body: { url: typed.url, description: typed.description, events, tags: listed(typed.tags), authors } };
}

/** Create an endpoint; its secret comes with the answer of this action alone. */
export async function createEndpoint(_before: FormState, form: FormData): Promise<FormState & { created?: { id: string; secret: string } }> {
  await requireRole('admin');
  const typed = typedIn(form);
  const found = await endpointOf(typed);
  if ('error' in found) return found.error;
  const result = await createWebhook({ client: await sessionClient(form), body: found.body });
  const error = formError(result, typed, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    WEBHOOK_URL_REFUSED: { url: problemOf(result)?.detail ?? '' },
    TOO_MANY_WEBHOOKS: words.form.tooMany,
  });
  if (error || !result.data) return error ?? {};
  const { id, secret } = result.data;
  return { done: words.form.created, created: { id, secret } };
}

/** Update an endpoint, with `If-Match`. */
export async function saveEndpoint(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { webhook_id, version } = formText(form, 'webhook_id', 'version');
  const typed = typedIn(form);
  const found = await endpointOf(typed);
  if ('error' in found) return found.error;
  const result = await updateWebhook({
    client: await sessionClient(),
    path: { webhook_id },
    headers: { 'If-Match': version },
    body: found.body,
  });
  const error = formError(result, typed, {
    WEBHOOK_URL_REFUSED: { url: problemOf(result)?.detail ?? '' },
    PRECONDITION_FAILED: words.form.stale,
    NOT_FOUND: alreadyDeleted,
  });
  if (!error) refresh();
  return error ?? { done: words.form.saved };
}

/** Switch an endpoint on or off. */
export async function setActivity(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { webhook_id, is_enabled } = formText(form, 'webhook_id', 'is_enabled');
  const body = { is_enabled: is_enabled === 'true' };
  const result = await updateWebhook({ client: await sessionClient(), path: { webhook_id }, body });
  const error = formError(result, {}, { NOT_FOUND: alreadyDeleted });
  if (!error) refresh();
  return error ?? { done: body.is_enabled ? words.activity.doneOn : words.activity.doneOff };
}

/** Give an endpoint a new secret, which comes with the answer of this action alone. */
export async function rotateSecret(
  _before: FormState,
  form: FormData,
): Promise<FormState & { rotated?: { secret: string; until: string | null } }> {
  await requireRole('admin');
  const values = formText(form, 'webhook_id', 'overlap_hours');
  const result = await rotateWebhookSecret({
    client: await sessionClient(form),
    path: { webhook_id: values.webhook_id },
    body: { overlap_hours: Number(values.overlap_hours) },
  });
  const error = formError(result, values, { STEP_UP_REQUIRED: account.stepUp.needed, NOT_FOUND: alreadyDeleted });
  if (error || !result.data) return error ?? {};
  refresh();
  const { secret, previous_secret_expires_at: until } = result.data;
  return { done: words.secret.rotate.done, rotated: { secret, until } };
}

/** Send a test message; `delivery` is the id of its delivery. */
export async function sendTest(_before: FormState, form: FormData): Promise<FormState & { delivery?: number }> {
  await requireRole('admin');
  const { webhook_id } = formText(form, 'webhook_id');
  const result = await pingWebhook({ client: await sessionClient(form), path: { webhook_id } });
  const error = formError(result, {}, { WEBHOOK_DISABLED: words.test.off, NOT_FOUND: alreadyDeleted });
  if (error) return error;
  refresh();
  return { delivery: result.data?.id };
}

/** Send a delivery again. */
export async function redeliver(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { webhook_id, delivery_id } = formText(form, 'webhook_id', 'delivery_id');
  const result = await redeliverWebhook({
    client: await sessionClient(form),
    path: { webhook_id, delivery_id: Number(delivery_id) },
  });
  const error = formError(result, {}, { WEBHOOK_DISABLED: words.delivery.redeliver.off, NOT_FOUND: alreadyDeleted });
  if (!error) refresh();
  return error ?? { done: words.delivery.redeliver.done };
}

/** Delete an endpoint and the log of its deliveries. */
export async function removeEndpoint(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { webhook_id } = formText(form, 'webhook_id');
  const result = await deleteWebhook({ client: await sessionClient(), path: { webhook_id } });
  const error = formError(result, {}, { NOT_FOUND: alreadyDeleted });
  if (error) return error;
  redirect(`${PATH}?done=deleted`);
}
