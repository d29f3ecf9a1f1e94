'use client';
import { useActionState } from 'react';
import { EmailField, NewAccountFields } from '@/components/account-fields';
import { FormNotice, Submit } from '@/components/form';
import { messages } from '@/messages';
import { signUp } from './actions';

export function SignUpForm({ next }: { next: string }) {
  const [{ values, errors, ...state }, action] = useActionState(signUp, {});
  const { account } = messages;
  const fields = { values, errors };
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <input type="hidden" name="next" value={next} />
      <EmailField state={fields} />
      <NewAccountFields state={fields} />
      <Submit size="large">{account.signUp.submit}</Submit>
    </form>
  );
}
