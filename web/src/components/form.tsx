'use client';
import { useFormStatus } from 'react-dom';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { PassingNotice } from '@/components/ui/passing-notice';
import type { FormState } from './form-state';

/** Submit button, disabled while the form is pending. */
export function Submit({ children, ...props }: React.ComponentProps<typeof Button>) {
  const { pending } = useFormStatus();
  return (
    <Button type="submit" aria-busy={pending} disabled={pending} {...props}>
      {pending && <span aria-hidden className="size-3.5 animate-spin rounded-full border-2 border-current border-t-transparent" />}
      {children}
    </Button>
  );
}

/** Error message of a form, which stays, or its success message, which leaves by itself. */
export function FormNotice({ state, children }: { state: FormState; children?: React.ReactNode }) {
  const { pending } = useFormStatus();
  if (state.message) {
    return (
      <Notice tone="bad">
        <p>{state.message}</p>
        {children}
      </Notice>
    );
  }
  // Not while the form is sent again: the next success is another message, though its words may be the same.
  return state.done && !pending ? <PassingNotice>{state.done}</PassingNotice> : null;
}
