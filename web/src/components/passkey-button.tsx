'use client';
import { useActionState, useSyncExternalStore } from 'react';
import type { PasskeyAuthentication, PasskeyLoginOptions, PasskeyRequestOptions } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { askForPasskey, hasPasskeys } from '@/lib/passkeys';
import { messages } from '@/messages';

const { passkeys: words } = messages.account;

export type PasskeyOptions = FormState & { options?: PasskeyLoginOptions | PasskeyRequestOptions };

export type PasskeyActions = {
  /** Gets the options for the browser. */
  begin: () => Promise<PasskeyOptions>;
  /** Sends what the passkey has signed. */
  finish: (credential: PasskeyAuthentication) => Promise<FormState>;
};
type Props = PasskeyActions & { label: string };

/** Return whether the browser has passkeys; false on the server. */
export function useHasPasskeys(): boolean {
  return useSyncExternalStore(() => () => undefined, hasPasskeys, () => false);
}

/** A form of its own with a button that asks for a passkey; nothing in browsers without passkeys. */
export function PasskeyButton({ label, begin, finish }: Props) {
  const [state, action] = useActionState<FormState>(async () => {
    const { options, ...refused } = await begin();
    if (!options) return refused;
    const answer = await askForPasskey(options);
    return typeof answer === 'string' ? { message: words.failures[answer] } : finish(answer);
  }, {});
  if (!useHasPasskeys()) return null;
  return (
    <form action={action} className="grid gap-3">
      <FormNotice state={state} />
      <Submit look="secondary">{label}</Submit>
    </form>
  );
}
