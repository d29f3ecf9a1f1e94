import { expect, test } from 'vitest';

import { isCrossSite, normalizePath, readBody } from './requests';

const request = (headers: Record<string, string>) => ({ headers: new Headers({ host: 'here.test', ...headers }) });

test.each([
  [{ 'sec-fetch-site': 'same-origin' }, false],
  [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, false],
  [{ 'sec-fetch-site': 'same-site' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: 'https://here.test' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ origin: 'https://here.test' }, false],
  [{ origin: 'https://evil.test' }, true],
  [{ origin: 'https://here.test.evil.test' }, true],
  [{ origin: 'null' }, true],
  [{ origin: 'https://public.test', 'x-forwarded-host': 'public.test' }, false],
  [{}, false],
])('a request with %j is foreign: %j', (headers, foreign) => {
  expect(isCrossSite(request(headers))).toBe(foreign);
});

test.each([
  ['/api/posts', '/api/posts'],
  ['/api/posts/', '/api/posts'],
  ['/api/%61uth/login', '/api/auth/login'],
  ['/api/authors/gr%C3%BCn', '/api/authors/grün'],
  ['/api/tags/a%3Fb', '/api/tags/a?b'],
])('%s is plainly %s', (path, plain) => {
  expect(normalizePath(path)).toBe(plain);
});

test.each([
  '/api/auth%2Flogin',
  '/api/auth%5Clogin',
  '/api//auth/login',
  '/api/auth/login//',
  '/api/%2e%2e/metrics',
  '/api/.%2E/metrics',
  '/api/./auth',
  '/api/a%00',
  '/api/a%0d%0ab',
  '/api/%ff',
  '/api/%',
])('%s is no path', (path) => {
  expect(normalizePath(path)).toBeUndefined();
});

test('a body is whole, or refused as soon as it is too large', async () => {
  const post = (body: BodyInit) => new Request('http://here.test', { method: 'POST', body });
  expect(new TextDecoder().decode((await readBody(post('12345'), 5)) as Uint8Array)).toBe('12345');
  expect(await readBody(post('123456'), 5)).toBe('too large');
  let sent = 0;
  const endless = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array((sent++, 1000))) });
  const request = new Request('http://here.test', { method: 'POST', body: endless, duplex: 'half' } as RequestInit);
  expect(await readBody(request, 5000)).toBe('too large');
  expect(sent).toBeLessThan(20);
  expect(await readBody(new Request('http://here.test', { method: 'DELETE' }), 5)).toHaveLength(0);
});
