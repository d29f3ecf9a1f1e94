'use client';
import { useFormStatus } from 'react-dom';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
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

/** Success or error message of a form. */
export function FormNotice({ state, children }: { state: FormState; children?: React.ReactNode }) {
  if (!state.message && !state.done) return null;
  return (
    <Notice tone={state.message ? 'bad' : 'good'}>
      <p>{state.message ?? state.done}</p>
      {children}
    </Notice>
  );
}
