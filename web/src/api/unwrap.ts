/** Turns the result of an API call into its data, an error page or an ApiError. */
import { forbidden, notFound, unauthorized } from 'next/navigation';
import { failureOf, type Result } from '@/lib/problems';
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
 * Return the data of a call. 404, 401 and 403 show their pages; anything else throws `ApiError`, so that no page is
 * rendered or cached from a failed call.
 */
export function unwrap<R extends Result>(operation: string, result: R): NonNullable<R['data']> {
  const failure = failureOf(result);
  if (failure === undefined) return result.data as NonNullable<R['data']>;
  if (failure === 404) notFound();
  if (failure === 401) unauthorized();
  if (failure === 403) forbidden();
  if (failure === 'contract') console.error(`${operation}: the response does not match the OpenAPI document:`, result.error);
  throw new ApiError(operation, failure, result.error);
}
