/** Checks of incoming requests (CSRF, path, body size), X-Forwarded-For, and problem responses of this server. */

/**
 * Return whether a request comes from another site's page (CSRF). Browsers send `Sec-Fetch-Site`, those before 2023
 * `Origin`; a request with neither is not sent by a page, so no browser has added our cookies to it.
 */
export function isCrossSite(request: { headers: Headers }): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin';
  const origin = request.headers.get('origin');
  const host = request.headers.get('x-forwarded-host') ?? request.headers.get('host');
  return origin !== null && (!URL.canParse(origin) || new URL(origin).host !== host);
}

/**
 * Return the decoded path, as the API would read it: `/api/auth%2Flogin` and `/api/%61uth/login` are
 * `/api/auth/login`. Undefined if a part of it is not what it seems to be: empty, dots, a slash or a control character.
 */
export function normalizePath(pathname: string): string | undefined {
  try {
    const parts = pathname.replace(/^\/|\/$/g, '').split('/').map(decodeURIComponent);
    return parts.some((part) => /^\.{0,2}$|[/\\\u0000-\u001f\u007f]/.test(part)) ? undefined : `/${parts.join('/')}`;
  } catch {
    return undefined;
  }
}

/** Return the body of a request, or `too large` as soon as it is found to have more than `limit` bytes. */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer> | 'too large'> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return 'too large';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return 'too large';
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

/**
 * Return the headers that tell the API who the visitor is: the address, which has limits for each (`visitor-address.ts`
 * has replaced what the visitor sent), and the browser, which the list of sessions names.
 */
export function visitorHeaders(headers: Headers): { 'X-Forwarded-For'?: string; 'User-Agent'?: string } {
  const address = headers.get('x-forwarded-for');
  const browser = headers.get('user-agent');
  return { ...(address && { 'X-Forwarded-For': address }), ...(browser && { 'User-Agent': browser }) };
}

/** Return a problem document (RFC 9457) in the API's own form. */
export function problemResponse(status: number, code: string, title: string, detail: string, retryAfterS?: number): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (retryAfterS !== undefined) headers.set('retry-after', String(retryAfterS));
  const body = { type: `/problems/${code}`, title, status, detail, code, error: title };
  return new Response(JSON.stringify(body), { status, headers });
}
