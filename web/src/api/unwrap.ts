/** What does a page do with an answer that is not the one it wants? */
import { forbidden, notFound, unauthorized } from 'next/navigation';
import { failureOf, type Result } from '@/lib/problems';

/**
 * An operation failed in a way that the page cannot show by itself. `digest` is all that Next lets through to the error
 * page: `api-503`, `api-network`, or `api-contract` for an answer that breaks the document.
 */
export class ApiError extends Error {
  readonly digest: string;

  constructor(operation: string, kind: number | 'network' | 'contract', cause: unknown) {
    super(`${operation}: ${kind}`, { cause });
    this.name = 'ApiFailure';
    this.digest = `api-${kind}`;
  }
}

/**
 * Return the data of a call. 404 shows the page for what is not there, 401 and 403 those for whoever may not see it;
 * anything else throws `ApiFailure`, so that no page is ever made, or kept, from an answer that did not come.
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
