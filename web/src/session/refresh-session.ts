/** Refresh of the session of one request, before it is handled. */
import type { NextRequest } from 'next/server';
import { ACCESS_COOKIE, clearedSessionCookies, isTokenFresh, REFRESH_COOKIE, sessionCookies, type SessionCookie } from './cookies';
import { refresh } from './refresh';

/**
 * Refresh the session when its access token is about to expire. The new token goes into the request too, so that the
 * page behind it is made with it. Never for a prefetch: the answer may be thrown away, and the cookies with it.
 */
export async function refreshSession(request: NextRequest): Promise<SessionCookie[] | 'unreachable' | undefined> {
  const refreshToken = request.cookies.get(REFRESH_COOKIE)?.value;
  if (!refreshToken || !needsRefresh(request)) return undefined;
  const refreshed = await refresh(refreshToken);
  if (refreshed === 'unreachable') return 'unreachable';
  const cookies = refreshed === 'ended' ? clearedSessionCookies() : sessionCookies(refreshed.tokens);
  for (const { name, value } of cookies) {
    if (value) request.cookies.set(name, value);
    else request.cookies.delete(name);
  }
  return cookies;
}

/** Return whether the session has a token that is about to expire. */
export function needsRefresh({ cookies }: NextRequest): boolean {
  return Boolean(cookies.get(REFRESH_COOKIE)?.value) && !isTokenFresh(cookies.get(ACCESS_COOKIE)?.value);
}
