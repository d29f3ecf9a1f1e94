'use client';
import { useActionState } from 'react';
import type { User } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { PasswordField } from '@/components/form-password';
import { StepUp } from '@/components/step-up';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { deleteAccount, endSessions, saveMails, savePassword } from './actions';

const { changePassword, deletion, logOutEverywhere, mails } = messages.account;

/** Form to change the password; `username` is for password managers. */
export function PasswordForm({ username }: { username: string }) {
  const [{ errors, ...state }, action] = useActionState(savePassword, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <input type="hidden" name="username" autoComplete="username" value={username} />
      <PasswordField
        label={changePassword.current}
        name="current_password"
        autoComplete="current-password"
        required
        error={errors?.current_password}
      />
      <PasswordField
        label={changePassword.new}
        hint={messages.account.passwordHint}
        name="new_password"
        autoComplete="new-password"
        required
        {...RULES.newPassword}
        error={errors?.new_password}
      />
      <Submit className="justify-self-start">{changePassword.save}</Submit>
    </form>
  );
}

/** Form with the switch for mails about comments. */
export function MailsForm({ user }: { user: User }) {
  const [state, action] = useActionState(saveMails, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <label className="flex items-start gap-2 text-sm">
        <input
          // React empties the form after its action: the saved value is another start.
          key={String(user.comment_notifications)}
          type="checkbox"
          name="comment_notifications"
          defaultChecked={user.comment_notifications}
          className="accent-accent mt-0.5 size-4"
        />
        {mails.comments}
      </label>
      <Submit className="justify-self-start">{mails.save}</Submit>
    </form>
  );
}

/** Form to log out on all devices. */
export function SessionsForm() {
  const [state, action] = useActionState(endSessions, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <label className="flex items-center gap-2 text-sm">
        <input type="checkbox" name="keep_current" defaultChecked className="accent-accent size-4" />
        {logOutEverywhere.keep}
      </label>
      <Submit look="secondary" className="justify-self-start">
        {logOutEverywhere.submit}
      </Submit>
    </form>
  );
}

/** Form to delete the account, confirmed by typing the username. */
export function DeleteForm({ username }: { username: string }) {
  const [{ values, errors, ...state }, action] = useActionState(deleteAccount, {});
  return (
    <details open={errors !== undefined || state.message !== undefined}>
      <summary className="text-bad w-fit text-sm underline underline-offset-4">{deletion.open}</summary>
      <form action={action} className="mt-5 grid gap-5">
        <FormNotice state={state} />
        <StepUp state={state} />
        <TextField
          label={deletion.confirm(username)}
          name="username"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          defaultValue={values?.username}
          error={errors?.username}
        />
        <Submit look="danger" className="justify-self-start">
          {deletion.submit}
        </Submit>
      </form>
    </details>
  );
}
