/** Refresh of a session's tokens, one request for any number of callers at the same time (single flight). */
import { refreshTokens } from '@/client';
import { createClient, createConfig } from '@/client/client';
import { serverClientConfig } from '@/lib/base-urls';
import type { Tokens } from './cookies';

/** `ended`: the API rejects the token, log in again. `unreachable`: no response, keep the session. */
export type Refreshed = { tokens: Tokens } | 'ended' | 'unreachable';

/** Requests that left the browser before the new cookies came still carry the old one. */
const KEPT_MS = 10_000;

const flights = new Map<string, Promise<Refreshed>>();

/**
 * Return the rotated tokens for `refreshToken`. Callers in this process share one request; another process gets the same
 * tokens from the API within its grace period.
 */
export function refresh(refreshToken: string): Promise<Refreshed> {
  const known = flights.get(refreshToken);
  if (known) return known;
  const flight = ask(refreshToken);
  flights.set(refreshToken, flight);
  void flight.then((refreshed) => {
    // Without a response, the next caller may try again at once.
    if (refreshed === 'unreachable') flights.delete(refreshToken);
    else setTimeout(() => flights.delete(refreshToken), KEPT_MS).unref();
  });
  return flight;
}

async function ask(refreshToken: string): Promise<Refreshed> {
  const { data, response } = await refreshTokens({
    client: createClient(createConfig(serverClientConfig({ auth: refreshToken }))),
  });
  if (data) return { tokens: data };
  return response?.status === 401 ? 'ended' : 'unreachable';
}
