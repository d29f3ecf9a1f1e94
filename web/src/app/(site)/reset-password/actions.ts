'use server';
import { redirect } from 'next/navigation';
import { lookUpPasswordReset, type OpenPasswordReset, resetPassword } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient, clearSessionCookies } from '@/session/current';

const { account } = messages;

/** Why a link cannot be used. */
const UNUSABLE = {
  LINK_INVALID: account.resetPassword.invalid,
  LINK_EXPIRED: account.resetPassword.expired,
  LINK_USED: account.resetPassword.used,
  LINK_REVOKED: account.resetPassword.revoked,
};

export type Opened = { reset?: OpenPasswordReset; failure?: FormState };

/**
 * Return whose password the link with this `secret` sets, or why it cannot be opened. It comes in a form: other arguments
 * of actions are in the log of a development server.
 */
export async function openLink(form: FormData): Promise<Opened> {
  const { secret } = formText(form, 'secret');
  const result = await lookUpPasswordReset({ client: await anonymousClient(), body: { secret } });
  const failure = formError(result, {}, UNUSABLE);
  // What is no secret at all is refused by its form.
  if (failure?.code === 'INVALID_INPUT') return { failure: { message: account.resetPassword.incomplete, code: failure.code } };
  return failure ? { failure } : { reset: result.data };
}

/** Set the password, and go to the log-in: all sessions have ended, also that of this browser. */
export async function savePassword(_before: FormState, form: FormData): Promise<FormState> {
  const { secret, new_password: password } = formText(form, 'secret', 'new_password');
  const result = await resetPassword({ client: await anonymousClient(), body: { secret, password } });
  const error = formError(result, {}, {
    ...UNUSABLE,
    ACCOUNT_INACTIVE: account.logIn.inactive,
    PASSWORD_TOO_COMMON: { new_password: account.passwordTooCommon },
  });
  if (error?.errors?.password) return { ...error, errors: { new_password: error.errors.password } };
  if (error) return error;
  await clearSessionCookies();
  redirect('/login?after=password-reset');
}
