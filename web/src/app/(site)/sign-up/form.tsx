'use client';
import { useActionState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { PasswordField } from '@/components/form-password';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { signUp } from './actions';

export function SignUpForm({ next }: { next: string }) {
  const [{ values, errors, ...state }, action] = useActionState(signUp, {});
  const { account } = messages;
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <input type="hidden" name="next" value={next} />
      <TextField
        label={account.email}
        name="email"
        type="email"
        autoComplete="email"
        required
        {...RULES.email}
        defaultValue={values?.email}
        error={errors?.email}
      />
      <TextField
        label={account.username}
        hint={account.usernameHint}
        name="username"
        autoComplete="nickname"
        autoCapitalize="none"
        spellCheck={false}
        required
        {...RULES.username}
        defaultValue={values?.username}
        error={errors?.username}
      />
      <TextField
        label={account.displayName}
        hint={account.displayNameHint}
        name="display_name"
        autoComplete="name"
        {...RULES.displayName}
        defaultValue={values?.display_name}
        error={errors?.display_name}
      />
      <PasswordField
        label={account.password}
        hint={account.passwordHint}
        name="password"
        autoComplete="new-password"
        required
        {...RULES.newPassword}
        error={errors?.password}
      />
      <Submit size="large">{account.signUp.submit}</Submit>
    </form>
  );
}
