'use server';
/** Server Action that confirms who one is, for changes that the API refuses with STEP_UP_REQUIRED. */
import { stepUp, stepUpWithSecondFactor } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { sessionClient } from '@/session/current';

const { stepUp: words, secondFactor } = messages.account;

/** Confirm the password, or a code of an account with two-factor authentication. */
export async function confirmPassword(_before: FormState, form: FormData): Promise<FormState> {
  return form.has('code') ? confirmCode(form) : confirmWithPassword(form);
}

async function confirmWithPassword(form: FormData): Promise<FormState> {
  const body = { method: 'password' as const, ...formText(form, 'password') };
  const result = await stepUp({ client: await sessionClient(), body });
  const known = { INVALID_CURRENT_PASSWORD: { password: words.wrong }, PASSWORD_NOT_ENOUGH: words.codeNeeded };
  return formError(result, {}, known) ?? { done: words.title };
}

async function confirmCode(form: FormData): Promise<FormState> {
  const result = await stepUpWithSecondFactor({ client: await sessionClient(), body: formText(form, 'code') });
  const error = formError(result, {}, { SECOND_FACTOR_INVALID: { code: secondFactor.wrong } });
  if (error?.code === 'INVALID_INPUT') return { errors: { code: secondFactor.codeShort }, code: error.code };
  return error ?? { done: words.codeTitle };
}
