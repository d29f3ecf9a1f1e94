/** State of a form after its Server Action: errors by field, a message, and what had been typed. */
import { redirect } from 'next/navigation';
import type { InputError, StepUpRequiredProblem } from '@/client';
import { plainText } from '@/lib/plain-text';
import { failureOf, fieldErrors, problemOf, retryAfterSeconds } from '@/lib/problems';
import type { AnyProblem, ProblemOf, Result } from '@/lib/problems';
import { SET_UP_SECOND_FACTOR } from '@/lib/second-factor';
import { messages, plural } from '@/messages';
import { failingOf } from './failure';

export type FormState = {
  /** The submitted values, to fill the form again. */
  values?: Record<string, string>;
  /** Error messages by field name. */
  errors?: Record<string, string>;
  /** Error message of the form. */
  message?: string;
  /** Success message. */
  done?: string;
  /** Error code of the problem, for forms with special handling. */
  code?: string;
  /** Nobody knows whether the API has done what was asked for. */
  isUnanswered?: boolean;
  /** The key of a submission without an answer, for the next one (`submission.ts`). */
  unansweredKey?: string;
  /** How to confirm who one is, where the code is STEP_UP_REQUIRED. */
  stepUp?: StepUpRequiredProblem['method'];
};

const PASSWORD = /password/;

/** Return fields of a form as strings without control characters; missing ones are empty. Passwords stay as typed. */
export function formText<Name extends string>(form: FormData, ...names: Name[]): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, fieldText(form, name)])) as Record<Name, string>;
}

function fieldText(form: FormData, name: string): string {
  const text = String(form.get(name) ?? '');
  return PASSWORD.test(name) ? text : plainText(text);
}

/**
 * Return what to say of a call that failed; undefined if it did not. `known` has a sentence for each problem that the
 * form can meet, about the whole or about a field; a code that the operation does not declare does not compile.
 */
export function formError<R extends Result>(
  result: R,
  values: Record<string, string>,
  known: { [Code in ProblemOf<R>['code']]?: string | Record<string, string> } = {},
): FormState | undefined {
  const failure = failureOf(result);
  if (failure === undefined) return undefined;
  // Typed as any problem: the codes depend on the operation.
  const problem: (AnyProblem & { errors?: InputError[]; method?: StepUpRequiredProblem['method'] }) | undefined = problemOf(
    result as Result,
  );
  if (problem?.code === 'SECOND_FACTOR_SETUP_REQUIRED') redirect(SET_UP_SECOND_FACTOR);
  if (problem?.code === 'INVALID_INPUT') {
    const { root, ...errors } = fieldErrors(problem);
    return { values, errors, message: root ?? messages.errors.correctFields, code: problem.code };
  }
  if (problem?.code === 'IDEMPOTENCY_KEY_REUSED') return { values, message: messages.errors.alreadySent, code: problem.code };
  const isUnanswered = failure === 'network' || (typeof failure === 'number' && failure >= 500) || problem?.code === 'IDEMPOTENCY_KEY_IN_USE';
  const said = problem && new Map<string, string | Record<string, string> | undefined>(Object.entries(known)).get(problem.code);
  if (typeof said === 'object') return { values, errors: said, code: problem?.code };
  const more = { ...(isUnanswered && { isUnanswered }), ...(problem?.method && { stepUp: problem.method }) };
  return { values, message: said ?? errorMessage(failure, result), code: problem?.code, ...more };
}

function errorMessage(failure: number | 'network' | 'contract', result: Result): string {
  if (problemOf(result)?.code === 'IDEMPOTENCY_KEY_IN_USE') return messages.errors.stillSending;
  const seconds = retryAfterSeconds(result);
  if (failure === 429 && seconds !== undefined) {
    const { tooMany, minutes, seconds: second } = messages.errors;
    return tooMany(seconds < 120 ? plural(seconds, second) : plural(Math.ceil(seconds / 60), minutes));
  }
  if (failure === 'contract') console.error('The response does not match the OpenAPI document:', result.error);
  const failing = failingOf(`api-${failure}`);
  const { inForm, ...pages } = messages.errors;
  return failing in inForm ? inForm[failing as keyof typeof inForm] : pages[failing].text;
}
