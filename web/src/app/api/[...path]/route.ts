/**
 * Backend for the front end: the browser's way to the API, at the API's own paths. The session's token is added; problem
 * documents, ETags and statuses pass through unchanged.
 */
import { type NextRequest, NextResponse } from 'next/server';
import { revalidateTag } from 'next/cache';
import { apiStreamFetch } from '@/lib/api-fetch';
import { apiUpload } from '@/lib/api-upload';
import { apiBaseUrl } from '@/lib/base-urls';
import { resourceAt, watchPublicChange } from '@/api/public-changes';
import { accessToken, sessionClient } from '@/session/current';
import { ACCESS_COOKIE } from '@/session/cookies';
import { refreshSession } from '@/session/refresh-session';
import { JwksUnavailable, verifyAccessToken } from '@/session/verify';
import { visitorHeaders, isCrossSite, normalizePath, problemResponse, readBody } from '@/session/requests';

/** Operations that return tokens have Server Actions: scripts must not see tokens. */
const TOKEN_OPERATIONS = new Set([
  '/api/auth/login', '/api/auth/refresh', '/api/auth/password', '/api/auth/second-factor', '/api/invitations/accept',
  '/api/auth/passkeys/login', '/api/auth/passkeys/second-factor',
]);
/** More than the API accepts, so that it can respond with its own 413. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const SAFE_METHODS = new Set(['GET', 'HEAD']);
const REQUEST_HEADERS = [
  'accept', 'accept-language', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'last-event-id', 'x-request-id',
];
const RESPONSE_HEADERS = [
  'content-disposition', 'content-type', 'etag', 'link', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id',
  'x-accel-buffering', 'x-total-count', 'deprecation', 'sunset', 'allow',
];

async function handle(request: NextRequest): Promise<Response> {
  const path = normalizePath(request.nextUrl.pathname);
  if (path === undefined || TOKEN_OPERATIONS.has(path)) {
    return problemResponse(404, 'NOT_FOUND', 'Not Found', 'The resource does not exist.');
  }
  const isWriting = !SAFE_METHODS.has(request.method);
  if (isWriting && isCrossSite(request)) {
    return problemResponse(403, 'FOREIGN_ORIGIN', 'Forbidden', 'Pages of other sites cannot change data here.');
  }
  if (isUpload(request)) return upload(request, path);
  const body = isWriting ? await readBody(request, MAX_BODY_BYTES) : undefined;
  if (body === 'too large') {
    return problemResponse(413, 'CONTENT_TOO_LARGE', 'Content Too Large', `The request body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  try {
    const staleTags = isWriting ? await watchPublicChange(resourceAt(path, await sessionClient())) : undefined;
    const response = await callApi(request, path, body);
    if (response.ok) for (const tag of (await staleTags?.()) ?? []) revalidateTag(tag, { expire: 0 });
    return passedOn(response);
  } catch (error) {
    return unreachable(error);
  }
}

/** Pass a form with a file on as it arrives. The proxy has not seen it (`config` of src/proxy.ts). */
async function upload(request: NextRequest, path: string): Promise<Response> {
  try {
    const changed = await refreshSession(request);
    if (changed === 'unreachable') return unreachable('the session could not be refreshed');
    const token = request.cookies.get(ACCESS_COOKIE)?.value;
    const headers = requestHeaders(request, token && (await verifyAccessToken(token)) ? token : undefined);
    const length = request.headers.get('content-length');
    if (length) headers.set('content-length', length);
    const { method, body, signal } = request;
    const response = passedOn(await apiUpload(apiAddress(request, path), { method, headers, body, signal }));
    for (const cookie of changed ?? []) response.cookies.set(cookie);
    return response;
  } catch (error) {
    // The upload was cancelled: nobody reads this.
    return request.signal.aborted ? new Response(null, { status: 503 }) : unreachable(error);
  }
}

function isUpload({ method, headers }: NextRequest): boolean {
  return ['POST', 'PUT'].includes(method) && /^multipart\/form-data/i.test(headers.get('content-type') ?? '');
}

function passedOn(response: Response): NextResponse {
  const headers = pick(response.headers, RESPONSE_HEADERS);
  // Of a file that is downloaded, for the browser's progress; of a compressed body it is another length.
  const length = response.headers.get('content-length');
  if (length && !response.headers.has('content-encoding')) headers.set('content-length', length);
  // Compressed, the events of a stream would be collected on the way.
  headers.set('cache-control', 'private, no-store, no-transform');
  return new NextResponse(response.body, { status: response.status, headers });
}

function unreachable(error: unknown): Response {
  const reason = error instanceof JwksUnavailable ? error.cause : error;
  console.error('The API could not be reached:', reason);
  return problemResponse(503, 'SERVICE_UNAVAILABLE', 'Service Unavailable', 'The API is temporarily unavailable. Try again later.', 5);
}

async function callApi(request: NextRequest, path: string, body: BodyInit | undefined): Promise<Response> {
  const headers = requestHeaders(request, await accessToken());
  return apiStreamFetch(apiAddress(request, path), { method: request.method, headers, body, cache: 'no-store', redirect: 'manual' });
}

function requestHeaders(request: NextRequest, token: string | undefined): Headers {
  const headers = pick(request.headers, REQUEST_HEADERS);
  for (const [name, value] of Object.entries(visitorHeaders(request.headers))) headers.set(name, value);
  if (token) headers.set('authorization', `Bearer ${token}`);
  return headers;
}

/** Built from the checked path, so that the API cannot parse it in another way. */
const apiAddress = (request: NextRequest, path: string) =>
  apiBaseUrl() + path.split('/').map(encodeURIComponent).join('/') + request.nextUrl.search;

function pick(from: Headers, names: string[]): Headers {
  return new Headers(names.flatMap((name) => (from.has(name) ? [[name, from.get(name) as string]] : []) as [string, string][]));
}

export { handle as GET, handle as HEAD, handle as POST, handle as PUT, handle as PATCH, handle as DELETE };
