'use server';
import { redirect } from 'next/navigation';
import { completeSignUp, lookUpSignUp, type OpenSignUp } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import type { Opened } from '@/components/mailed-link';
import { UNUSABLE_LINK } from '@/components/mailed-link-problems';
import { messages } from '@/messages';
import { anonymousClient, setSessionCookies } from '@/session/current';

const { account } = messages;

/**
 * Return for which address the link with this `secret` creates an account, or why it cannot be opened. It comes in a form:
 * other arguments of actions are in the log of a development server.
 */
export async function openLink(form: FormData): Promise<Opened<OpenSignUp>> {
  const { secret } = formText(form, 'secret');
  const result = await lookUpSignUp({ client: await anonymousClient(), body: { secret } });
  const failure = formError(result, {}, UNUSABLE_LINK);
  // What is no secret at all is refused by its form.
  if (failure?.code === 'INVALID_INPUT') return { failure: { message: account.mailedLink.incomplete, code: failure.code } };
  return failure ? { failure } : { found: result.data };
}

/** Create the account, and log in. */
export async function createAccount(_before: FormState, form: FormData): Promise<FormState> {
  const { secret, password, ...values } = formText(form, 'secret', 'username', 'display_name', 'password');
  const { username, display_name } = values;
  const result = await completeSignUp({
    client: await anonymousClient(),
    body: { secret, username, password, ...(display_name && { display_name }) },
  });
  const error = formError(result, values, {
    ...UNUSABLE_LINK,
    EMAIL_TAKEN: account.confirmSignUp.emailTaken,
    USERNAME_TAKEN: { username: account.usernameTaken },
    USERNAME_RESERVED: { username: account.usernameReserved },
    PASSWORD_TOO_COMMON: { password: account.passwordTooCommon },
  });
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect('/');
}
