/**
 * What is sent in place of a page that could not be rendered because the API failed: the page as it was before, or else
 * the page for 503. Next.js knows only 500 for it, and lets a page choose no other status.
 */
import { subscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, request as ask, ServerResponse } from 'node:http';
import { contentSecurityPolicy } from './page-headers';
import { serverState } from './server-state';
import { FAILURE_HEADER, RETRY_S } from './unavailable';

/** No rendering goes on for longer after a request to the API has failed. */
const RENDERING_MS = 15_000;

/** What the API itself says is passed on there as it is. */
const PASSED_ON = /^\/(api|media)\//;

/** Watch all responses of this process from now on. */
export function watchResponses(): void {
  const state = serverState();
  state.secret = crypto.randomUUID();
  state.policy = contentSecurityPolicy;
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (!request.headers[FAILURE_HEADER] && !PASSED_ON.test(request.url ?? '')) watch(request, response);
  });
}

function watch(request: IncomingMessage, response: ServerResponse): void {
  // Requests for one page share its rendering: it may have failed before this one came.
  const since = Date.now() - RENDERING_MS;
  let isReplaced = false;
  const replaces = () => {
    if (isReplaced) return true;
    const { failed } = serverState();
    if (response.headersSent || response.statusCode !== 500 || !failed || failed.at < since) return false;
    if (isReading(request)) {
      isReplaced = true;
      void replace(request, response, failed.digest);
      return true;
    }
    // What is sent for a form or an action says what failed by itself.
    response.statusCode = 503;
    response.setHeader('Retry-After', RETRY_S);
    return false;
  };
  const { writeHead, write, end, flushHeaders } = response;
  // What Next sends for 500 goes nowhere; whoever writes it hears that it was written.
  Object.assign(response, {
    writeHead(...args: Parameters<typeof writeHead>) {
      if (typeof args[0] === 'number') response.statusCode = args[0];
      return replaces() ? response : writeHead.apply(response, args);
    },
    write(...args: Parameters<typeof write>) {
      if (!replaces()) return write.apply(response, args);
      called(args);
      return true;
    },
    end(...args: Parameters<typeof end>) {
      if (!replaces()) return end.apply(response, args);
      called(args);
      return response;
    },
    flushHeaders() {
      if (!replaces()) flushHeaders.call(response);
    },
  });
}

const isReading = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

function called(args: unknown[]): void {
  const callback = args.find((each) => typeof each === 'function');
  if (callback) process.nextTick(callback as () => void);
}

async function replace(request: IncomingMessage, response: ServerResponse, digest: string): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const kept = request.headers.rsc ? undefined : serverState().expiredPages.get(decodedPath(url.pathname));
  if (kept) {
    const { 'x-next-cache-tags': _tags, ...headers } = kept.headers;
    const type = { 'content-type': 'text/html; charset=utf-8' };
    send(response, request, { headers: { ...type, ...headers, 'cache-control': 'no-store' }, body: kept.body });
    return;
  }
  const page: Sent = await pageFor503(request, digest).catch((error: Error) => {
    console.error('The page for 503 could not be rendered:', error);
    return { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Service Unavailable' };
  });
  const headers = { ...page.headers, 'cache-control': 'no-store', 'retry-after': RETRY_S };
  send(response, request, { status: 503, headers, body: page.body });
}

const decodedPath = (path: string) => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

type Sent = { status?: number; headers: Record<string, string | string[] | undefined>; body: string | Buffer };

/** Ask this server for its page for 503, under the address of the page that failed. */
function pageFor503({ socket, url, headers }: IncomingMessage, digest: string): Promise<Sent> {
  const { localAddress: host, localPort: port } = socket;
  const { cookie: _cookie, rsc: _rsc, ...rest } = headers;
  const asked = { ...rest, 'accept-encoding': 'identity', [FAILURE_HEADER]: `${serverState().secret} ${digest}` };
  return new Promise((resolve, reject) => {
    const sent = ask({ host, port, path: url, headers: asked, agent: false, timeout: 10_000 }, async (answer) => {
      try {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part as Buffer);
        const { 'content-type': type, 'content-security-policy': policy, 'referrer-policy': referrer } = answer.headers;
        const kept = { 'content-type': type, 'content-security-policy': policy, 'referrer-policy': referrer };
        resolve({ headers: { ...kept, 'x-content-type-options': 'nosniff' }, body: Buffer.concat(parts) });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('timeout', () => sent.destroy(new Error('It took too long')));
    sent.on('error', reject).end();
  });
}

/** Send it past what Next and its compression have put in front of the response's own methods. */
function send(response: ServerResponse, { method }: IncomingMessage, { status = 200, headers, body }: Sent): void {
  const { prototype } = ServerResponse;
  if (response.headersSent || response.destroyed) return;
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.setHeader('content-length', Buffer.byteLength(body));
  prototype.writeHead.call(response, status);
  prototype.end.call(response, method === 'HEAD' ? undefined : body, 'utf8');
}
