/** Base URLs of the API, for the server and for browsers, and of this site itself. */
import type { ClientOptions, Config } from '../client/client';
import { apiFetch, repeatingFetch } from './api-fetch';
import { addIdempotencyKey } from './idempotency';

const LOCAL_API = 'http://127.0.0.1:8000';

/**
 * Return the API's base URL for the server (`API_BASE_URL`), read on each call: it is a setting of the running server,
 * not of the build.
 */
export function apiBaseUrl(): string {
  return (process.env.API_BASE_URL ?? LOCAL_API).replace(/\/$/, '');
}

/**
 * Return the API's base URL for browsers. Empty unless `NEXT_PUBLIC_API_BASE_URL` was set for the build:
 * the same origin, whose `/api` adds the session's token. Set, it is asked directly, without a token.
 */
export function browserApiBaseUrl(): string {
  return (process.env.NEXT_PUBLIC_API_BASE_URL ?? '').replace(/\/$/, '');
}

const COMMON = { parseAs: 'json', requestValidator: addIdempotencyKey } as const;

/** As JSON, whatever a response calls itself: a page of HTML that a proxy sends with 200 is an error. */
export function createClientConfig<T extends ClientOptions>(override?: Config<ClientOptions & T>) {
  const where = typeof window === 'undefined' ? { baseUrl: apiBaseUrl(), fetch: apiFetch } : { baseUrl: browserApiBaseUrl(), fetch: repeatingFetch };
  return { ...override, ...where, ...COMMON } as Config<Required<ClientOptions> & T>;
}

/** Return the configuration of a client for one visitor, on the server: nothing that it reads is cached. */
export function serverClientConfig(own: Pick<Config, 'auth' | 'headers'>): Config {
  return { baseUrl: apiBaseUrl(), fetch: apiFetch, cache: 'no-store', ...COMMON, ...own };
}

/** Return the site's own public URL (`SITE_URL`), for absolute links in feeds, metadata and the sitemap. */
export function siteUrl(): string {
  return (process.env.SITE_URL ?? 'http://localhost:3000').replace(/\/$/, '');
}
