import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptsBrotli, compressScripts } from './compressed-scripts';

const SCRIPT = 'console.log("a script that says the same again and again");\n'.repeat(100);
let server: Server;
let version = 1;

beforeAll(async () => {
  compressScripts();
  server = createServer((request, response) => {
    response.setHeader('Seen-Accept-Encoding', String(request.headers['accept-encoding']));
    if (request.url === '/_next/static/gone.js') return response.writeHead(404).end('Not found');
    response.setHeader('ETag', `"${version}"`);
    if (request.headers['if-none-match']) return response.writeHead(304).end();
    response.setHeader('Content-Length', SCRIPT.length + 2);
    response.writeHead(200);
    return Readable.from([SCRIPT, `//${version}`.slice(1)]).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => void server.close());

async function get(path: string, headers: Record<string, string> = { 'accept-encoding': 'gzip, br' }, method = 'GET') {
  const { port } = server.address() as AddressInfo;
  const [answer] = (await once(ask({ port, host: '127.0.0.1', path, method, headers, agent: false }).end(), 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) };
}

describe('a script', () => {
  it('is compressed, and says the same', async () => {
    for (const path of ['/_next/static/chunks/a.js', '/_next/static/chunks/a.js?v=1', '/_next/static/a.css', '/start.js']) {
      const { status, headers, body } = await get(path);
      expect([status, headers['content-encoding'], headers.vary], path).toEqual([200, 'br', 'Accept-Encoding']);
      expect(Number(headers['content-length'])).toBe(body.length);
      expect(brotliDecompressSync(body).toString()).toBe(`${SCRIPT}/1`);
      expect(body.length).toBeLessThan(SCRIPT.length / 10);
      // Next must not compress it as well.
      expect(headers['seen-accept-encoding']).toBe('identity');
      expect(headers.etag).toBe('W/"1"');
    }
  });

  it('is another after a change under the same name', async () => {
    await get('/reading.js');
    version = 2;
    const { body } = await get('/reading.js');
    version = 1;
    expect(brotliDecompressSync(body).toString()).toBe(`${SCRIPT}/2`);
  });

  it('is sent as it is to who cannot read it, or wants a part', async () => {
    for (const headers of [{ 'accept-encoding': 'gzip' }, { 'accept-encoding': 'br;q=0' }, { 'accept-encoding': 'br', range: 'bytes=0-1' }] as Record<string, string>[]) {
      const { headers: got, body } = await get('/_next/static/a.js', headers);
      expect(got['content-encoding']).toBeUndefined();
      expect(body.toString()).toBe(`${SCRIPT}/1`);
      expect(got['seen-accept-encoding']).toBe(headers['accept-encoding']);
    }
  });

  it('that has not changed, or is not there, is no body to compress', async () => {
    expect(await get('/start.js', { 'accept-encoding': 'br', 'if-none-match': 'W/"1"' })).toMatchObject({ status: 304 });
    const gone = await get('/_next/static/gone.js');
    expect([gone.status, gone.headers['content-encoding'], gone.body.toString()]).toEqual([404, undefined, 'Not found']);
  });
});

it('leaves everything else alone', async () => {
  for (const path of ['/', '/posts/a.js', '/media/a.js', '/_next/static/a.woff2']) {
    const { headers } = await get(path);
    expect([headers['content-encoding'], headers['seen-accept-encoding']], path).toEqual([undefined, 'gzip, br']);
  }
});

it.each([
  ['gzip, deflate, br', true],
  ['br;q=0.5', true],
  ['BR', true],
  ['gzip, br;q=0', false],
  ['br; q=0.000', false],
  ['gzip', false],
  ['brotli', false],
  ['', false],
])('whether "%s" takes Brotli: %s', (header, taken) => expect(acceptsBrotli(header)).toBe(taken));
