'use client';
import type { Invitation } from '@/client';
import { Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Confirm } from '@/components/studio/table-confirm';
import { messages } from '@/messages';
import { resend, revoke } from './actions';

const { invitations: words } = messages;

/** What can be done with an invitation that was neither accepted nor revoked. */
export function InvitationChoices({ id, email, state }: Pick<Invitation, 'id' | 'email' | 'state'>) {
  const [after, send] = useActionWithStatus(resend, 'all');
  if (state === 'accepted' || state === 'revoked') return null;
  const fields = { invitation_id: id, email };
  return (
    <div className="flex gap-2 sm:justify-end">
      <form action={send}>
        <StepUp state={after} />
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Submit look="secondary" size="small" aria-label={words.resend.labelOf(email)}>
          {words.resend.submit}
        </Submit>
      </form>
      <Confirm
        open={words.revoke.open}
        openLabel={words.revoke.labelOf(email)}
        look="quiet"
        size="small"
        title={words.revoke.ask(email)}
        text={words.revoke.text}
        fields={fields}
        action={revoke}
        submit={words.revoke.submit}
      />
    </div>
  );
}
