'use client';
import { useActionState } from 'react';
import type { Session } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { messages, shortTime } from '@/messages';
import { endOneSession } from './actions';

const { sessions: words } = messages.account;

/** The sessions of the user, each but this one with a button that ends it. */
export function Sessions({ sessions }: { sessions: Session[] }) {
  const [state, action] = useActionState(endOneSession, {});
  return (
    <div className="grid gap-4">
      <FormNotice state={state} />
      <ul className="divide-line border-line divide-y border-y">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3">
            <Description session={session} />
            {!session.is_current && (
              <form action={action}>
                <input type="hidden" name="session_id" value={session.id} />
                <Submit look="secondary" aria-label={words.endOf(session.device ?? words.unknown)}>
                  {words.end}
                </Submit>
              </form>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Description({ session }: { session: Session }) {
  return (
    <div className="min-w-0">
      <p className="font-medium break-words">
        {session.device ?? words.unknown}
        {session.is_current && <span className="text-good ms-2 text-sm font-normal">{words.current}</span>}
      </p>
      <p className="text-ink-soft text-sm">
        {words.used} <time dateTime={session.last_used_at}>{shortTime(session.last_used_at)}</time>{words.since}{' '}
        <time dateTime={session.created_at}>{shortTime(session.created_at)}</time>
      </p>
    </div>
  );
}
