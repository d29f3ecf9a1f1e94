/** Strangler-fig routing of a request: our page, the legacy site, or a redirect to a post's current URL. */
import { NextResponse, type NextRequest } from 'next/server';
import { currentPathOf } from '@/api/redirects';
import { withPageHeaders } from '@/lib/page-headers';
import { messages } from '@/messages';
import { flagForRoute, routeOf, routesToLegacy, VISITOR_COOKIE } from './flags';
import { legacyOrigin, MAX_BODY_BYTES, proxyRequest } from './reverse-proxy';

const YEAR_S = 365 * 24 * 60 * 60;
const RETRY_S = '5';

/** Adds cookies and headers of the flag to the response of our page. */
export type Ours = (answer: NextResponse) => NextResponse;

const unmarked: Ours = (answer) => answer;

/** Return the response of the legacy site or a redirect, or a function that completes the response of our page. */
export async function routeRequest(request: NextRequest): Promise<NextResponse | Ours> {
  const { pathname } = request.nextUrl;
  if (/^\/(_next|__nextjs)/.test(pathname)) return unmarked;
  const path = pathname.replace(/(?<=.)\/+$/, '');
  const route = routeOf(path);
  const origin = legacyOrigin();
  if (route === undefined) return (await elsewhere(request, path, origin)) ?? unmarked;
  const { back, marked } = origin === undefined ? { back: false, marked: unmarked } : chosen(request, route);
  if (back && origin !== undefined) return marked(await ofLegacy(request, origin));
  // The API ignores a trailing slash.
  return path === pathname || path.startsWith('/api/') ? marked : marked(moved(request, path + request.nextUrl.search));
}

/** Decide by the route's flag whether the visitor is sent back, and mark what has two versions. */
function chosen(request: NextRequest, route: string): { back: boolean; marked: Ours } {
  const flag = flagForRoute(route);
  if (flag === 'off') return { back: false, marked: unmarked };
  const known = request.cookies.get(VISITOR_COOKIE)?.value;
  const id = known ?? crypto.randomUUID();
  const cookie = (name: string) => request.cookies.get(name)?.value;
  const back = routesToLegacy(flag, { id, cookie, header: (name) => request.headers.get(name) });
  return { back, marked: (answer) => marked(answer, flag.endsWith('%') && known === undefined ? id : undefined) };
}

function marked(answer: NextResponse, newVisitor: string | undefined): NextResponse {
  // One URL has two pages now, so shared caches must not store either.
  if (!/no-store/.test(answer.headers.get('cache-control') ?? '')) answer.headers.set('Cache-Control', 'private, no-cache');
  if (newVisitor !== undefined) {
    answer.cookies.set(VISITOR_COOKIE, newVisitor, { maxAge: YEAR_S, path: '/', httpOnly: true, sameSite: 'lax' });
  }
  return answer;
}

/** Return the response for a path without a route here; undefined for our page for 404. */
async function elsewhere(request: NextRequest, path: string, origin: string | undefined) {
  const answer = origin === undefined ? undefined : await ofLegacy(request, origin);
  const missing = answer === undefined || answer.status === 404;
  if (!missing || !/^(GET|HEAD)$/.test(request.method)) return answer;
  try {
    const now = await currentPathOf(asStored(path));
    return now === undefined || now === path ? answer : moved(request, now);
  } catch (error) {
    console.error('The redirect of an old path could not be looked up:', error);
    // A 404 would be cached and may be wrong; the legacy site's own 404 stands.
    return answer ?? unavailable(request);
  }
}

async function ofLegacy(request: NextRequest, origin: string): Promise<NextResponse> {
  // Next's router requests RSC data, which a legacy page does not have; on 404 it loads the whole page.
  if (request.headers.has('rsc')) return new NextResponse(null, { status: 404 });
  const refused = tooMuch(request);
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
function tooMuch({ headers }: NextRequest): NextResponse | undefined {
  const length = headers.get('content-length');
  const status = length === null ? headers.has('transfer-encoding') && 411 : Number(length) > MAX_BODY_BYTES && 413;
  return status ? new NextResponse(messages.errors[413].text, { status }) : undefined;
}

function unavailable(request: NextRequest): NextResponse {
  const answer = { status: 503, headers: { 'Cache-Control': 'no-store', 'Retry-After': RETRY_S } };
  // Other methods are not sent by browsers' pages, so they get plain text.
  if (!/^(GET|HEAD|POST)$/.test(request.method)) return new NextResponse(messages.errors[503].text, answer);
  // With a form's body, Next would take this for a call of one of its own actions.
  const headers = new Headers(request.headers);
  headers.delete('content-type');
  headers.delete('next-action');
  return withPageHeaders(NextResponse.rewrite(new URL('/unavailable', request.url), { ...answer, request: { headers } }));
}

function moved(request: NextRequest, path: string): NextResponse {
  return NextResponse.redirect(new URL(path, request.url), 308);
}

/** The API stores old paths decoded, except for spaces. */
function asStored(path: string): string {
  try {
    return decodeURIComponent(path).replaceAll(' ', '%20');
  } catch {
    return path;
  }
}
