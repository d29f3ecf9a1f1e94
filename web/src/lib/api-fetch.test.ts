import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiFetch, apiStreamFetch } from './api-fetch';
import { serverState } from './server-state';

/** The responses that have begun, which a test continues. */
const open: ServerResponse[] = [];
const server = createServer((request, response) => {
  if (request.url === '/fast') return void response.end('{}');
  if (request.url === '/503') return void response.writeHead(503).end();
  const code = /^\/503\/(.+)/.exec(request.url ?? '')?.[1];
  if (code) return void response.writeHead(503, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ status: 503, code }));
  if (request.url === '/begun') response.writeHead(200).write('first');
  open.push(response);
});
let base = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
/** For what never comes; all else has the time that a slow machine needs. */
const soon = () => vi.stubEnv('API_TIMEOUT_S', '0.3');

beforeEach(() => {
  vi.stubEnv('API_TIMEOUT_S', '60');
  Object.assign(serverState(), { unreachableAt: undefined, respondedAt: undefined });
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const response of open.splice(0)) response.destroy();
});

describe.each([['apiFetch', apiFetch], ['apiStreamFetch', apiStreamFetch]])('%s', (_name, call) => {
  it('passes on a response', async () => {
    expect(await (await call(`${base}/fast`)).json()).toEqual({});
    expect(serverState().respondedAt).toBeDefined();
  });

  it('rejects, as for a lost connection, if there is no response in time', async () => {
    soon();
    await expect(call(`${base}/silent`)).rejects.toThrow(TypeError);
    expect(serverState().unreachableAt).toBeDefined();
  });

  it('rejects if the body stops arriving', async () => {
    vi.stubEnv('API_TIMEOUT_S', '2');
    const response = await call(`${base}/begun`);
    await expect(response.text()).rejects.toThrow();
  });

  it('notes that the API is unavailable', async () => {
    expect((await call(`${base}/503`)).status).toBe(503);
    expect(serverState().unreachableAt).toBeDefined();
  });

  it('notes that the API says that it is unavailable', async () => {
    expect((await call(`${base}/503/SERVICE_UNAVAILABLE`)).status).toBe(503);
    expect(serverState()).toMatchObject({ unreachableAt: expect.any(Number), respondedAt: undefined });
  });

  it.each(['TOO_MANY_STREAMS', 'TOO_MANY_UPLOADS', 'STORAGE_UNAVAILABLE'])('takes %s, of a part of the API, for what it is: a response', async (code) => {
    const response = await call(`${base}/503/${code}`);
    expect(await response.json()).toEqual({ status: 503, code });
    expect(serverState()).toMatchObject({ unreachableAt: undefined, respondedAt: expect.any(Number) });
  });

  it('says nothing about the API when the caller leaves', async () => {
    const caller = new AbortController();
    const pending = call(`${base}/silent`, { signal: caller.signal });
    caller.abort();
    await expect(pending).rejects.toThrow('abort');
    expect(serverState().unreachableAt).toBeUndefined();
  });

  it('refuses a setting that is no time', async () => {
    vi.stubEnv('API_TIMEOUT_S', 'soon');
    await expect(call(`${base}/fast`)).rejects.toThrow('API_TIMEOUT_S is "soon"');
  });
});

it('has a deadline for each part of a stream, not for the reader', async () => {
  vi.stubEnv('API_TIMEOUT_S', '1');
  const response = await apiStreamFetch(`${base}/begun`);
  const reader = response.body?.getReader();
  const read = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(await read()).toBe('first');
  // A request that an earlier test gave up may have arrived only now.
  const begun = open.find(({ req }) => req.url === '/begun');
  begun?.write('second');
  // Longer than the deadline: the second part has arrived, and nobody reads it.
  const readAt = Date.now();
  await expect.poll(() => Date.now() - readAt, { timeout: 5000 }).toBeGreaterThan(1500);
  expect(await read()).toBe('second');
  begun?.end('third');
  expect(await read()).toBe('third');
});

it('is impatient with reading requests until the API responds again', async () => {
  const deadlines = vi.spyOn(AbortSignal, 'timeout');
  serverState().unreachableAt = Date.now();
  await expect(apiFetch(`${base}/503`)).resolves.toBeDefined();
  await apiFetch(`${base}/fast`, { method: 'POST' });
  serverState().unreachableAt = Date.now() + 1000;
  await apiFetch(`${base}/fast`);
  Object.assign(serverState(), { unreachableAt: 1, respondedAt: 2 });
  await apiFetch(`${base}/fast`);
  expect(deadlines.mock.calls.flat()).toEqual([1000, 60_000, 1000, 60_000]);
});
