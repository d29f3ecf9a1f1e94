/** Runs before every page: refreshes the session, and routes what has not moved here to the legacy site. */
import { NextResponse, type NextRequest } from 'next/server';
import { routeOf } from '@/legacy/flags';
import { STATIC_ROUTES } from '@/legacy/routes';
import { routeRequest } from '@/legacy/routing';
import { withPageHeaders, withSharedPageHeaders } from '@/lib/page-headers';
import { askedFailure, unavailable } from '@/lib/unavailable';
import { ACCESS_COOKIE, clearedSessionCookies, isTokenFresh, REFRESH_COOKIE, sessionCookies } from '@/session/cookies';
import type { SessionCookie } from '@/session/cookies';
import { refresh } from '@/session/refresh';

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const failure = askedFailure(request);
  if (failure !== undefined) return unavailable(request, failure);
  const found = await routeRequest(request);
  return found instanceof NextResponse ? found : found(await page(request));
}

/** Refresh the session if needed, and render the page. */
async function page(request: NextRequest): Promise<NextResponse> {
  // A prefetch never refreshes, and its page would be rendered as logged out and cached by the router.
  if (isPrefetch(request) && isPersonal(request) && needsRefresh(request)) return new NextResponse(null, { status: 204 });
  const changed = await refreshSession(request);
  if (changed === 'unreachable' && isPersonal(request)) return unavailable(request);
  const headers = new Headers(request.headers);
  headers.set('x-pathname', request.nextUrl.pathname + withoutRouters(request.nextUrl.search));
  const withHeaders = isStatic(request) ? withSharedPageHeaders : withPageHeaders;
  const response = withHeaders(headers, (asked) => NextResponse.next({ request: { headers: asked } }));
  // Its address leads to what only one person may see, and no other site needs to know that somebody was invited.
  if (request.nextUrl.pathname === '/invitation') response.headers.set('Referrer-Policy', 'no-referrer');
  if (Array.isArray(changed)) {
    for (const cookie of changed) response.cookies.set(cookie);
    response.headers.set('Cache-Control', 'private, no-store');
  }
  return response;
}

/**
 * Refresh the session when its access token is about to expire. The new token goes into the request too, so that the
 * page behind it is made with it. Never for a prefetch: the answer may be thrown away, and the cookies with it.
 */
async function refreshSession(request: NextRequest): Promise<SessionCookie[] | 'unreachable' | undefined> {
  const refreshToken = request.cookies.get(REFRESH_COOKIE)?.value;
  if (!refreshToken || !needsRefresh(request) || isPrefetch(request)) return undefined;
  const refreshed = await refresh(refreshToken);
  if (refreshed === 'unreachable') return 'unreachable';
  const cookies = refreshed === 'ended' ? clearedSessionCookies() : sessionCookies(refreshed.tokens);
  for (const { name, value } of cookies) {
    if (value) request.cookies.set(name, value);
    else request.cookies.delete(name);
  }
  return cookies;
}

function needsRefresh({ cookies }: NextRequest): boolean {
  return Boolean(cookies.get(REFRESH_COOKIE)?.value) && !isTokenFresh(cookies.get(ACCESS_COOKIE)?.value);
}

function isPrefetch(request: NextRequest): boolean {
  const { headers } = request;
  return headers.has('next-router-prefetch') || /prefetch/.test(headers.get('sec-purpose') ?? headers.get('purpose') ?? '');
}

/** Pages that are the same for everyone, the one for 404 among them. */
function isStatic({ nextUrl }: NextRequest): boolean {
  const route = routeOf(nextUrl.pathname);
  return route === undefined || STATIC_ROUTES.has(route);
}

/** Pages that need a user. */
function isPersonal({ nextUrl }: NextRequest): boolean {
  return /^\/(studio|account)(\/|$)/.test(nextUrl.pathname);
}

/** Next's router adds `_rsc` to the query. */
const withoutRouters = (search: string) => search.replace(/([?&])_rsc=[^&]*&?/, '$1').replace(/[?&]$/, '');

export const config = {
  matcher: ['/((?!_next/static|_next/image).*)'],
};
