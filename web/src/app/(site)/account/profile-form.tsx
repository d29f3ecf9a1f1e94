'use client';
import { useActionState } from 'react';
import type { User } from '@/client';
import { DisplayNameField, EmailField, UsernameField } from '@/components/account-fields';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { TextArea } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { saveProfile } from './actions';

const { account } = messages;

/** Form of the profile; `version` is the ETag of what it shows. */
export function ProfileForm({ user, version }: { user: User; version: string }) {
  const [{ values, errors, ...state }, action] = useActionState(saveProfile, {});
  const fields = { values, errors };
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
      <DisplayNameField state={fields} required current={user.display_name} />
      <UsernameField state={fields} current={user.username} />
      <EmailField state={fields} current={user.email ?? ''} />
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
