/** Submission of a form that creates something: sent again after an answer that never came, it creates one thing. */
import { type FormState } from '@/components/form-state';
import { unanswered } from '@/components/form-unanswered';
import { KEY_FIELD, newKey } from '@/lib/idempotency';

export type FormAction = (before: FormState, form: FormData) => Promise<FormState>;

/**
 * Call the action with a key for this submission in the form; `sessionClient(form)` sends it to the API. The key is new
 * unless nobody knows what became of the submission before.
 */
export async function submit(action: FormAction, before: FormState, form: FormData): Promise<FormState> {
  const key = before.unansweredKey ?? newKey();
  form.set(KEY_FIELD, key);
  const { isUnanswered, ...state } = await action(before, form).catch((error: unknown) => unanswered(error, form));
  return isUnanswered ? { ...state, unansweredKey: key } : state;
}
