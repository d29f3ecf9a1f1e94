'use client';
import { useId, useState } from 'react';
import type { Role } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { StepUp } from '@/components/step-up';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Select, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { createKey } from './actions';
import { EXPLANATIONS, GROUP_NAMES, scopeGroups } from './scopes';

const { add, shown } = messages.apiKeys;

/** Form for a new API key; then, in its place, the key. */
export function NewKey({ role }: { role: Role }) {
  const [key, setKey] = useState<string>();
  const [state, send] = useActionWithStatus(async (before, form) => {
    const { created, ...after } = await createKey(before, form);
    if (created) setKey(created.key);
    return after;
  });
  if (key === undefined) return <KeyForm role={role} state={state} send={send} />;
  return (
    <>
      <KeyOnce value={key} />
      <Button look="secondary" onClick={() => setKey(undefined)}>
        {shown.another}
      </Button>
    </>
  );
}

/** A key that the API has just sent, and will not send again. */
function KeyOnce({ value }: { value: string }) {
  return (
    <section aria-label={shown.label} className="border-warn/40 bg-warn-wash rounded-card grid w-full gap-3 border p-4">
      <p className="text-warn font-medium">{shown.once}</p>
      <div className="flex flex-wrap items-center gap-2">
        <code className="bg-surface border-line min-w-0 rounded-lg border px-3 py-1.5 font-mono text-sm break-all">{value}</code>
        <CopyButton text={value} label={shown.copy} />
      </div>
      <p className="text-sm">{shown.lead}</p>
    </section>
  );
}

function KeyForm({ role, state, send }: { role: Role; state: FormState; send: (form: FormData) => void }) {
  const { values, errors } = state;
  return (
    <form action={send} className="grid w-full max-w-xl gap-4">
      {state.message && <FormNotice state={state} />}
      <StepUp state={state} />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextField
          label={add.name}
          hint={add.nameHint}
          name="name"
          autoComplete="off"
          required
          {...RULES.apiKeyName}
          defaultValue={values?.name}
          error={errors?.name}
        />
        <Select
          label={add.expires}
          name="expires_in_days"
          options={add.days}
          defaultValue={values?.expires_in_days ?? '90'}
          error={errors?.expires_in_days}
        />
      </div>
      <ScopeFields key={values?.scopes} role={role} chosen={values?.scopes?.split(' ') ?? []} error={errors?.scopes} />
      <Submit className="justify-self-start">{add.submit}</Submit>
    </form>
  );
}

type ScopeFieldsProps = { role: Role; chosen: string[]; error?: string };

/** Uncontrolled, as React resets a form after its action: whoever shows what was chosen makes it anew, with a `key`. */
function ScopeFields({ role, chosen, error }: ScopeFieldsProps) {
  const id = useId();
  return (
    <fieldset className="grid min-w-0 gap-4" aria-describedby={error ? id : undefined}>
      <legend className="text-sm font-medium">{add.scopes}</legend>
      {error && (
        <p id={id} className="text-bad text-sm">
          {error}
        </p>
      )}
      {scopeGroups(role).map(({ name, scopes }) => (
        <fieldset key={name} className="border-line rounded-card grid min-w-0 gap-3 border px-4 pt-2 pb-4">
          <legend className="px-1 text-sm font-medium">{GROUP_NAMES[name]}</legend>
          {scopes.map((scope) => (
            <label key={scope} className="flex items-start gap-2 text-sm">
              <input
                type="checkbox"
                name="scopes"
                value={scope}
                aria-label={scope}
                aria-describedby={`${id}-${scope}`}
                defaultChecked={chosen.includes(scope)}
                className="accent-accent mt-0.5 size-4 shrink-0"
              />
              <span className="min-w-0">
                <code className="font-mono text-[0.8125rem]">{scope}</code>
                <span id={`${id}-${scope}`} className="text-ink-soft block">
                  {EXPLANATIONS[scope]}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
    </fieldset>
  );
}
