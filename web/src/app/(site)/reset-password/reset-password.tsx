'use client';
import Link from 'next/link';
import { useActionState, useEffect, useState, useTransition } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { PasswordField } from '@/components/form-password';
import type { FormState } from '@/components/form-state';
import { unanswered } from '@/components/form-unanswered';
import { Button } from '@/components/ui/button';
import { TextField } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { RULES } from '@/lib/input-rules';
import { useLinkSecret } from '@/lib/link-secret';
import { messages } from '@/messages';
import { type Opened, openLink, savePassword } from './actions';

const { account } = messages;
const { resetPassword } = account;

/** With any of these another link is needed. */
const FINAL = new Set(['LINK_INVALID', 'LINK_EXPIRED', 'LINK_USED', 'LINK_REVOKED', 'INVALID_INPUT']);

/** The form of the link that was opened, or why there is none. */
export function ResetPassword() {
  const secret = useLinkSecret();
  if (secret === undefined) return <Notice>{resetPassword.loading}</Notice>;
  if (secret === '') return <Unusable failure={{ message: resetPassword.incomplete, code: 'INVALID_INPUT' }} />;
  return <OfSecret key={secret} secret={secret} />;
}

function OfSecret({ secret }: { secret: string }) {
  const [opened, setOpened] = useState<Opened>({});
  const [pending, start] = useTransition();
  const open = () =>
    start(async () => {
      const form = new FormData();
      form.set('secret', secret);
      setOpened(await openLink(form).catch((error: unknown) => ({ failure: unanswered(error, form) })));
    });
  useEffect(open, [secret]);
  if (opened.reset) return <PasswordForm email={opened.reset.email} secret={secret} />;
  if (!opened.failure || pending) return <Notice>{resetPassword.loading}</Notice>;
  return <Unusable failure={opened.failure} retry={open} />;
}

/** Form for the new password; password managers save it with the address. */
function PasswordForm({ email, secret }: { email: string; secret: string }) {
  const [{ errors, ...state }, action] = useActionState<FormState, FormData>(
    (before, form) => savePassword(before, form).catch((error: unknown) => unanswered(error, form)),
    {},
  );
  if (FINAL.has(state.code ?? '') && !errors) return <Unusable failure={state} />;
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <input type="hidden" name="secret" value={secret} />
      <TextField label={account.email} type="email" name="email" autoComplete="username" readOnly value={email} />
      <PasswordField
        label={account.changePassword.new}
        hint={account.passwordHint}
        name="new_password"
        autoComplete="new-password"
        required
        {...RULES.newPassword}
        error={errors?.new_password}
      />
      <Submit size="large">{resetPassword.submit}</Submit>
      <p className="text-ink-faint text-sm">{resetPassword.consequence}</p>
    </form>
  );
}

function Unusable({ failure, retry }: { failure: FormState; retry?: () => void }) {
  const isFinal = FINAL.has(failure.code ?? '');
  return (
    <div className="grid justify-items-start gap-5">
      <Notice tone="bad">
        <p className="font-medium">{resetPassword.failed}</p>
        <p>{failure.message}</p>
      </Notice>
      {isFinal || !retry ? (
        <Button asChild>
          <Link href="/forgot-password">{resetPassword.another}</Link>
        </Button>
      ) : (
        <Button look="secondary" onClick={retry}>
          {messages.invitations.page.again}
        </Button>
      )}
    </div>
  );
}
