/** Files of media, streamed from the API under the URLs that posts use: for everybody, and else for whoever is logged in. */
import type { NextRequest } from 'next/server';
import { getMedia } from '@/client';
import { apiStreamFetch } from '@/lib/api-fetch';
import { ACCESS_COOKIE } from '@/session/cookies';
import { problemResponse } from '@/session/requests';
import { verifyAccessToken } from '@/session/verify';

const SENT_ON = ['accept', 'if-modified-since', 'if-none-match', 'if-range', 'range'];
const SENT_BACK = [
  'accept-ranges', 'cache-control', 'content-disposition', 'content-length', 'content-range', 'content-security-policy', 'content-type',
  'cross-origin-resource-policy', 'etag', 'last-modified', 'retry-after', 'x-content-type-options',
];

type Context = { params: Promise<{ name: string }> };

async function handle(request: NextRequest, { params }: Context): Promise<Response> {
  const { name } = await params;
  let { data, response } = await read(request, name);
  // Without the token first: what is public is the same for everybody, and cached for everybody.
  const token = request.cookies.get(ACCESS_COOKIE)?.value;
  if (response?.status === 404 && token && (await isGenuine(token))) {
    const own = await read(request, name, token);
    // A session that has just ended sees what everybody sees.
    if (own.response?.status !== 401) ({ data, response } = own);
  }
  if (!response) return problemResponse(503, 'SERVICE_UNAVAILABLE', 'Service Unavailable', 'The API is temporarily unavailable. Try again later.', 5);
  const back = picked(response.headers, SENT_BACK);
  if (response.ok) return new Response(data as ReadableStream<Uint8Array> | null, { status: response.status, headers: back });
  // Error bodies are not passed on: they are not images.
  back.delete('content-length');
  back.delete('content-type');
  return new Response(null, { status: response.status, headers: back });
}

/** Return whether the service has signed a token; not if that cannot be found out now. */
async function isGenuine(token: string): Promise<boolean> {
  try {
    return (await verifyAccessToken(token)) !== undefined;
  } catch {
    return false;
  }
}

/** Read a file; aborting the response aborts the request. */
function read(request: NextRequest, name: string, auth?: string) {
  const { method, signal } = request;
  return getMedia({
    path: { name },
    headers: picked(request.headers, SENT_ON),
    auth,
    parseAs: 'stream',
    cache: 'no-store',
    signal,
    fetch: (input, init) => apiStreamFetch(input, { ...init, method }),
  });
}

function picked(from: Headers, names: string[]): Headers {
  return new Headers(names.flatMap((name): [string, string][] => (from.has(name) ? [[name, from.get(name) ?? '']] : [])));
}

export { handle as GET, handle as HEAD };
