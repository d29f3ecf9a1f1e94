'use client';
import type { SecondFactor, User } from '@/client';
import { Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Confirm } from '@/components/studio/table-confirm';
import { SettingsSection } from '@/components/studio/table-page';
import { TextField } from '@/components/ui/field';
import { longDate, messages } from '@/messages';
import { removeUser, resetFactor, setActivity } from '../actions';
import { ProfileOf } from './profile-of';

type Shown = { user: User; version: string };

/** Settings of another user's account. */
export function OtherAccount({ user, version, published, factor }: Shown & { published: string; factor: SecondFactor }) {
  const { profile, activity, remove } = messages.manage.users;
  return (
    <>
      <SettingsSection title={profile.title} lead={profile.lead}>
        <ProfileOf user={user} version={version} />
      </SettingsSection>
      <SettingsSection title={activity.title} lead={user.is_active ? activity.open : activity.closed}>
        <Activity user={user} version={version} />
      </SettingsSection>
      <Factor user={user} factor={factor} />
      <SettingsSection title={remove.title} lead={remove.lead}>
        <Confirm
          open={remove.open}
          title={remove.ask(user.display_name)}
          text={remove.text(published)}
          fields={{ user_id: String(user.id), version, username: user.username }}
          action={removeUser}
          submit={remove.submit}
        >
          {({ values, errors }) => (
            <TextField
              label={remove.confirm(user.username)}
              name="typed"
              required
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              defaultValue={values?.typed}
              error={errors?.typed}
            />
          )}
        </Confirm>
      </SettingsSection>
    </>
  );
}

/** Two-factor authentication: whether it is on, and a button for who has lost it. */
function Factor({ user, factor }: { user: User; factor: SecondFactor }) {
  const { secondFactor: words } = messages.manage.users;
  const off = factor.is_required ? words.missing : words.off;
  return (
    <SettingsSection title={words.title} lead={factor.enabled_at ? words.on(longDate(factor.enabled_at)) : off}>
      {factor.is_enabled && (
        <Confirm
          open={words.open}
          title={words.ask(user.display_name)}
          text={words.text}
          fields={{ user_id: String(user.id) }}
          action={resetFactor}
          submit={words.submit}
        />
      )}
    </SettingsSection>
  );
}

/** Deactivate (with confirmation) or activate an account. */
function Activity({ user, version }: Shown) {
  const { activity } = messages.manage.users;
  const [state, reopen] = useActionWithStatus(setActivity, 'all');
  const fields = { user_id: String(user.id), version, is_active: String(!user.is_active) };
  if (user.is_active) {
    return (
      <Confirm
        open={activity.close}
        title={activity.ask(user.display_name)}
        text={activity.text}
        fields={fields}
        action={setActivity}
        submit={activity.submit}
      />
    );
  }
  return (
    <form action={reopen}>
      <StepUp state={state} />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <Submit look="secondary">{activity.reopen}</Submit>
    </form>
  );
}
