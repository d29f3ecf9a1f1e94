/** How does a session get its next tokens? Once for any number of requests that ask at the same moment. */
import { refreshTokens } from '@/client';
import { createClient, createConfig } from '@/client/client';
import { apiBaseUrl } from '@/lib/base-urls';
import type { Tokens } from './cookies';

/** `ended`: the service refuses the token, log in again. `unreachable`: nothing is known, keep the session. */
export type Refreshed = { tokens: Tokens } | 'ended' | 'unreachable';

/** Requests that left the browser before the new cookies came still carry the old one. */
const KEPT_MS = 10_000;

const flights = new Map<string, Promise<Refreshed>>();

/**
 * Return the next tokens for `refreshToken`. Requests of this process share one call; those of another process are
 * answered with the same tokens by the service, within its leeway.
 */
export function refresh(refreshToken: string): Promise<Refreshed> {
  const known = flights.get(refreshToken);
  if (known) return known;
  const flight = ask(refreshToken);
  flights.set(refreshToken, flight);
  void flight.then((refreshed) => {
    // What failed for want of an answer may be tried again at once.
    if (refreshed === 'unreachable') flights.delete(refreshToken);
    else setTimeout(() => flights.delete(refreshToken), KEPT_MS).unref();
  });
  return flight;
}

async function ask(refreshToken: string): Promise<Refreshed> {
  const { data, response } = await refreshTokens({
    client: createClient(createConfig({ baseUrl: apiBaseUrl(), auth: refreshToken, cache: 'no-store' })),
    signal: AbortSignal.timeout(10_000),
  });
  if (data) return { tokens: data };
  return response?.status === 401 ? 'ended' : 'unreachable';
}
