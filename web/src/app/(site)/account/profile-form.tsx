'use client';
import { useActionState } from 'react';
import type { User } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { TextArea, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { saveProfile } from './actions';

const { account } = messages;

/** Form of the profile; `version` is the ETag of what it shows. */
export function ProfileForm({ user, version }: { user: User; version: string }) {
  const [{ values, errors, ...state }, action] = useActionState(saveProfile, {});
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state}>
        {state.code === 'PRECONDITION_FAILED' && (
          <a href="/account" className="mt-1 inline-block underline underline-offset-4">
            {account.loadNewest}
          </a>
        )}
      </FormNotice>
      <StepUp state={state} />
      <input type="hidden" name="version" value={version} />
      <TextField
        label={account.displayName}
        name="display_name"
        autoComplete="name"
        required
        {...RULES.displayName}
        defaultValue={values?.display_name ?? user.display_name}
        error={errors?.display_name}
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
        defaultValue={values?.username ?? user.username}
        error={errors?.username}
      />
      <TextField
        label={account.email}
        name="email"
        type="email"
        autoComplete="email"
        required
        {...RULES.email}
        defaultValue={values?.email ?? user.email ?? ''}
        error={errors?.email}
      />
      <TextArea
        label={account.bio}
        hint={account.bioHint}
        name="bio"
        {...RULES.bio}
        defaultValue={values?.bio ?? user.bio}
        error={errors?.bio}
      />
      <Submit className="justify-self-start">{account.profile.save}</Submit>
    </form>
  );
}
