'use server';
import { refresh } from 'next/cache';
import {
  addPasskey,
  getPasskeyCreationOptions,
  type PasskeyCreationOptions,
  type PasskeyRegistration,
  removePasskey,
  renamePasskey,
} from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';

const { passkeys: words, stepUp } = messages.account;

export type CreationState = FormState & { options?: PasskeyCreationOptions };
export type AddedState = FormState & { codes?: string[] };

/** Get the options for a new passkey. */
export async function beginAdding(values: { name: string }): Promise<CreationState> {
  await requireUser();
  const result = await getPasskeyCreationOptions({ client: await sessionClient() });
  const known = { STEP_UP_REQUIRED: stepUp.needed, TOO_MANY_PASSKEYS: words.tooMany };
  return formError(result, values, known) ?? { options: result.data };
}

/** Add the passkey that the browser has made; returns recovery codes with the first one. */
export async function finishAdding(values: { name: string }, credential: PasskeyRegistration): Promise<AddedState> {
  await requireUser();
  const result = await addPasskey({ client: await sessionClient(), body: { ...values, credential } });
  const error = formError(result, values, {
    STEP_UP_REQUIRED: stepUp.needed,
    PASSKEY_INVALID: words.invalid,
    PASSKEY_CHALLENGE_INVALID: words.stale,
    PASSKEY_REGISTERED: words.failures.registered,
    TOO_MANY_PASSKEYS: words.tooMany,
  });
  if (error) return error;
  refresh();
  return { done: words.added, codes: result.data?.recovery_codes ?? undefined };
}

/** Rename a passkey. */
export async function renameHere(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const { passkey_id, name } = formText(form, 'passkey_id', 'name');
  const result = await renamePasskey({ client: await sessionClient(), path: { passkey_id }, body: { name } });
  const error = formError(result, { name }, { NOT_FOUND: words.gone });
  if (error) return error;
  refresh();
  return { done: words.renamed };
}

/** Remove a passkey. */
export async function removeHere(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const { passkey_id } = formText(form, 'passkey_id');
  const result = await removePasskey({ client: await sessionClient(), path: { passkey_id } });
  const error = formError(result, {}, { STEP_UP_REQUIRED: stepUp.needed, NOT_FOUND: words.gone });
  if (error) return error;
  refresh();
  return { done: words.removed };
}
