/** The current user and API clients for their requests, in Server Components, actions and route handlers. */
import 'server-only';
import { cache } from 'react';
import { cookies, headers as requestHeaders } from 'next/headers';
import { forbidden, redirect } from 'next/navigation';
import { getMe, type Role, type User } from '@/client';
import { createClient, createConfig, type Client } from '@/client/client';
import { serverClientConfig } from '@/lib/base-urls';
import { keyOfForm } from '@/lib/idempotency';
import { unwrap } from '@/api/unwrap';
import { ACCESS_COOKIE, clearedSessionCookies, sessionCookies, type Tokens } from './cookies';
import { visitorHeaders } from './requests';
import { verifyAccessToken } from './verify';

/** Return the access token of the request if it is genuine. */
export const accessToken = cache(async (): Promise<string | undefined> => {
  const token = (await cookies()).get(ACCESS_COOKIE)?.value;
  return token && (await verifyAccessToken(token)) !== undefined ? token : undefined;
});

/** Return an API client without a token, which sends the key of `form`. Responses are not cached. */
export async function anonymousClient(form?: FormData): Promise<Client> {
  const headers = { ...visitorHeaders(await requestHeaders()), ...(form && keyOfForm(form)) };
  return createClient(createConfig(serverClientConfig({ headers })));
}

/** Return an API client with the user's token, if somebody is logged in, and the key of `form`. Responses are not cached. */
export async function sessionClient(form?: FormData): Promise<Client> {
  const auth = await accessToken();
  const headers = { ...visitorHeaders(await requestHeaders()), ...(form && keyOfForm(form)) };
  return createClient(createConfig(serverClientConfig({ auth, headers })));
}

const ownAccount = cache(async (): Promise<{ user: User; etag: string } | undefined> => {
  if (!(await accessToken())) return undefined;
  const result = await getMe({ client: await sessionClient() });
  if (result.response?.status === 401) return undefined;
  return { user: unwrap('getMe', result), etag: result.response?.headers.get('etag') ?? '*' };
});

/** Return the current user, or undefined. */
export async function currentUser(): Promise<User | undefined> {
  return (await ownAccount())?.user;
}

/** Return the ETag of `currentUser`, for `If-Match`. */
export async function currentUserEtag(): Promise<string> {
  return (await ownAccount())?.etag ?? '*';
}

/** Return the current user, or redirect to the log-in page and back. */
export async function requireUser(): Promise<User> {
  const user = await currentUser();
  if (user) return user;
  const here = (await requestHeaders()).get('x-pathname') ?? '/';
  redirect(`/login?next=${encodeURIComponent(here)}`);
}

const RANK: Record<Role, number> = { reader: 0, author: 1, editor: 2, admin: 3 };

/** Return whether `user` has `role` or a higher one. */
export function atLeast(user: User, role: Role): boolean {
  return RANK[user.role] >= RANK[role];
}

/** As `requireUser`; users below `role` see the page for 403. */
export async function requireRole(role: Role): Promise<User> {
  const user = await requireUser();
  if (!atLeast(user, role)) forbidden();
  return user;
}

/** Set the session cookies, after log-in or token refresh. In actions and route handlers only. */
export async function setSessionCookies(tokens: Tokens): Promise<void> {
  const jar = await cookies();
  for (const each of sessionCookies(tokens)) jar.set(each);
}

/** Delete the session cookies. In actions and route handlers only. */
export async function clearSessionCookies(): Promise<void> {
  const jar = await cookies();
  for (const each of clearedSessionCookies()) jar.set(each);
}
