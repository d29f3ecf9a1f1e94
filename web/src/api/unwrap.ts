/** Turns the result of an API call into its data, an error page or an ApiError. */
import { forbidden, notFound, redirect, unauthorized } from 'next/navigation';
import { failureOf, problemOf, type Result } from '@/lib/problems';
import { SET_UP_SECOND_FACTOR } from '@/lib/second-factor';
import { serverState } from '@/lib/server-state';

/**
 * An operation failed and the page has no special handling for it. Next passes only `digest` to the error page:
 * `api-503`, `api-network`, or `api-contract` for a response that does not match the document.
 */
export class ApiError extends Error {
  readonly digest: string;

  constructor(operation: string, kind: number | 'network' | 'contract', cause: unknown) {
    super(`${operation}: ${kind}`, { cause });
    this.name = 'ApiError';
    this.digest = `api-${kind}`;
    serverState().failed = { at: Date.now(), digest: this.digest };
  }
}

/**
 * Return the data of a call. 404, 401 and 403 show their pages; an account that needs a second factor is led to where it
 * is set up. Anything else throws `ApiError`, so that no page is rendered or cached from a failed call.
 */
export function unwrap<R extends Result>(operation: string, result: R): NonNullable<R['data']> {
  const failure = failureOf(result);
  if (failure === 401) unauthorized();
  if (problemOf(result as Result)?.code === 'SECOND_FACTOR_SETUP_REQUIRED') redirect(SET_UP_SECOND_FACTOR);
  if (failure === 403) forbidden();
  if (failure === 404) notFound();
  return unwrapPublic(operation, result);
}

/**
 * Return the data of an anonymous call for a page that is kept for everybody. 401, 403 and 404 are those of a service
 * that is not available: Next would keep their own pages, and no visitor could do anything about them. Where a 404 says
 * that something does not exist, the caller asks for it first.
 */
export function unwrapPublic<R extends Result>(operation: string, result: R): NonNullable<R['data']> {
  const failure = failureOf(result);
  if (failure === undefined) return result.data as NonNullable<R['data']>;
  if (failure === 'contract') console.error(`${operation}: the response does not match the OpenAPI document:`, result.error);
  const isRefused = failure === 401 || failure === 403 || failure === 404;
  throw new ApiError(operation, isRefused ? 503 : failure, result.error);
}
