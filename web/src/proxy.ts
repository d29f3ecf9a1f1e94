/** Runs before every page: refreshes the session, and routes what has not moved here to the legacy site. */
import { NextResponse, type NextRequest } from 'next/server';
import { routeOf } from '@/legacy/flags';
import { STATIC_ROUTES } from '@/legacy/routes';
import { routeRequest } from '@/legacy/routing';
import { withPageHeaders, withSharedPageHeaders } from '@/lib/page-headers';
import { askedFailure, unavailable } from '@/lib/unavailable';
import { needsRefresh, refreshSession } from '@/session/refresh-session';

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const failure = askedFailure(request);
  if (failure !== undefined) return unavailable(request, failure);
  const found = await routeRequest(request);
  return found instanceof NextResponse ? found : found(await page(request));
}

/** Pages of links in mails. */
const WITH_SECRET = new Set(['/confirm-email', '/invitation', '/reset-password', '/sign-up/confirm']);

/** Refresh the session if needed, and render the page. */
async function page(request: NextRequest): Promise<NextResponse> {
  // A prefetch never refreshes, and its page would be rendered as logged out and cached by the router.
  if (isPrefetch(request) && isPersonal(request) && needsRefresh(request)) return new NextResponse(null, { status: 204 });
  const changed = isPrefetch(request) ? undefined : await refreshSession(request);
  if (changed === 'unreachable' && isPersonal(request)) return unavailable(request);
  const headers = new Headers(request.headers);
  headers.set('x-pathname', request.nextUrl.pathname + withoutRouters(request.nextUrl.search));
  const withHeaders = isStatic(request) ? withSharedPageHeaders : withPageHeaders;
  const response = withHeaders(headers, (asked) => NextResponse.next({ request: { headers: asked } }));
  // Their addresses lead to what only one person may see, and no other site needs to know that somebody has such a link.
  if (WITH_SECRET.has(request.nextUrl.pathname)) response.headers.set('Referrer-Policy', 'no-referrer');
  if (Array.isArray(changed)) {
    for (const cookie of changed) response.cookies.set(cookie);
    response.headers.set('Cache-Control', 'private, no-store');
  }
  return response;
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
  matcher: [
    '/((?!_next/static|_next/image|api/).*)',
    // Of a request that comes here Next keeps the whole body in memory, and cuts it off at `proxyClientMaxBodySize`. So
    // uploads do not; `src/app/api/[...path]/route.ts` refreshes the session for them.
    { source: '/api/:path*', missing: [{ type: 'header', key: 'content-type', value: 'multipart/form-data.*' }] },
  ],
};
