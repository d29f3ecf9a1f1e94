'use server';
import { refresh } from 'next/cache';
import { createApiKey, revokeApiKey } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';
import { SCOPES } from './scopes';

const { account, apiKeys: words, manage } = messages;

/** Create an API key, which comes with the answer of this action alone. */
export async function createKey(_before: FormState, form: FormData): Promise<FormState & { created?: { key: string } }> {
  await requireUser();
  const chosen = form.getAll('scopes').map(String);
  const scopes = SCOPES.filter((scope) => chosen.includes(scope));
  const values = { ...formText(form, 'name', 'expires_in_days'), scopes: scopes.join(' ') };
  if (scopes.length === 0) return { values, errors: { scopes: words.add.noScopes } };
  const body = { name: values.name, scopes, expires_in_days: Number(values.expires_in_days) };
  const result = await createApiKey({ client: await sessionClient(), body });
  const error = formError(result, values, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    API_KEY_LIFETIME_TOO_LONG: { expires_in_days: words.add.tooLong },
    TOO_MANY_API_KEYS: words.add.tooMany,
  });
  if (error || !result.data) return error ?? {};
  refresh();
  return { done: words.add.done(values.name), created: { key: result.data.key } };
}

/** Revoke an API key. */
export async function revokeKey(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const { key_id, name } = formText(form, 'key_id', 'name');
  const result = await revokeApiKey({ client: await sessionClient(), path: { key_id } });
  const error = formError(result, {}, { NOT_FOUND: manage.alreadyDeleted });
  if (!error) refresh();
  return error ?? { done: words.revoke.done(name) };
}
