/** Images of posts, streamed from the API under the URLs that posts use. */
import type { NextRequest } from 'next/server';
import { getMedia } from '@/client';
import { apiStreamFetch } from '@/lib/api-fetch';
import { problemResponse } from '@/session/requests';

const SENT_ON = ['accept', 'if-modified-since', 'if-none-match', 'if-range', 'range'];
const SENT_BACK = [
  'accept-ranges', 'cache-control', 'content-disposition', 'content-length', 'content-range', 'content-type', 'etag',
  'last-modified', 'retry-after',
];

type Context = { params: Promise<{ name: string }> };

export async function GET(request: NextRequest, { params }: Context): Promise<Response> {
  const headers = picked(request.headers, SENT_ON);
  // Aborting the response aborts the API request.
  const { signal } = request;
  const { name } = await params;
  const { data, response } = await getMedia({ path: { name }, headers, parseAs: 'stream', cache: 'no-store', signal, fetch: apiStreamFetch });
  if (!response) return problemResponse(503, 'SERVICE_UNAVAILABLE', 'Service Unavailable', 'The API is temporarily unavailable. Try again later.', 5);
  const back = picked(response.headers, SENT_BACK);
  if (response.ok) return new Response(data as ReadableStream<Uint8Array> | null, { status: response.status, headers: back });
  // Error bodies are not passed on: they are not images.
  back.delete('content-length');
  back.delete('content-type');
  return new Response(null, { status: response.status, headers: back });
}

function picked(from: Headers, names: string[]): Headers {
  return new Headers(names.flatMap((name): [string, string][] => (from.has(name) ? [[name, from.get(name) ?? '']] : [])));
}
