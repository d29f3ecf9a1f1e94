/** Fault-injecting proxy between two servers of the web app and the API. */
import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';

import { test as base } from './fixtures';

type Call = { method: string; path: string; authorization?: string; forwardedFor?: string };

/**
 * What comes in place of the service's answer. `dropped` is a connection that ends without one; `held` is the answer of the
 * service, which is asked at once, kept back until `forget`.
 */
export type Fault = { status: number; body: string; headers?: Record<string, string> } | 'dropped' | 'held';

export class FaultProxy {
  /** What was asked of the service. */
  readonly calls: Call[] = [];
  private readonly rules: { asked: RegExp; fault: Fault }[] = [];
  private held: (() => void)[] = [];
  private readonly server = createServer((request, response) => this.handle(request, response));

  constructor(
    private readonly port: number,
    private readonly target: string,
  ) {}

  /** Let the service be reached. */
  async up(): Promise<void> {
    if (this.server.listening) return;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Let nobody be there. */
  async down(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** Answer with `fault` what matches: `GET /api/posts?page=2`. The newest rule wins. */
  on(asked: RegExp, fault: Fault): void {
    this.rules.unshift({ asked, fault });
  }

  /** Let the service answer for itself again, and let go the answers that were held. */
  forget(): void {
    this.rules.length = 0;
    for (const release of this.held.splice(0)) release();
  }

  /** Return how many requests matched. */
  count(asked: RegExp): number {
    return this.calls.filter(({ method, path }) => asked.test(`${method} ${path}`)).length;
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = request;
    this.calls.push({ method, path, authorization: headers.authorization, forwardedFor: headers['x-forwarded-for'] as string });
    const fault = this.rules.find(({ asked }) => asked.test(`${method} ${path}`))?.fault;
    if (fault === 'dropped') request.socket.destroy();
    else if (fault === 'held') this.passOn(request, response, new Promise((release) => this.held.push(release)));
    else if (fault) response.writeHead(fault.status, fault.headers).end(fault.body);
    else this.passOn(request, response);
  }

  private passOn(request: IncomingMessage, response: ServerResponse, released: Promise<void> = Promise.resolve()): void {
    const { method, headers, url } = request;
    const asked = ask(new URL(url ?? '/', this.target), { method, headers, agent: false }, async (answer) => {
      await released;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    asked.on('error', () => request.socket.destroy());
    request.pipe(asked);
  }
}

/** Return a problem response (RFC 9457). */
export function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Fault {
  const body = { type: `/problems/${code}`, title: code, status, detail: 'As a test wants it.', code, error: code, ...more };
  return { status, body: JSON.stringify(body), headers: { 'Content-Type': 'application/problem+json', ...headers } };
}

type FaultFixtures = {
  faults: FaultProxy;
  /** The two servers of the application behind `faults`. */
  faulty: [string, string];
};

export const test = base.extend<FaultFixtures>({
  faulty: async ({}, use) => {
    const [first, second] = (process.env.FAULTY_BASE_URLS ?? '').split(' ');
    if (!first || !second) throw new Error('These tests need servers of their own: run tests/web/test_browser.py');
    await use([first, second]);
  },
  // Also for tests that break nothing: their way to the service is the same.
  faults: [
    async ({}, use) => {
      const faults = new FaultProxy(Number(process.env.FAULTS_PORT), process.env.FAULTS_TARGET ?? '');
      await faults.up();
      await use(faults);
      faults.forget();
      await faults.down();
    },
    { auto: true },
  ],
  // Whoever uses these, walks on the first of the two.
  baseURL: async ({ faulty: [first] }, use) => use(first),
});
