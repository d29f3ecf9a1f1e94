'use client';
import type { User } from '@/client';
import { DisplayNameField, EmailField, UsernameField } from '@/components/account-fields';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Select, TextArea } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { saveUser } from '../actions';

const { users: words, loadNewest } = messages.manage;
const ROLES = Object.fromEntries(
  (Object.keys(words.roles) as (keyof typeof words.roles)[]).map((role) => [
    role,
    `${words.roles[role]}: ${words.roleHints[role]}`,
  ]),
);

/** Form for profile and role; `version` is the ETag of what it shows. */
export function ProfileOf({ user, version }: { user: User; version: string }) {
  const { profile } = words;
  const [{ values, errors, done: _announced, ...state }, action] = useActionWithStatus(saveUser);
  const fields = { values, errors };
  const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false };
  return (
    <form action={action} className="grid w-full max-w-md gap-5">
      <FormNotice state={state}>
        {state.code === 'PRECONDITION_FAILED' && (
          <a href={`/studio/users/${user.id}`} className="mt-1 inline-block underline underline-offset-4">
            {loadNewest}
          </a>
        )}
      </FormNotice>
      <StepUp state={state} />
      <input type="hidden" name="user_id" value={user.id} />
      <input type="hidden" name="version" value={version} />
      <Select label={profile.role} name="role" options={ROLES} defaultValue={values?.role || user.role} error={errors?.role} />
      <DisplayNameField state={fields} label={profile.name} required autoComplete="off" current={user.display_name} />
      <UsernameField state={fields} {...plain} label={profile.username} hint={undefined} current={user.username} />
      <EmailField
        state={fields}
        {...plain}
        label={profile.email}
        // Imported authors have no e-mail address.
        required={user.email !== null}
        current={user.email ?? ''}
      />
      <TextArea
        label={profile.bio}
        name="bio"
        {...RULES.bio}
        defaultValue={values?.bio ?? user.bio}
        error={errors?.bio}
      />
      <Submit className="justify-self-start">{profile.submit}</Submit>
    </form>
  );
}
