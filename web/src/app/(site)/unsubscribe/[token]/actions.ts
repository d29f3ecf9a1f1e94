'use server';
import { refresh } from 'next/cache';
import { unsubscribe } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient } from '@/session/current';

/** Stop mails about comments for the account that has the token of the link. */
export async function stopCommentMails(_before: FormState, form: FormData): Promise<FormState> {
  const { token } = formText(form, 'token');
  const result = await unsubscribe({ client: await anonymousClient(), path: { token } });
  const error = formError(result, {}, { NOT_FOUND: messages.account.unsubscribe.invalid });
  if (error) return error;
  refresh();
  return {};
}
