'use server';
import { refresh } from 'next/cache';
import { confirmEmailChange, lookUpEmailChange, type OpenEmailChange } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import type { Opened } from '@/components/mailed-link';
import { UNUSABLE_LINK } from '@/components/mailed-link-problems';
import { messages } from '@/messages';
import { anonymousClient } from '@/session/current';

const { account } = messages;

/**
 * Return which address the link with this `secret` confirms, or why it cannot be opened. It comes in a form: other
 * arguments of actions are in the log of a development server.
 */
export async function openLink(form: FormData): Promise<Opened<OpenEmailChange>> {
  const { secret } = formText(form, 'secret');
  const result = await lookUpEmailChange({ client: await anonymousClient(), body: { secret } });
  const failure = formError(result, {}, UNUSABLE_LINK);
  // What is no secret at all is refused by its form.
  if (failure?.code === 'INVALID_INPUT') return { failure: { message: account.mailedLink.incomplete, code: failure.code } };
  return failure ? { failure } : { found: result.data };
}

/** Give the account its new address. */
export async function confirmEmail(_before: FormState, form: FormData): Promise<FormState> {
  const { secret, email } = formText(form, 'secret', 'email');
  const error = formError(await confirmEmailChange({ client: await anonymousClient(), body: { secret } }), {}, {
    ...UNUSABLE_LINK,
    ACCOUNT_INACTIVE: account.logIn.inactive,
    EMAIL_TAKEN: account.confirmEmail.emailTaken,
  });
  if (error) return error;
  refresh();
  return { done: account.confirmEmail.done(email) };
}
