/** Problem details (RFC 9457) in the results of API calls, typed by what each operation declares. */
import type { InputError } from '../client';

/** Members of every problem of the API (RFC 9457). */
export type AnyProblem = { status: number; code: string; title: string; detail: string };

/** Result of an SDK function; hooks only have `{ error }`. */
export type Result = { data?: unknown; error?: unknown; response?: Response };

/** The problems that the operation of a result declares: a union, discriminated by `status` or `code`. */
export type ProblemOf<R extends Result> = unknown extends R['error']
  ? AnyProblem
  : Extract<R['error'], AnyProblem>;

/**
 * Return the problem in a result, if there is one. Comparing `status` or `code` narrows it:
 *
 *     const problem = problemOf(await updatePost({ ... }));
 *     if (problem?.code === 'SLUG_TAKEN') ...
 *
 * A service newer than this client, or a gateway, may send a code that the types do not list: give every `switch` a
 * `default`.
 */
export function problemOf<R extends Result>(result: R): ProblemOf<R> | undefined {
  return isProblem(result.error) ? (result.error as ProblemOf<R>) : undefined;
}

function isProblem(error: unknown): error is AnyProblem {
  if (typeof error !== 'object' || error === null) return false;
  const { status, code, title, detail } = error as Record<string, unknown>;
  return typeof status === 'number' && [code, title, detail].every((member) => typeof member === 'string');
}

/**
 * Return how a call failed, undefined if it did not. A number is the status of an error response, from the API or a
 * gateway. `network`: no response, or it was cut off. `contract`: a successful status, but the body does not match the
 * document.
 */
export function failureOf(result: Result): number | 'network' | 'contract' | undefined {
  const { error, response } = result;
  if (error === undefined || response?.status === 304) return undefined;
  if (response === undefined) return 'network';
  if (!response.ok) return response.status;
  return error instanceof TypeError || error instanceof DOMException ? 'network' : 'contract';
}

/** Return whether the response is 304 Not Modified. It has neither data nor a problem. */
export function isNotModified(result: Result): boolean {
  return result.response?.status === 304;
}

/**
 * Return error messages by field: `/tags/0` of the body is `tags.0`, a parameter has its name, and errors of the whole
 * body are `root`. Of several errors of a field the first is kept.
 */
export function fieldErrors(problem: { errors?: InputError[] }): Record<string, string> {
  const found = new Map<string, string>();
  for (const { pointer, parameter, detail } of problem.errors ?? []) {
    const field = parameter ?? (fieldOf(pointer ?? '') || 'root');
    if (!found.has(field)) found.set(field, detail);
  }
  return Object.fromEntries(found);
}

function fieldOf(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}

/** Return `Retry-After` in seconds, from a number or a date (429 and 503). */
export function retryAfterSeconds({ response }: Result, now = Date.now()): number | undefined {
  const value = response?.headers.get('Retry-After');
  if (!value) return undefined;
  if (/^[0-9]+$/.test(value)) return Number(value);
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? undefined : Math.max(0, Math.ceil((instant - now) / 1000));
}
