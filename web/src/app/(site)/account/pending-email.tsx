'use client';
import Link from 'next/link';
import { useActionState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { cancelPendingEmail, mailPendingEmail } from './actions';

const words = messages.account.pendingEmail;

/** The address that waits for its confirmation, with what can be done about it; nothing if there is none. */
export function PendingEmail({ email, readsMail }: { email: string | null; /** May see what was written to files. */ readsMail: boolean }) {
  const [mailed, mail] = useActionState(mailPendingEmail, {});
  const [cancelled, cancel] = useActionState(cancelPendingEmail, {});
  if (!email) return <FormNotice state={cancelled} />;
  return (
    <Notice tone="warn" role={undefined} className="grid gap-3">
      <p className="break-words">{words.text(email)}</p>
      {readsMail && (
        <p>
          {words.withoutServer}{' '}
          <Link href="/studio/mail" className="underline underline-offset-4">
            {messages.mail.title}
          </Link>
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <form action={mail}>
          <StepUp state={mailed} />
          <Submit look="secondary" size="small">
            {words.again}
          </Submit>
        </form>
        <form action={cancel}>
          <Submit look="quiet" size="small">
            {words.cancel}
          </Submit>
        </form>
      </div>
      <FormNotice state={mailed} />
      <FormNotice state={cancelled} />
    </Notice>
  );
}
