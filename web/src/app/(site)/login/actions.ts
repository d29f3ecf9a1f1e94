'use server';
import { redirect } from 'next/navigation';
import { logIn } from '@/client';
import { type FormState, refusal, textOf } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient, keepSession } from '@/session/current';
import { pageHere } from '@/session/next';

/** Begin a session, and go on to where it was asked for. */
export async function logInHere(_before: FormState, form: FormData): Promise<FormState> {
  const { email, password } = textOf(form, 'email', 'password');
  const { wrong, inactive } = messages.account.logIn;
  const result = await logIn({ client: await anonymousClient(), body: { email, password } });
  const refused = refusal(result, { email }, { INVALID_CREDENTIALS: wrong, ACCOUNT_INACTIVE: inactive });
  if (refused) return refused;
  if (result.data) await keepSession(result.data);
  redirect(pageHere(form.get('next')));
}
