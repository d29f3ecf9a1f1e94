'use client';
import { useActionState, useState } from 'react';
import type { Passkey, SecondFactor } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { useHasPasskeys } from '@/components/passkey-button';
import { StepUp } from '@/components/step-up';
import { Confirm } from '@/components/studio/table-confirm';
import { TextField } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { RULES } from '@/lib/input-rules';
import { makePasskey } from '@/lib/passkeys';
import { longDate, messages } from '@/messages';
import { RecoveryCodes } from '../two-factor/recovery-codes';
import { type AddedState, beginAdding, finishAdding, removeHere, renameHere } from './actions';

const { passkeys: words } = messages.account;
type Props = { passkeys: Passkey[]; status: SecondFactor };

/** The passkeys of the account and a form that adds one, or the recovery codes that came with the first. */
export function Passkeys({ passkeys, status }: Props) {
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />;
  return (
    <div className="grid gap-10">
      {passkeys.length === 0 ? (
        <p>{words.empty}</p>
      ) : (
        <ul className="divide-line border-line divide-y border-y">
          {passkeys.map((passkey) => (
            <OnePasskey key={passkey.id} passkey={passkey} isLast={passkeys.length === 1 && !status.has_authenticator_app} />
          ))}
        </ul>
      )}
      <section className="grid gap-4">
        <h2 className="font-serif text-xl font-semibold">{words.add.title}</h2>
        <AddPasskey isFirst={!status.is_enabled} onCodes={setCodes} />
      </section>
    </div>
  );
}

function AddPasskey({ isFirst, onCodes }: { isFirst: boolean; onCodes: (codes: string[]) => void }) {
  const hasPasskeys = useHasPasskeys();
  const [state, action] = useActionState<AddedState, FormData>(async (_before, form) => {
    const values = { name: String(form.get('name') ?? '') };
    const { options, ...refused } = await beginAdding(values);
    if (!options) return refused;
    const made = await makePasskey(options);
    if (typeof made === 'string') return { values, message: words.failures[made] };
    const after = await finishAdding(values, made);
    if (after.codes) onCodes(after.codes);
    return after;
  }, {});
  if (!hasPasskeys) return <Notice tone="warn">{words.unsupported}</Notice>;
  return (
    <form action={action} className="grid gap-5">
      <FormNotice state={state} />
      <StepUp state={state} />
      {isFirst && <p className="text-ink-soft">{words.add.first}</p>}
      <NameField state={state} />
      <Submit className="justify-self-start">{words.add.submit}</Submit>
    </form>
  );
}

function OnePasskey({ passkey, isLast }: { passkey: Passkey; isLast: boolean }) {
  const [renaming, setRenaming] = useState(false);
  const { id, name, is_backed_up, created_at, last_used_at } = passkey;
  return (
    <li className="grid gap-3 py-4">
      <div className="min-w-0">
        <p className="font-medium break-words">{name}</p>
        <p className="text-ink-soft text-sm">
          {words.since(longDate(created_at))} {last_used_at ? words.used(longDate(last_used_at)) : words.unused}
          {is_backed_up && ` ${words.backedUp}`}
        </p>
      </div>
      {renaming ? (
        <Rename passkey={passkey} onDone={() => setRenaming(false)} />
      ) : (
        <div className="flex flex-wrap gap-3">
          <button
            type="button"
            className="text-accent text-sm underline underline-offset-4"
            aria-label={words.rename.openOf(name)}
            onClick={() => setRenaming(true)}
          >
            {words.rename.open}
          </button>
          <Confirm
            open={words.remove.open}
            openLabel={words.remove.openOf(name)}
            look="quiet"
            size="small"
            title={words.remove.ask(name)}
            text={isLast ? words.remove.last : words.remove.text}
            fields={{ passkey_id: id }}
            action={removeHere}
            submit={words.remove.submit}
          />
        </div>
      )}
    </li>
  );
}

function Rename({ passkey, onDone }: { passkey: Passkey; onDone: () => void }) {
  const [state, action] = useActionState<FormState, FormData>(async (before, form) => {
    const after = await renameHere(before, form);
    if (after.done) onDone();
    return after;
  }, {});
  return (
    <form action={action} className="grid gap-4">
      <FormNotice state={state} />
      <input type="hidden" name="passkey_id" value={passkey.id} />
      <NameField state={{ values: { name: passkey.name }, ...state }} autoFocus />
      <Submit look="secondary" className="justify-self-start">
        {words.rename.submit}
      </Submit>
    </form>
  );
}

function NameField({ state, autoFocus }: { state: FormState; autoFocus?: boolean }) {
  return (
    <TextField
      label={words.name}
      hint={words.nameHint}
      name="name"
      autoComplete="off"
      autoFocus={autoFocus}
      required
      {...RULES.passkeyName}
      defaultValue={state.values?.name}
      error={state.errors?.name}
    />
  );
}
