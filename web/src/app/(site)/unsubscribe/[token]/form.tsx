'use client';
import { useActionState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { messages } from '@/messages';
import { stopCommentMails } from './actions';

/** Form with the one button that stops mails about comments; the page then says that they are stopped. */
export function UnsubscribeForm({ token }: { token: string }) {
  const [state, action] = useActionState(stopCommentMails, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <input type="hidden" name="token" value={token} />
      <Submit className="justify-self-start">{messages.account.unsubscribe.submit}</Submit>
    </form>
  );
}
