'use client';
import Link from 'next/link';
import { useActionState } from 'react';
import type { OpenInvitation } from '@/client';
import { NewAccountFields } from '@/components/account-fields';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { submit } from '@/components/submission';
import { TextField } from '@/components/ui/field';
import { longDate, messages } from '@/messages';
import { accept } from './actions';

const { account, invitations } = messages;
const { page } = invitations;

/** Has an account by now: with this address, or made with this link. */
const HAS_ACCOUNT = new Set(['EMAIL_TAKEN', 'LINK_USED']);

/** Form in which an invited person chooses a name and a password. */
export function AcceptForm({ invitation, secret }: { invitation: OpenInvitation; secret: string }) {
  const [{ values, errors, ...state }, action] = useActionState<FormState, FormData>(
    (before, form) => submit(accept, before, form),
    {},
  );
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state}>
        {HAS_ACCOUNT.has(state.code ?? '') && (
          <Link href="/login?next=/studio" className="underline underline-offset-4">
            {page.logIn}
          </Link>
        )}
      </FormNotice>
      <input type="hidden" name="secret" value={secret} />
      <TextField
        label={account.email}
        hint={page.emailHint}
        type="email"
        // What password managers save the password with.
        autoComplete="username"
        readOnly
        value={invitation.email}
      />
      <NewAccountFields state={{ values, errors }} name={invitation.name ?? undefined} />
      <Submit size="large">{page.submit}</Submit>
      <p className="text-ink-faint text-sm">{page.until(longDate(invitation.expires_at))}</p>
    </form>
  );
}
