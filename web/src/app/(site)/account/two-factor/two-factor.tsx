'use client';
import { useActionState, useState } from 'react';
import type { SecondFactor } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { Confirm } from '@/components/studio/table-confirm';
import { longDate, messages, plural } from '@/messages';
import { type CodesState, renewCodes, turnOff } from './actions';
import { RecoveryCodes } from './recovery-codes';
import { SetUp } from './set-up';

const { secondFactor: words } = messages.account;
const FEW = 3;

/** Two-factor authentication of the account: off, on, or just turned on with its recovery codes. */
export function TwoFactor({ status }: { status: SecondFactor }) {
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />;
  return status.is_enabled ? <Enabled status={status} onCodes={setCodes} /> : <SetUp onCodes={setCodes} />;
}

function Enabled({ status, onCodes }: { status: SecondFactor; onCodes: (codes: string[]) => void }) {
  const left = status.recovery_codes_left;
  return (
    <div className="grid gap-8">
      <p>{words.since(status.enabled_at ? longDate(status.enabled_at) : words.on)}</p>
      <section className="grid gap-3">
        <h2 className="font-serif text-xl font-semibold">{words.recovery.title}</h2>
        <p className="text-ink-soft">{`${words.recovery.lead} ${words.left(plural(left, words.codes))}`}</p>
        {left <= FEW && <p className="text-bad">{words.few}</p>}
        <Renewal onCodes={onCodes} />
      </section>
      {status.has_authenticator_app ? (
        <Removal hasPasskeys={status.passkeys > 0} />
      ) : (
        <section className="grid gap-3">
          <h2 className="font-serif text-xl font-semibold">{words.setUp.title}</h2>
          <SetUp onCodes={onCodes} />
        </section>
      )}
    </div>
  );
}

/** Removes the app: without a passkey, that turns two-factor authentication off. */
function Removal({ hasPasskeys }: { hasPasskeys: boolean }) {
  const { remove } = words;
  const said = hasPasskeys
    ? { heading: remove.appTitle, lead: remove.appLead, open: remove.appOpen, title: remove.appAsk, text: remove.appText, submit: remove.appSubmit }
    : { heading: remove.title, lead: remove.lead, open: remove.open, title: remove.ask, text: remove.text, submit: remove.submit };
  const { heading, lead, ...question } = said;
  return (
    <section className="grid justify-items-start gap-3">
      <h2 className="font-serif text-xl font-semibold">{heading}</h2>
      <p className="text-ink-soft">{lead}</p>
      <Confirm {...question} fields={{}} action={turnOff} />
    </section>
  );
}

function Renewal({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const [state, action] = useActionState<CodesState, FormData>(async (before) => {
    const after = await renewCodes(before);
    if (after.codes) onCodes(after.codes);
    return after;
  }, {});
  return (
    <form action={action} className="grid justify-items-start gap-3">
      <FormNotice state={state} />
      <StepUp state={state} />
      <p className="text-ink-soft text-sm">{words.recovery.text}</p>
      <Submit look="secondary">{words.recovery.renew}</Submit>
    </form>
  );
}
