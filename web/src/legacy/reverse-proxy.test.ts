import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { NextRequest } from 'next/server';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { legacyOrigin, proxyRequest } from './reverse-proxy';

let server: Server;
let origin: string;
let arrived: IncomingMessage;
let answer: Record<string, string | string[]> = {};
let said: Buffer | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    arrived = request;
    void text(request).then((body) => response.writeHead(200, answer).end(said ?? body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  answer = {};
  said = undefined;
});
afterEach(() => vi.unstubAllEnvs());

/** Ask for a page of the old site as a visitor of `blog.example.org` does. */
function passed(headers: Record<string, string> = {}, init: { method?: string; body?: string } = {}) {
  const request = new NextRequest('http://localhost/old?a=1', { ...init, headers: { host: 'blog.example.org', ...headers } });
  return proxyRequest(request, origin);
}

test('the tokens of our session stay here, and so does a cookie that takes their name', async () => {
  answer = { 'set-cookie': ['theirs=1; Path=/', '__Host-refresh=forged; Path=/; Secure', 'visitor=somebody'] };
  const found = await passed({ cookie: 'a=1; __Host-access=secret; signed-in=1; __Host-refresh=secret; visitor=me; b=2' });
  expect(arrived.headers.cookie).toBe('a=1; b=2');
  expect(found.headers.getSetCookie()).toEqual(['theirs=1; Path=/']);
});

test('without any cookie of theirs, none is sent', async () => {
  await passed({ cookie: '__Host-access=secret' });
  expect(arrived.headers).not.toHaveProperty('cookie');
});

test('what concerns one connection ends here, both ways', async () => {
  answer = { connection: 'keep-alive, x-hop', 'x-hop': '1', 'keep-alive': 'timeout=5', 'x-far': '2' };
  const found = await passed({ connection: 'x-private', 'x-private': '1', te: 'trailers', upgrade: 'h2c', 'x-public': '2' });
  expect(arrived.headers).toMatchObject({ 'x-public': '2', connection: 'close' });
  for (const name of ['x-private', 'te', 'upgrade']) expect(arrived.headers).not.toHaveProperty(name);
  expect(found.headers.get('x-far')).toBe('2');
  for (const name of ['connection', 'x-hop', 'keep-alive']) expect(found.headers.has(name)).toBe(false);
});

test('it is told for whom it answers, and by nothing that could be taken for that', async () => {
  const lies = { 'x-real-ip': '6.6.6.6', forwarded: 'for=6.6.6.6', x_forwarded_for: '6.6.6.6', 'x-forwarded_for': '6.6.6.6' };
  await passed({ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https', ...lies });
  expect(arrived.headers).toMatchObject({ host: 'blog.example.org', 'x-forwarded-host': 'blog.example.org', 'x-forwarded-proto': 'https' });
  expect(arrived.headers['x-forwarded-for']).toBe('198.51.100.7');
  expect(JSON.stringify(arrived.headers)).not.toContain('6.6.6.6');
});

test.each(['http://127.0.0.1:PORT/new?b=1#c', 'http://old.internal/new?b=1#c', '/new?b=1#c'])('a redirect to %s stays here', async (location) => {
  vi.stubEnv('LEGACY_HOST', 'old.internal');
  answer = { location: location.replace('http://127.0.0.1:PORT', origin) };
  const found = await passed({ 'x-forwarded-proto': 'https' });
  expect(arrived.headers.host).toBe('old.internal');
  expect(found.headers.get('location')).toBe('https://blog.example.org/new?b=1#c');
});

test('a redirect to another site leads there', async () => {
  answer = { location: 'https://elsewhere.example/new' };
  expect((await passed()).headers.get('location')).toBe('https://elsewhere.example/new');
});

test('the way, the method and the body arrive as they were sent', async () => {
  const found = await passed({}, { method: 'POST', body: 'name=Ada' });
  expect([arrived.method, arrived.url]).toEqual(['POST', '/old?a=1']);
  expect(await found.text()).toBe('name=Ada');
});

test.each<[string, (text: string) => Buffer]>([
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['gzip', gzipSync],
])('what is packed as %s against our wish is unpacked', async (encoding, pack) => {
  said = pack('words '.repeat(1000));
  answer = { 'content-encoding': encoding, 'content-length': String(said.length) };
  const found = await passed();
  expect(arrived.headers['accept-encoding']).toBe('identity');
  expect(found.headers.has('content-encoding') || found.headers.has('content-length')).toBe(false);
  expect(await found.text()).toBe('words '.repeat(1000));
});

test('the origin is a setting of the running server', () => {
  expect(legacyOrigin()).toBeUndefined();
  vi.stubEnv('LEGACY_ORIGIN', 'http://old.internal:5000/');
  expect(legacyOrigin()).toBe('http://old.internal:5000');
  vi.stubEnv('LEGACY_ORIGIN', 'old.internal');
  expect(legacyOrigin).toThrow('LEGACY_ORIGIN is "old.internal"');
});
