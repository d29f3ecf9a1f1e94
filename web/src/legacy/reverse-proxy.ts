/** Reverse proxy to the legacy site: headers, cookies, bodies and redirects in both directions. */
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import { pipeline, Readable, type Transform } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { NextResponse, type NextRequest } from 'next/server';
import { ACCESS_COOKIE, REFRESH_COOKIE, SIGNED_IN_COOKIE } from '@/session/cookies';
import { visitorHeaders } from '@/session/requests';
import { VISITOR_COOKIE } from './flags';

/** As `experimental.proxyClientMaxBodySize` in next.config.ts, past which Next cuts a body off without a word. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

const OUR_COOKIES = new Set([ACCESS_COOKIE, REFRESH_COOKIE, SIGNED_IN_COOKIE, VISITOR_COOKIE]);

/** Timeout for the first byte: nginx's default. */
const TIMEOUT_MS = 60_000;

/**
 * Hop-by-hop headers (RFC 9110, section 7.6.1), headers that are set here, and Next's internal ones. With an underscore a
 * name is the same to WSGI and CGI as with a hyphen: `X_Forwarded_For` would pass for the header that is set here.
 */
const DROPPED_REQUEST_HEADERS =
  /^(.*_.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|accept-encoding|cookie|forwarded|x-forwarded-.*|x-real-ip|x-pathname|x-middleware-.*|x-invoke-.*|x-nextjs-.*|next-.*|rsc)$/;
const DROPPED_RESPONSE_HEADERS =
  /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|content-encoding|set-cookie|location|x-middleware-.*|x-nextjs-.*)$/;
const WITHOUT_BODY = [204, 205, 304];
/** Next removes `Content-Encoding` from this response and compresses it by itself, so it must not be compressed. */
const DECOMPRESSORS: Record<string, () => Transform> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
};

/** Return where the legacy site is (`LEGACY_ORIGIN`, a setting of the running server), undefined if there is none. */
export function legacyOrigin(): string | undefined {
  const { LEGACY_ORIGIN: given } = process.env;
  if (!given) return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new Error(`LEGACY_ORIGIN is "${given}", but must be an origin such as http://127.0.0.1:5000`);
  }
  return new URL(given).origin;
}

/** Return the legacy site's response, streamed. Throws if there is none. */
export async function proxyRequest(request: NextRequest, origin: string): Promise<NextResponse> {
  const response = await requestLegacy(request, origin);
  const { statusCode: status = 0, rawHeaders } = response;
  const named = rawHeaders.flatMap((name, at): [string, string][] => (at % 2 ? [] : [[name, rawHeaders[at + 1] ?? '']]));
  const headers = responseHeaders(new Headers(named), status, request, origin);
  if (request.method !== 'HEAD' && !WITHOUT_BODY.includes(status)) {
    return new NextResponse(Readable.toWeb(decompressed(response)) as ReadableStream, { status, headers });
  }
  response.resume();
  return new NextResponse(null, { status, headers });
}

/** Some servers compress although `Accept-Encoding` is `identity`. */
function decompressed(response: IncomingMessage): Readable {
  const decompressor = DECOMPRESSORS[response.headers['content-encoding'] ?? '']?.();
  return decompressor ? pipeline(response, decompressor, () => undefined) : response;
}

/** Node's own requests, because `fetch` sends no `Host` but that of the address. */
function requestLegacy(request: NextRequest, origin: string): Promise<IncomingMessage> {
  const { method, nextUrl, body, signal } = request;
  const headers = requestHeaders(request);
  if (!body) headers.delete('content-length');
  // Without an agent each request has its own connection: gunicorn closes one that idles for 2 s, and a POST that is sent
  // in that moment would fail and could not be repeated.
  const path = nextUrl.pathname + nextUrl.search;
  const options = { method, path, headers: Object.fromEntries(headers), signal, agent: false };
  return new Promise((resolve, reject) => {
    const sent = (origin.startsWith('https:') ? overTls : overHttp)(origin, options);
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`nothing came for ${TIMEOUT_MS / 1000} s`)));
    sent.on('error', reject).on('response', (response) => {
      sent.setTimeout(0); // What has begun may pause for as long as it likes: events do.
      resolve(response);
    });
    if (body) pipeline(Readable.fromWeb(body as NodeReadableStream), sent, (error) => error && reject(error));
    else sent.end();
  });
}

function requestHeaders(request: NextRequest): Headers {
  const headers = without(request.headers, DROPPED_REQUEST_HEADERS);
  headers.set('host', process.env.LEGACY_HOST || hostOf(request));
  headers.set('x-forwarded-host', hostOf(request));
  headers.set('x-forwarded-proto', protocolOf(request));
  for (const [name, value] of Object.entries(visitorHeaders(request.headers))) headers.set(name, value);
  const cookies = withoutOurCookies(request.headers.get('cookie') ?? '');
  if (cookies) headers.set('cookie', cookies);
  headers.set('accept-encoding', 'identity');
  return headers;
}

/** The legacy site must not see the session's tokens. */
function withoutOurCookies(cookies: string): string {
  return cookies
    .split(';')
    .filter((cookie) => !OUR_COOKIES.has(nameOf(cookie)))
    .join(';')
    .trim();
}

const nameOf = (cookie: string) => cookie.split('=', 1)[0]?.trim() ?? '';

function responseHeaders(legacyHeaders: Headers, status: number, request: NextRequest, origin: string): Headers {
  const headers = without(legacyHeaders, DROPPED_RESPONSE_HEADERS);
  if (legacyHeaders.has('content-encoding')) headers.delete('content-length');
  // A partial response must not be compressed: its byte range counts bytes of the whole.
  if (status === 206) headers.append('cache-control', 'no-transform');
  for (const cookie of legacyHeaders.getSetCookie()) {
    if (!OUR_COOKIES.has(nameOf(cookie))) headers.append('set-cookie', cookie);
  }
  const location = legacyHeaders.get('location');
  if (location) headers.set('location', rewrittenLocation(location, request, origin));
  return headers;
}

/** Return where a redirect leads: to the legacy site's own address means to the same path here. Next wants it whole. */
function rewrittenLocation(location: string, request: NextRequest, origin: string): string {
  const asked = new URL(request.nextUrl.pathname + request.nextUrl.search, origin);
  if (!URL.canParse(location, asked)) return location;
  const target = new URL(location, asked);
  if (target.origin !== origin && target.host !== process.env.LEGACY_HOST) return target.href;
  return `${protocolOf(request)}://${hostOf(request)}${target.pathname}${target.search}${target.hash}`;
}

/** The proxy in front must pass on the host that was asked for, as deploy/nginx.conf does. */
const hostOf = (request: NextRequest) => request.headers.get('host') ?? request.nextUrl.host;
const protocolOf = ({ headers }: NextRequest) => headers.get('x-forwarded-proto')?.split(',')[0]?.trim() || 'http';

function without(headers: Headers, dropped: RegExp): Headers {
  const named = (headers.get('connection') ?? '').toLowerCase().split(/\s*,\s*/);
  return new Headers([...headers].filter(([name]) => !dropped.test(name) && !named.includes(name)));
}
