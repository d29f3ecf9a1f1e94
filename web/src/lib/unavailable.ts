/** The response for 503, with the page at /unavailable. */
import { NextResponse, type NextRequest } from 'next/server';
import { messages } from '@/messages';
import { withPageHeaders } from './page-headers';
import { serverState } from './server-state';

export const RETRY_S = '5';

/**
 * Says what failed to the page at /unavailable. Coming from this server itself, with its secret, it also asks for that page
 * at any other address.
 */
export const FAILURE_HEADER = 'x-api-failure';

/** Return what failed, if this server asks itself for the page for 503. */
export function askedFailure({ headers }: NextRequest): string | undefined {
  const [secret, digest] = headers.get(FAILURE_HEADER)?.split(' ') ?? [];
  return secret !== undefined && secret === serverState().secret ? digest : undefined;
}

/** Return the page for 503, at the address of the request. `digest` is that of the `ApiError`. */
export function unavailable(request: NextRequest, digest = 'api-503'): NextResponse {
  const init = { status: 503, headers: { 'Cache-Control': 'no-store', 'Retry-After': RETRY_S } };
  // Other methods are not sent by browsers' pages, so they get plain text.
  if (!/^(GET|HEAD|POST)$/.test(request.method)) return new NextResponse(messages.errors[503].text, init);
  // With a form's body, Next would take this for a call of one of its own actions.
  const headers = new Headers(request.headers);
  headers.delete('content-type');
  headers.delete('next-action');
  headers.set(FAILURE_HEADER, digest);
  return withPageHeaders(headers, (asked) => NextResponse.rewrite(new URL('/unavailable', request.url), { ...init, request: { headers: asked } }));
}
