/** When a post is published, and what the API says about a time that it refuses. */
import type { InputError } from '@/client';
import { fieldErrors } from '@/lib/problems';
import { messages } from '@/messages';

/** At once, later by itself, or at once under a date in the past. */
export type When = 'now' | 'later' | 'backdate';

/** Says what is wrong with the time that was chosen, or what else; undefined when it is done. */
export type Refusal = { time?: string; message?: string } | undefined;

/** Return what the API says about the time that was sent; undefined if that is not what is wrong. */
export function problemOfTime(problem: { code: string; errors?: InputError[] }): string | undefined {
  const errors = fieldErrors(problem);
  return messages.schedule.dialog.problems[problem.code] ?? errors.publish_at ?? errors.published_at;
}
