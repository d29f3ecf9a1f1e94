import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { NextRequest } from 'next/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCESS_COOKIE } from '@/session/cookies';
import type * as Route from './route';


vi.mock('server-only', () => ({}));

const { privateKey, publicKey } = await generateKeyPair('EdDSA');
const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA', use: 'sig' };
let route: typeof Route;
/** What the API was asked, and with which token. */
let asked: { method?: string; token?: string }[] = [];

/** An API with one public file and one of a draft. */
const server = createServer((request, response) => {
  if (request.url === '/.well-known/jwks.json') return void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  const token = request.headers.authorization?.replace('Bearer ', '');
  asked.push({ method: request.method, token });
  const isPublic = request.url === '/media/public.png';
  if (!isPublic && !token) return void response.writeHead(404, { 'Cache-Control': 'no-store' }).end('{}');
  const cacheControl = isPublic ? 'public, max-age=31536000, immutable' : 'private, no-store';
  const headers = { 'Content-Type': 'image/png', 'Cache-Control': cacheControl, ETag: '"e"' };
  const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
  if (!range) return void response.writeHead(200, headers).end('0123456789');
  const [first, last] = [Number(range[1]), Number(range[2])];
  response.writeHead(206, { ...headers, 'Content-Range': `bytes ${first}-${last}/10` }).end('0123456789'.slice(first, last + 1));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('API_BASE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  // The client reads the address when it is loaded.
  route = await import('./route');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
});

function signed(): Promise<string> {
  return new SignJWT({ sid: 's', ver: 1 })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k' })
    .setSubject('1').setIssuer(process.env.API_BASE_URL ?? '').setAudience('colophon').setJti('j').setIssuedAt().setExpirationTime('5m')
    .sign(privateKey);
}

async function call(method: 'GET' | 'HEAD', name: string, token?: string, headers: Record<string, string> = {}) {
  const cookie = token ? { cookie: `${ACCESS_COOKIE}=${token}` } : undefined;
  const request = new NextRequest(`http://localhost/media/${name}`, { method, headers: { ...headers, ...cookie } });
  return route[method](request, { params: Promise.resolve({ name }) });
}

describe('/media/[name]', () => {
  it('reads what is public without the token of the session', async () => {
    const response = await call('GET', 'public.png', await signed());
    expect([response.status, await response.text(), response.headers.get('cache-control')]).toEqual([200, '0123456789', 'public, max-age=31536000, immutable']);
    expect(asked).toEqual([{ method: 'GET', token: undefined }]);
  });

  it('reads what is not public with the token', async () => {
    const token = await signed();
    const response = await call('GET', 'draft.png', token);
    expect([response.status, await response.text(), response.headers.get('cache-control')]).toEqual([200, '0123456789', 'private, no-store']);
    expect(asked).toEqual([{ method: 'GET', token: undefined }, { method: 'GET', token }]);
  });

  it('asks once for visitors, and never with a token that is not genuine', async () => {
    for (const token of [undefined, 'x.y.z']) {
      const response = await call('GET', 'draft.png', token);
      expect([response.status, response.headers.get('cache-control'), await response.text()]).toEqual([404, 'no-store', '']);
    }
    expect(asked.map(({ token }) => token)).toEqual([undefined, undefined]);
  });

  it.each(['public.png', 'draft.png'])('passes the range of %s on', async (name) => {
    const response = await call('GET', name, await signed(), { range: 'bytes=2-4' });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
  });

  it('asks for the headers alone where these are asked for', async () => {
    const response = await call('HEAD', 'draft.png', await signed());
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([200, '"e"', '']);
    expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });
});
