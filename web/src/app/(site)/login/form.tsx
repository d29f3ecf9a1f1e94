'use client';
import Link from 'next/link';
import { useActionState } from 'react';
import {
  beginLogIn,
  beginSecondFactor,
  completeLogInHere as completeWithPasskeyHere,
  logInHere as logInWithPasskeyHere,
} from '@/app/passkeys';
import { CodeField } from '@/components/code-field';
import { FormNotice, Submit } from '@/components/form';
import { PasswordField } from '@/components/form-password';
import { PasskeyButton } from '@/components/passkey-button';
import { TextField } from '@/components/ui/field';
import { messages } from '@/messages';
import { completeLogInHere, logInHere, type LogInState } from './actions';

const { account } = messages;

export function LogInForm({ next }: { next: string }) {
  const [state, action] = useActionState<LogInState, FormData>(logInHere, {});
  if (state.challenge) return <CodeForm challenge={state.challenge} hasPasskey={state.hasPasskey} next={next} />;
  return (
    <div className="grid gap-5">
      <form action={action} className="grid gap-5">
        <FormNotice state={state} />
        <input type="hidden" name="next" value={next} />
        <TextField
          label={account.email}
          name="email"
          type="email"
          autoComplete="username"
          required
          defaultValue={state.values?.email}
          error={state.errors?.email}
        />
        <PasswordField
          label={account.password}
          name="password"
          autoComplete="current-password"
          required
          error={state.errors?.password}
        />
        <Link href="/forgot-password" className="text-accent -mt-3 w-fit text-sm underline underline-offset-4">
          {account.logIn.forgot}
        </Link>
        <Submit size="large">{account.logIn.submit}</Submit>
      </form>
      <PasskeyButton label={account.passkeys.logIn} begin={beginLogIn} finish={(credential) => logInWithPasskeyHere(next, credential)} />
    </div>
  );
}

/** The second step, for accounts with two-factor authentication. */
function CodeForm({ challenge, hasPasskey, next }: { challenge: string; hasPasskey?: boolean; next: string }) {
  const [state, action] = useActionState(completeLogInHere, {});
  const { lead, passkeyLead, submit, again } = account.secondFactor.logIn;
  return (
    <div className="grid gap-5">
      <p role="status">{hasPasskey ? passkeyLead : lead}</p>
      {hasPasskey && (
        <PasskeyButton
          label={account.passkeys.use}
          begin={() => beginSecondFactor(challenge)}
          finish={(credential) => completeWithPasskeyHere(challenge, next, credential)}
        />
      )}
      <form action={action} className="grid gap-5">
        <FormNotice state={state}>
          {state.code === 'LOGIN_CHALLENGE_INVALID' && (
            <a href={`/login?next=${encodeURIComponent(next)}`} className="mt-1 inline-block underline underline-offset-4">
              {again}
            </a>
          )}
        </FormNotice>
        <input type="hidden" name="next" value={next} />
        <input type="hidden" name="challenge" value={challenge} />
        <CodeField error={state.errors?.code} />
        <Submit size="large">{submit}</Submit>
      </form>
    </div>
  );
}
