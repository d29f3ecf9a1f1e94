'use server';
import { requestPasswordReset } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient } from '@/session/current';

/** Let the link be mailed, if an account has the address. */
export async function askForLink(_before: FormState, form: FormData): Promise<FormState> {
  const values = formText(form, 'email');
  const error = formError(await requestPasswordReset({ client: await anonymousClient(), body: values }), values);
  return error ?? { values, done: messages.account.forgotPassword.done(values.email) };
}
