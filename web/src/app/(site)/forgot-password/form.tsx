'use client';
import { useActionState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { TextField } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { askForLink } from './actions';

const { account } = messages;

/** Form that asks for the mail. What it says afterwards is the same for every address. */
export function ForgotPasswordForm({ email }: { email?: string }) {
  const [{ done, ...state }, action] = useActionState(askForLink, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      {/* It stays, unlike what is said of other forms: one goes on in the mailbox, and may come back. */}
      {done && <Notice tone="good">{done}</Notice>}
      <TextField
        label={account.email}
        name="email"
        type="email"
        autoComplete="username"
        required
        defaultValue={state.values?.email ?? email}
        error={state.errors?.email}
      />
      <Submit size="large">{account.forgotPassword.submit}</Submit>
    </form>
  );
}
