'use client';
import { Submit, FormNotice } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Select, TextArea, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { invite } from './actions';
import { INVITED_ROLES } from './roles';

const { invitations, manage } = messages;
const { roles, roleHints } = manage.users;

const OPTIONS = Object.fromEntries(INVITED_ROLES.map((role) => [role, `${roles[role]}: ${roleHints[role]}`]));

/** Form to invite somebody. */
export function InviteForm() {
  const { add } = invitations;
  const [state, action] = useActionWithStatus(invite);
  const { values, errors } = state;
  return (
    <form action={action} className="grid w-full max-w-xl gap-4">
      {state.message && <FormNotice state={state} />}
      <StepUp state={state} />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextField
          label={add.email}
          name="email"
          type="email"
          autoComplete="off"
          required
          {...RULES.email}
          defaultValue={values?.email}
          error={errors?.email}
        />
        <TextField
          label={add.name}
          hint={add.nameHint}
          name="name"
          autoComplete="off"
          {...RULES.displayName}
          defaultValue={values?.name}
          error={errors?.name}
        />
      </div>
      <Select label={add.role} name="role" options={OPTIONS} defaultValue={values?.role || 'author'} error={errors?.role} />
      <TextArea
        label={add.message}
        hint={add.messageHint}
        name="message"
        rows={3}
        {...RULES.invitationMessage}
        defaultValue={values?.message}
        error={errors?.message}
      />
      <Submit className="justify-self-start">{add.submit}</Submit>
    </form>
  );
}
