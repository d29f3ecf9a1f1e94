'use client';
import { useActionState } from 'react';
import { AppCodeField } from '@/components/code-field';
import { FormNotice, Submit } from '@/components/form';
import { StepUp } from '@/components/step-up';
import { CopyButton } from '@/components/ui/copy-button';
import { messages } from '@/messages';
import { beginSetup, type CodesState, confirmSetup, type QrCode, type SetupState } from './actions';

const { setUp: words } = messages.account.secondFactor;
type OnCodes = { onCodes: (codes: string[]) => void };

/** Sets two-factor authentication up: a QR code for the app, then the first code of it. */
export function SetUp({ onCodes }: OnCodes) {
  const [state, action] = useActionState<SetupState, FormData>(beginSetup, {});
  if (state.setup) return <Confirmation {...state.setup} onCodes={onCodes} />;
  return (
    <form action={action} className="grid justify-items-start gap-5">
      <FormNotice state={state} />
      <StepUp state={state} />
      <p>{words.steps}</p>
      <Submit>{words.start}</Submit>
    </form>
  );
}

function Confirmation({ secret, qr, onCodes }: { secret: string; qr: QrCode } & OnCodes) {
  const [state, action] = useActionState<CodesState, FormData>(async (before, form) => {
    const after = await confirmSetup(before, form);
    if (after.codes) onCodes(after.codes);
    return after;
  }, {});
  return (
    <form action={action} className="grid gap-8">
      <FormNotice state={state} />
      <StepUp state={state} />
      <section className="grid justify-items-start gap-4">
        <h2 className="font-serif text-xl font-semibold">{words.scan}</h2>
        <Drawing {...qr} />
        <p className="text-ink-soft text-sm">{words.secret}</p>
        <p className="flex max-w-full flex-wrap items-center gap-3">
          <code className="bg-sunken rounded px-2 py-1 text-sm break-all">{secret.match(/.{1,4}/g)?.join(' ')}</code>
          <CopyButton text={secret} label={words.copySecret} />
        </p>
      </section>
      <section className="grid justify-items-start gap-4">
        <h2 className="font-serif text-xl font-semibold">{words.enter}</h2>
        <AppCodeField error={state.errors?.code} />
        <p className="text-ink-soft text-sm">{words.consequence}</p>
        <Submit>{words.submit}</Submit>
      </section>
    </form>
  );
}

/** The QR code, dark on light in dark pages too: many cameras read no other. */
function Drawing({ path, size }: QrCode) {
  return (
    <svg role="img" aria-label={words.qr} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" className="size-52 rounded-lg">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
