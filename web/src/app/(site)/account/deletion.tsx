'use client';
import { useActionState } from 'react';
import type { User } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { Notice } from '@/components/ui/notice';
import { longDate, messages } from '@/messages';
import { keepAccount } from './actions';
import { DeleteForm } from './form';

const { deletion } = messages.account;

/** When the account is deleted, with the button that keeps it; or the form that deletes it. */
export function Deletion({ user }: { user: User }) {
  const [kept, keep] = useActionState(keepAccount, {});
  return (
    <div className="grid gap-5">
      <FormNotice state={kept} />
      {user.deletion_at ? (
        <Notice tone="warn" className="grid justify-items-start gap-3">
          <p>{deletion.scheduled(longDate(user.deletion_at))}</p>
          <form action={keep}>
            <Submit look="secondary">{deletion.keep}</Submit>
          </form>
        </Notice>
      ) : (
        <DeleteForm username={user.username} />
      )}
    </div>
  );
}
