'use client';
import Link from 'next/link';
import { useActionState } from 'react';
import type { OpenSignUp } from '@/client';
import { NewAccountFields } from '@/components/account-fields';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { unanswered } from '@/components/form-unanswered';
import { MailedLink } from '@/components/mailed-link';
import { TextField } from '@/components/ui/field';
import { messages, shortTime } from '@/messages';
import { createAccount, openLink } from './actions';

const { account } = messages;
const { confirmSignUp: words } = account;
const SIGN_UP = { href: '/sign-up', label: account.signUp.title };

/** Has an account by now: with this address, or made with this link. */
const HAS_ACCOUNT = new Set(['EMAIL_TAKEN', 'LINK_USED']);

/** The form of the link that was opened: whoever owns the mailbox chooses the password here. */
export function ConfirmSignUp() {
  return (
    <MailedLink open={openLink} another={SIGN_UP}>
      {(signUp, secret) => <AccountForm signUp={signUp} secret={secret} />}
    </MailedLink>
  );
}

function AccountForm({ signUp, secret }: { signUp: OpenSignUp; secret: string }) {
  const [{ values, errors, ...state }, action] = useActionState<FormState, FormData>(
    (before, form) => createAccount(before, form).catch((error: unknown) => unanswered(error, form)),
    {},
  );
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state}>
        {HAS_ACCOUNT.has(state.code ?? '') && (
          <Link href="/login" className="underline underline-offset-4">
            {account.signUp.insteadLink}
          </Link>
        )}
      </FormNotice>
      <input type="hidden" name="secret" value={secret} />
      <TextField
        label={account.email}
        hint={words.emailHint}
        type="email"
        // What password managers save the password with.
        autoComplete="username"
        readOnly
        value={signUp.email}
      />
      <NewAccountFields state={{ values, errors }} />
      <Submit size="large">{account.signUp.submit}</Submit>
      <p className="text-ink-faint text-sm">{words.until(shortTime(signUp.expires_at))}</p>
    </form>
  );
}
