'use server';
/** Server Action that confirms the password, for changes that the API refuses with STEP_UP_REQUIRED. */
import { stepUp } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { sessionClient } from '@/session/current';

export async function confirmPassword(_before: FormState, form: FormData): Promise<FormState> {
  const { title, wrong } = messages.account.stepUp;
  const body = { method: 'password' as const, ...formText(form, 'password') };
  const result = await stepUp({ client: await sessionClient(), body });
  return formError(result, {}, { INVALID_CURRENT_PASSWORD: { password: wrong } }) ?? { done: title };
}
