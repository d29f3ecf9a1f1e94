'use server';
import { redirect } from 'next/navigation';
import { completeLogIn, getPasskeySecondFactorOptions, logIn } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { problemOf } from '@/lib/problems';
import { messages } from '@/messages';
import { anonymousClient, setSessionCookies } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';

const { logIn: words, secondFactor } = messages.account;

/** `challenge`: the password is right, and a code is needed too, or a passkey where the account has one. */
export type LogInState = FormState & { challenge?: string; hasPasskey?: boolean };

/** Log in, and redirect to `next`. */
export async function logInHere(_before: LogInState, form: FormData): Promise<LogInState> {
  const { email, password } = formText(form, 'email', 'password');
  const result = await logIn({ client: await anonymousClient(), body: { email, password } });
  const problem = problemOf(result);
  if (problem?.code === 'SECOND_FACTOR_REQUIRED') {
    const { challenge } = problem;
    const { response } = await getPasskeySecondFactorOptions({ client: await anonymousClient(), body: { challenge } });
    return { challenge, hasPasskey: response?.ok };
  }
  const known = { INVALID_CREDENTIALS: words.wrong, ACCOUNT_INACTIVE: words.inactive };
  const error = formError(result, { email }, known);
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect(safeRedirectPath(form.get('next')));
}

/** Log in with a code, after the password, and redirect to `next`. */
export async function completeLogInHere(_before: FormState, form: FormData): Promise<FormState> {
  const body = formText(form, 'challenge', 'code');
  const result = await completeLogIn({ client: await anonymousClient(), body });
  const error = formError(result, {}, {
    SECOND_FACTOR_INVALID: { code: secondFactor.wrong },
    LOGIN_CHALLENGE_INVALID: secondFactor.logIn.expired,
    ACCOUNT_INACTIVE: words.inactive,
  });
  if (error?.code === 'INVALID_INPUT') return { errors: { code: secondFactor.codeShort }, code: error.code };
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect(safeRedirectPath(form.get('next')));
}
