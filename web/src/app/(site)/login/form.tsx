'use client';
import Link from 'next/link';
import { useActionState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { PasswordField } from '@/components/form-password';
import { TextField } from '@/components/ui/field';
import { messages } from '@/messages';
import { logInHere } from './actions';

export function LogInForm({ next }: { next: string }) {
  const [state, action] = useActionState(logInHere, {});
  const { account } = messages;
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <input type="hidden" name="next" value={next} />
      <TextField
        label={account.email}
        name="email"
        type="email"
        autoComplete="username"
        required
        defaultValue={state.values?.email}
        error={state.errors?.email}
      />
      <PasswordField
        label={account.password}
        name="password"
        autoComplete="current-password"
        required
        error={state.errors?.password}
      />
      <Link href="/forgot-password" className="text-accent -mt-3 w-fit text-sm underline underline-offset-4">
        {account.logIn.forgot}
      </Link>
      <Submit size="large">{account.logIn.submit}</Submit>
    </form>
  );
}
