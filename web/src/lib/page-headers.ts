/** Security headers of our pages. Set by the proxy, not in next.config.ts: a page of the legacy site has its own. */
import { browserApiBaseUrl } from './base-urls';

/** The development server compiles in the browser, and renders nothing in advance. */
const IS_DEVELOPMENT = process.env.NODE_ENV === 'development';

/** Return the policy of a page that may run `scripts` besides those of this site: hashes or a nonce. */
export function contentSecurityPolicy(scripts: string[]): string {
  return [
    "default-src 'self'",
    `script-src ${["'self'", ...scripts, ...(IS_DEVELOPMENT ? ["'unsafe-eval'"] : [])].join(' ')}`,
    // React and Next write style attributes and elements.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob: https:",
    "font-src 'self'",
    // The API as well, if browsers call it directly.
    `connect-src ${["'self'", browserApiBaseUrl()].filter(Boolean).join(' ')}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Return a response that is rendered for this request alone, with a policy for it: `respond` gets the request's headers
 * with the nonce that Next gives to its inline scripts.
 */
export function withPageHeaders<R extends Response>(headers: Headers, respond: (headers: Headers) => R): R {
  const policy = contentSecurityPolicy(IS_DEVELOPMENT ? ["'unsafe-inline'"] : [`'nonce-${crypto.randomUUID()}'`]);
  const asked = new Headers(headers);
  asked.set('Content-Security-Policy', policy);
  const response = withCommonHeaders(respond(asked));
  response.headers.set('Content-Security-Policy', policy);
  return response;
}

/**
 * Return a response that is the same for all readers. Its policy, with the hashes of its scripts, comes with the page:
 * cache-handler.mjs adds it.
 */
export function withSharedPageHeaders<R extends Response>(headers: Headers, respond: (headers: Headers) => R): R {
  if (IS_DEVELOPMENT) return withPageHeaders(headers, respond);
  const asked = new Headers(headers);
  asked.delete('Content-Security-Policy');
  return withCommonHeaders(respond(asked));
}

function withCommonHeaders<R extends Response>(response: R): R {
  response.headers.set('Referrer-Policy', 'strict-origin-when-cross-origin');
  response.headers.set('X-Content-Type-Options', 'nosniff');
  return response;
}
