/** Session cookies. Getting and verifying tokens is elsewhere (refresh.ts, verify.ts). */
import { decodeJwt } from 'jose';

/** `__Host-`: of this host alone, over TLS alone (browsers count http://localhost and 127.0.0.1 as safe). */
export const ACCESS_COOKIE = '__Host-access';
export const REFRESH_COOKIE = '__Host-refresh';
/** Readable by scripts and without a secret: tells static pages whether somebody is logged in. */
export const SIGNED_IN_COOKIE = 'signed-in';

/** A token that expires this soon is replaced now: it would not outlive the request. */
const MARGIN_S = 30;
/** Maximum age of the cookie; how long a session lasts is decided by the API. */
const SESSION_DAYS = 30;

export type Tokens = { access_token: string; refresh_token: string; expires_in: number };

export type SessionCookie = {
  name: string;
  value: string;
  maxAge: number;
  expires?: Date;
  path: '/';
  httpOnly: boolean;
  secure: boolean;
  sameSite: 'lax';
};

function cookie(name: string, value: string, maxAge: number, readable = false): SessionCookie {
  // Where a page redirects, Next writes the proxy's cookies once more, and loses a Max-Age of 0 on the way.
  const ended = maxAge === 0 && { expires: new Date(0) };
  return { name, value, maxAge, ...ended, path: '/', httpOnly: !readable, secure: !readable, sameSite: 'lax' };
}

/** Return the cookies of a session that has just got `tokens`. */
export function sessionCookies(tokens: Tokens): SessionCookie[] {
  const session = SESSION_DAYS * 24 * 60 * 60;
  return [
    cookie(ACCESS_COOKIE, tokens.access_token, tokens.expires_in),
    cookie(REFRESH_COOKIE, tokens.refresh_token, session),
    cookie(SIGNED_IN_COOKIE, '1', session, true),
  ];
}

/** Return the cookies that end a session. */
export function clearedSessionCookies(): SessionCookie[] {
  return [cookie(ACCESS_COOKIE, '', 0), cookie(REFRESH_COOKIE, '', 0), cookie(SIGNED_IN_COOKIE, '', 0, true)];
}

/** Return whether an access token is present and does not expire during this request. Does not verify it. */
export function isTokenFresh(accessToken: string | undefined, now: number = Date.now()): boolean {
  if (!accessToken) return false;
  try {
    return (decodeJwt(accessToken).exp ?? 0) > now / 1000 + MARGIN_S;
  } catch {
    return false;
  }
}
