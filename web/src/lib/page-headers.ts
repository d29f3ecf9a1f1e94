/** Security headers of our pages. Set by the proxy, not in next.config.ts: a page of the legacy site has its own. */
import { browserApiBaseUrl } from './base-urls';

/** `unsafe-inline`: Next's bootstrap scripts are inline, and static pages cannot have a nonce. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  `script-src 'self' 'unsafe-inline'${process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob: https:",
  "font-src 'self'",
  // The API as well, if browsers call it directly.
  `connect-src ${["'self'", browserApiBaseUrl()].filter(Boolean).join(' ')}`,
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Set the headers on the response of one of our pages, and return it. */
export function withPageHeaders<R extends Response>(response: R): R {
  response.headers.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.headers.set('Referrer-Policy', 'strict-origin-when-cross-origin');
  response.headers.set('X-Content-Type-Options', 'nosniff');
  return response;
}
