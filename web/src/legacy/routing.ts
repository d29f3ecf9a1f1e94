/** Strangler-fig routing of a request: our page, the legacy site, or a redirect to a post's current URL. */
import { NextResponse, type NextRequest } from 'next/server';
import { currentPathOf } from '@/api/redirects';
import { unavailable } from '@/lib/unavailable';
import { messages } from '@/messages';
import { flagForRoute, routeOf, routesToLegacy, VISITOR_COOKIE } from './flags';
import { legacyOrigin, MAX_BODY_BYTES, proxyRequest } from './reverse-proxy';

const YEAR_S = 365 * 24 * 60 * 60;

/** Adds cookies and headers of the flag to the response of our page. */
export type Completion = (response: NextResponse) => NextResponse;

const unmarked: Completion = (response) => response;

/** Return the response of the legacy site or a redirect, or a function that completes the response of our page. */
export async function routeRequest(request: NextRequest): Promise<NextResponse | Completion> {
  const { pathname } = request.nextUrl;
  if (/^\/(_next|__nextjs)/.test(pathname)) return unmarked;
  const path = pathname.replace(/(?<=.)\/+$/, '');
  const route = routeOf(path);
  const origin = legacyOrigin();
  if (route === undefined) return (await legacyOrRedirect(request, path, origin)) ?? unmarked;
  const { toLegacy, marked } = origin === undefined ? { toLegacy: false, marked: unmarked } : applyFlag(request, route);
  if (toLegacy && origin !== undefined) return marked(await legacyResponse(request, origin));
  // The API ignores a trailing slash.
  if (path === pathname || path.startsWith('/api/')) return marked;
  return marked(permanentRedirect(request, path + request.nextUrl.search));
}

/** Apply the route's flag: to the legacy site or not, and how to mark a response that has two versions. */
function applyFlag(request: NextRequest, route: string): { toLegacy: boolean; marked: Completion } {
  const flag = flagForRoute(route);
  if (flag === 'off') return { toLegacy: false, marked: unmarked };
  const known = request.cookies.get(VISITOR_COOKIE)?.value;
  const id = known ?? crypto.randomUUID();
  const cookie = (name: string) => request.cookies.get(name)?.value;
  const toLegacy = routesToLegacy(flag, { id, cookie, header: (name) => request.headers.get(name) });
  const newVisitor = flag.endsWith('%') && known === undefined ? id : undefined;
  return { toLegacy, marked: (response) => marked(response, newVisitor) };
}

function marked(response: NextResponse, newVisitor: string | undefined): NextResponse {
  // One URL has two pages now, so shared caches must not store either.
  const { headers } = response;
  if (!/no-store/.test(headers.get('cache-control') ?? '')) headers.set('Cache-Control', 'private, no-cache');
  if (newVisitor !== undefined) {
    response.cookies.set(VISITOR_COOKIE, newVisitor, { maxAge: YEAR_S, path: '/', httpOnly: true, sameSite: 'lax' });
  }
  return response;
}

/** Return the response for a path without a route here; undefined for our page for 404. */
async function legacyOrRedirect(request: NextRequest, path: string, origin: string | undefined) {
  const response = origin === undefined ? undefined : await legacyResponse(request, origin);
  const missing = response === undefined || response.status === 404;
  if (!missing || !/^(GET|HEAD)$/.test(request.method)) return response;
  try {
    const now = await currentPathOf(asStoredPath(path));
    return now === undefined || now === path ? response : permanentRedirect(request, now);
  } catch (error) {
    console.error('The redirect of an old path could not be looked up:', error);
    // A 404 would be cached and may be wrong; the legacy site's own 404 stands.
    return response ?? unavailable(request);
  }
}

async function legacyResponse(request: NextRequest, origin: string): Promise<NextResponse> {
  // Next's router requests RSC data, which a legacy page does not have; on 404 it loads the whole page.
  if (request.headers.has('rsc')) return new NextResponse(null, { status: 404 });
  const refused = bodyTooLarge(request);
  if (refused) return refused;
  try {
    return await proxyRequest(request, origin);
  } catch (error) {
    // The client has disconnected.
    if (request.signal.aborted) return new NextResponse(null, { status: 503 });
    console.error(`The legacy site at ${origin} did not respond: ${error}`);
    return unavailable(request);
  }
}

/** Next would pass on a truncated body as if it were complete. */
function bodyTooLarge({ headers }: NextRequest): NextResponse | undefined {
  const length = headers.get('content-length');
  const status = length === null ? headers.has('transfer-encoding') && 411 : Number(length) > MAX_BODY_BYTES && 413;
  return status ? new NextResponse(messages.errors[413].text, { status }) : undefined;
}

function permanentRedirect(request: NextRequest, path: string): NextResponse {
  return NextResponse.redirect(new URL(path, request.url), 308);
}

/** The API stores old paths decoded, except for spaces. */
function asStoredPath(path: string): string {
  try {
    return decodeURIComponent(path).replaceAll(' ', '%20');
  } catch {
    return path;
  }
}
