'use client';
import { useState } from 'react';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { StepUp } from '@/components/step-up';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { messages } from '@/messages';
import { useActionWithStatus, type FormAction } from './status-message';

type QuestionProps = {
  /** Hidden fields of the form: the id, and the version. */
  fields: Record<string, string>;
  action: FormAction;
  submit: string;
  children?: (state: FormState) => React.ReactNode;
};

type ConfirmProps = QuestionProps & {
  open: string;
  /** Accessible name, where a page has several. */
  openLabel?: string;
  look?: 'danger' | 'secondary' | 'quiet';
  size?: 'small' | 'medium';
  title: string;
  text: string;
};

/** Button with a confirmation dialog, which stays open with the message if the action fails. */
export function Confirm({ open, openLabel, look = 'danger', size = 'medium', title, text, ...question }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button look={look} size={size} aria-label={openLabel} onClick={() => setAsking(true)}>
        {open}
      </Button>
      <Dialog open={asking} onOpenChange={setAsking} title={title} description={text}>
        <Question {...question} close={() => setAsking(false)} />
      </Dialog>
    </>
  );
}

function Question({ fields, action, submit, close, children }: QuestionProps & { close: () => void }) {
  const [state, send] = useActionWithStatus(async (before, form) => {
    const after = await action(before, form);
    if (after.done) close();
    return after;
  });
  return (
    <form action={send} className="grid gap-4">
      <FormNotice state={state} />
      <StepUp state={state} />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children?.(state)}
      <div className="flex flex-wrap justify-end gap-2">
        <Button type="button" look="quiet" onClick={close}>
          {messages.manage.cancel}
        </Button>
        <Submit look="danger">{submit}</Submit>
      </div>
    </form>
  );
}
