'use client';
import { useActionState } from 'react';
import { EmailField, NewAccountFields } from '@/components/account-fields';
import { FormNotice, Submit } from '@/components/form';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { askForLink, signUp } from './actions';

export function SignUpForm({ next }: { next: string }) {
  const [{ values, errors, done, ...state }, action] = useActionState(signUp, {});
  const { account } = messages;
  const fields = { values, errors };
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      {done && <Notice tone="good">{done}</Notice>}
      <input type="hidden" name="next" value={next} />
      <EmailField state={fields} />
      <NewAccountFields state={fields} />
      <Submit size="large">{account.signUp.submit}</Submit>
    </form>
  );
}

/** Form that asks for the mail, where addresses are proved first. */
export function VerifiedSignUpForm() {
  const [{ values, errors, done, ...state }, action] = useActionState(askForLink, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      {/* It stays: one goes on in the mailbox, and may come back. */}
      {done && (
        <Notice tone="good" className="break-words">
          {done}
        </Notice>
      )}
      <EmailField state={{ values, errors }} />
      <Submit size="large">{messages.account.signUp.verifiedSubmit}</Submit>
    </form>
  );
}
