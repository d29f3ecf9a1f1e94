import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { apiUpload } from './api-upload';

let server: Server | undefined;
afterEach(() => void server?.close());

async function api(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const started = createServer(handle);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/api/imports`;
}

/** A body of `pieces` pieces of a megabyte, and how many of them were read. */
function body(pieces: number) {
  const told = { read: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (told.read === pieces) return controller.close();
        told.read += 1;
        controller.enqueue(new Uint8Array(1_000_000));
      },
      cancel: () => void (told.cancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { stream, told };
}

const never = new AbortController().signal;
const headers = new Headers({ 'content-type': 'multipart/form-data; boundary=b', authorization: 'Bearer t' });
const upload = (body: ReadableStream<Uint8Array> | null, signal = never) => ({ method: 'POST', headers, body, signal });

describe('apiUpload', () => {
  it('passes the body on, and the response back', async () => {
    const address = await api((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => response.writeHead(202, { 'Retry-After': '1' }).end(JSON.stringify({ bytes, sent: request.headers.authorization })));
    });
    const response = await apiUpload(address, upload(body(20).stream));
    expect(response.status).toBe(202);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({ bytes: 20_000_000, sent: 'Bearer t' });
  });

  it('has the method of the request', async () => {
    const address = await api((request, response) => void request.resume().on('end', () => response.end(request.method)));
    const response = await apiUpload(address, { ...upload(body(1).stream), method: 'PUT' });
    expect(await response.text()).toBe('PUT');
  });

  it('reads no more than the API takes', async () => {
    let taking: IncomingMessage | undefined;
    const address = await api((request, response) => {
      taking = request.pause();
      request.on('end', () => response.end('{}'));
    });
    const { stream, told } = body(200);
    const response = apiUpload(address, upload(stream));
    let before = -1;
    // Until nothing moves any more.
    while (taking === undefined || told.read !== before) {
      before = told.read;
      await new Promise((resolve) => setImmediate(resolve));
      if (told.read === before) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(told.read).toBeLessThan(50);
    taking.resume();
    expect((await response).status).toBe(200);
    expect(told.read).toBe(200);
  });

  it('returns a refusal that comes early, and lets the browser finish', async () => {
    const address = await api((_request, response) => {
      response.writeHead(413, { Connection: 'close' }).end('{"code":"CONTENT_TOO_LARGE"}');
      response.on('finish', () => response.socket?.destroySoon());
    });
    const { stream, told } = body(100);
    const response = await apiUpload(address, upload(stream));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ code: 'CONTENT_TOO_LARGE' });
    await expect.poll(() => told.read).toBe(100);
    expect(told.cancelled).toBe(false);
  });

  it('ends at the API when the browser has gone', async () => {
    const abort = new AbortController();
    let closed = false;
    const address = await api((request) => {
      request.resume().on('close', () => (closed = true));
      abort.abort();
    });
    await expect(apiUpload(address, upload(new ReadableStream(), abort.signal))).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => closed).toBe(true);
  });

  it('rejects when the body breaks off, or nobody is there', async () => {
    const address = await api((request) => void request.resume());
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new TypeError('terminated')) });
    await expect(apiUpload(address, upload(broken))).rejects.toThrow('terminated');
    await expect(apiUpload('http://127.0.0.1:9/', upload(null))).rejects.toThrow('ECONNREFUSED');
  });
});
