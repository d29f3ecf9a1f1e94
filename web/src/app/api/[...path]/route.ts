/**
 * Backend for the front end: the browser's way to the API, at the API's own paths. The session's token is added; problem
 * documents, ETags and statuses pass through unchanged.
 */
import type { NextRequest } from 'next/server';
import { revalidateTag } from 'next/cache';
import { apiBaseUrl } from '@/lib/base-urls';
import { staleCacheTags } from '@/api/cache-tags';
import { accessToken } from '@/session/current';
import { JwksUnavailable } from '@/session/verify';
import { forwardedForHeader, isCrossSite, normalizePath, problemResponse, readBody } from '@/session/requests';

/** What answers with tokens has a Server Action of its own: no token ever reaches a script. */
const ANSWERS_WITH_TOKENS = new Set(['/api/auth/login', '/api/auth/refresh', '/api/auth/password']);
/** More than the service takes by itself: what it refuses, it refuses in its own words. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const READING = new Set(['GET', 'HEAD']);
const SENT_ON = [
  'accept', 'accept-language', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'x-request-id',
];
const SENT_BACK = [
  'content-type', 'etag', 'link', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id',
  'x-total-count', 'deprecation', 'sunset', 'allow',
];

async function handle(request: NextRequest): Promise<Response> {
  const path = normalizePath(request.nextUrl.pathname);
  if (path === undefined || ANSWERS_WITH_TOKENS.has(path)) {
    return problemResponse(404, 'NOT_FOUND', 'Not Found', 'The resource does not exist.');
  }
  const writing = !READING.has(request.method);
  if (writing && isCrossSite(request)) {
    return problemResponse(403, 'FOREIGN_ORIGIN', 'Forbidden', 'Pages of other sites cannot change data here.');
  }
  const body = writing ? await readBody(request, MAX_BODY_BYTES) : undefined;
  if (body === 'too large') {
    return problemResponse(413, 'CONTENT_TOO_LARGE', 'Content Too Large', `The request body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  try {
    const answer = await passedOn(request, path, body);
    if (writing && answer.ok) staleCacheTags(request.method, path).forEach((tag) => revalidateTag(tag, { expire: 0 }));
    const back = picked(answer.headers, SENT_BACK);
    back.set('cache-control', 'private, no-store');
    return new Response(answer.body, { status: answer.status, headers: back });
  } catch (error) {
    const reason = error instanceof JwksUnavailable ? error.cause : error;
    console.error('The API could not be reached:', reason);
    return problemResponse(503, 'SERVICE_UNAVAILABLE', 'Service Unavailable', 'The API is temporarily unavailable. Try again later.', 5);
  }
}

async function passedOn(request: NextRequest, path: string, body: BodyInit | undefined): Promise<Response> {
  const headers = picked(request.headers, SENT_ON);
  for (const [name, value] of Object.entries(forwardedForHeader(request.headers))) headers.set(name, value);
  const token = await accessToken();
  if (token) headers.set('authorization', `Bearer ${token}`);
  // Written anew from what was checked: nothing is read in one way here and in another there.
  const address = apiBaseUrl() + path.split('/').map(encodeURIComponent).join('/') + request.nextUrl.search;
  const signal = AbortSignal.timeout(30_000);
  return fetch(address, { method: request.method, headers, body, cache: 'no-store', redirect: 'manual', signal });
}

function picked(from: Headers, names: string[]): Headers {
  return new Headers(names.flatMap((name) => (from.has(name) ? [[name, from.get(name) as string]] : []) as [string, string][]));
}

export { handle as GET, handle as HEAD, handle as POST, handle as PUT, handle as PATCH, handle as DELETE };
