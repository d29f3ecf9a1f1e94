'use server';
import { redirect } from 'next/navigation';
import { logIn } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient, setSessionCookies } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';

/** Log in, and redirect to `next`. */
export async function logInHere(_before: FormState, form: FormData): Promise<FormState> {
  const { email, password } = formText(form, 'email', 'password');
  const { wrong, inactive } = messages.account.logIn;
  const result = await logIn({ client: await anonymousClient(), body: { email, password } });
  const error = formError(result, { email }, { INVALID_CREDENTIALS: wrong, ACCOUNT_INACTIVE: inactive });
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect(safeRedirectPath(form.get('next')));
}
