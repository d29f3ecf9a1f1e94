'use client';
import { PasswordField } from '@/components/form-password';
import type { FormState } from '@/components/form-state';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';

const { account } = messages;

type AccountFieldProps = Partial<React.ComponentProps<typeof TextField>> & {
  /** State of the form: what had been typed, and errors by field name. */
  state: Pick<FormState, 'values' | 'errors'>;
  /** What the account has now. */
  current?: string;
};

export function EmailField(props: AccountFieldProps) {
  return <AccountField name="email" label={account.email} type="email" autoComplete="email" required {...RULES.email} {...props} />;
}

export function UsernameField(props: AccountFieldProps) {
  return (
    <AccountField
      name="username"
      label={account.username}
      hint={account.usernameHint}
      autoComplete="nickname"
      autoCapitalize="none"
      spellCheck={false}
      required
      {...RULES.username}
      {...props}
    />
  );
}

export function DisplayNameField(props: AccountFieldProps) {
  return <AccountField name="display_name" label={account.displayName} autoComplete="name" {...RULES.displayName} {...props} />;
}

/** Name and password of a new account, whose name is the username where none is typed. */
export function NewAccountFields({ state, name }: { state: AccountFieldProps['state']; name?: string }) {
  return (
    <>
      <UsernameField state={state} />
      <DisplayNameField state={state} hint={account.displayNameHint} current={name} />
      <PasswordField
        label={account.password}
        hint={account.passwordHint}
        name="password"
        autoComplete="new-password"
        required
        {...RULES.newPassword}
        error={state.errors?.password}
      />
    </>
  );
}

function AccountField({ state: { values, errors }, current, name, label, ...props }: AccountFieldProps & { name: string; label: string }) {
  return <TextField label={label} name={name} defaultValue={values?.[name] ?? current} error={errors?.[name]} {...props} />;
}
