/** State of a form whose Server Action threw: no connection, or an error of this server. */
import { unstable_rethrow } from 'next/navigation';
import { failingOf } from '@/components/failure';
import { type FormState, formText } from '@/components/form-state';
import { messages } from '@/messages';

/** Return the state for an error of an action; what was typed is kept. */
export function unanswered(error: unknown, form: FormData): FormState {
  unstable_rethrow(error); // A redirection arrives in the same way.
  const failing = error instanceof TypeError ? 'network' : failingOf((error as { digest?: string }).digest);
  return { values: formText(form, ...form.keys()), message: messages.errors[failing].text, isUnanswered: true };
}
