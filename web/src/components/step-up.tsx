'use client';
import { createContext, use, useActionState, useEffect, useRef, useState } from 'react';
import { CodeField } from '@/components/code-field';
import { FormNotice, Submit } from '@/components/form';
import { PasswordField } from '@/components/form-password';
import type { FormState } from '@/components/form-state';
import { unanswered } from '@/components/form-unanswered';
import { type PasskeyActions, PasskeyButton } from '@/components/passkey-button';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { messages } from '@/messages';

const words = messages.account.stepUp;

type Action = (before: FormState, form: FormData) => Promise<FormState>;
type Confirmation = { action: Action; passkey: Pick<PasskeyActions, 'begin' | 'finish'> };

const Confirming = createContext<Confirmation | undefined>(undefined);

/** Gives the forms inside it the Server Actions that confirm the password, a code, or a passkey. */
export function StepUpAction({ children, ...confirmation }: Confirmation & { children: React.ReactNode }) {
  return <Confirming value={confirmation}>{children}</Confirming>;
}

/**
 * Asks for the password, or for a code or a passkey of an account with two-factor authentication, when the form around it was refused
 * with STEP_UP_REQUIRED, and then sends that form again: the action must return what was typed as `values`. Needs a
 * `StepUpAction` around it.
 */
export function StepUp({ state }: { state: FormState }) {
  const [answered, setAnswered] = useState<FormState>();
  const place = useRef<HTMLSpanElement>(null);
  const confirm = use(Confirming);
  const form = () => place.current?.closest('form');
  useEffect(() => {
    // The button that had the focus was disabled while the form was sent.
    if (answered) form()?.querySelector<HTMLElement>('button[type=submit]')?.focus();
  }, [answered]);
  if (!confirm) return null;
  const open = state.code === 'STEP_UP_REQUIRED' && answered !== state;
  const withCode = state.stepUp === 'second_factor';
  const said = withCode ? { title: words.codeTitle, description: words.codeText } : { title: words.title, description: words.text };
  return (
    <>
      <span ref={place} hidden />
      <Dialog open={open} onOpenChange={() => setAnswered(state)} {...said}>
        <Question
          withCode={withCode}
          confirm={confirm}
          cancel={() => setAnswered(state)}
          confirmed={() => {
            setAnswered(state);
            form()?.requestSubmit();
          }}
        />
      </Dialog>
    </>
  );
}

type QuestionProps = { withCode: boolean; confirm: Confirmation; cancel: () => void; confirmed: () => void };

function Question({ withCode, confirm, cancel, confirmed }: QuestionProps) {
  const [state, action] = useActionState<FormState, FormData>(async (before, form) => {
    const after = await confirm.action(before, form).catch((error: unknown) => unanswered(error, form));
    if (after.done) confirmed();
    return after;
  }, {});
  const { begin, finish } = confirm.passkey;
  const finishHere: PasskeyActions['finish'] = async (credential) => {
    const after = await finish(credential);
    if (after.done) confirmed();
    return after;
  };
  return (
    <div className="grid gap-4">
      <form action={action} className="grid gap-4">
        {state.message && <FormNotice state={state} />}
        {withCode ? (
          <CodeField error={state.errors?.code} />
        ) : (
          <PasswordField
            label={messages.account.password}
            name="password"
            autoComplete="current-password"
            required
            error={state.errors?.password}
          />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button type="button" look="quiet" onClick={cancel}>
            {words.cancel}
          </Button>
          <Submit>{words.submit}</Submit>
        </div>
      </form>
      {withCode && <PasskeyButton label={messages.account.passkeys.use} begin={begin} finish={finishHere} />}
    </div>
  );
}
