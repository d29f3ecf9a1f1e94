/** Security headers of our pages. Set by the proxy, not in next.config.ts: a page of the legacy site has its own. */
import { browserApiBaseUrl } from './base-urls';

/** Next's own start-up scripts are inline, and static pages can carry no nonce. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  `script-src 'self' 'unsafe-inline'${process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob: https:",
  "font-src 'self'",
  // The API too, where browsers are to ask it directly.
  `connect-src ${["'self'", browserApiBaseUrl()].filter(Boolean).join(' ')}`,
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Add the headers to the answer of a page of ours, and return it. */
export function withPageHeaders<R extends Response>(response: R): R {
  response.headers.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.headers.set('Referrer-Policy', 'strict-origin-when-cross-origin');
  response.headers.set('X-Content-Type-Options', 'nosniff');
  return response;
}
