'use client';
import Link from 'next/link';
import { useActionState } from 'react';
import type { OpenEmailChange } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { unanswered } from '@/components/form-unanswered';
import { MailedLink } from '@/components/mailed-link';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { confirmEmail, openLink } from './actions';

const { confirmEmail: words } = messages.account;
const ACCOUNT = { href: '/account', label: words.toAccount };

/** The new address of the link that was opened: it is confirmed with a button, for programs open links too. */
export function ConfirmEmail() {
  return (
    <MailedLink open={openLink} another={ACCOUNT}>
      {(change, secret) => <ConfirmForm change={change} secret={secret} />}
    </MailedLink>
  );
}

function ConfirmForm({ change, secret }: { change: OpenEmailChange; secret: string }) {
  const [{ done, ...state }, action] = useActionState<FormState, FormData>(
    (before, form) => confirmEmail(before, form).catch((error: unknown) => unanswered(error, form)),
    {},
  );
  if (done) {
    return (
      <div className="grid justify-items-start gap-5">
        <Notice tone="good" className="break-words">
          {done}
        </Notice>
        <Button asChild>
          <Link href={ACCOUNT.href}>{ACCOUNT.label}</Link>
        </Button>
      </div>
    );
  }
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <p className="text-ink-soft break-words">{words.text(change.username, change.email)}</p>
      <input type="hidden" name="secret" value={secret} />
      <input type="hidden" name="email" value={change.email} />
      <Submit size="large">{words.submit}</Submit>
    </form>
  );
}
