import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { client } from '@/client/client.gen';
import { currentPathOf } from './redirects';
import { ApiError } from './unwrap';

// Only says that a module must not reach a browser; the bundler knows, Node does not.
vi.mock('server-only', () => ({}));

const POST = { post_id: '019aa44d-c27d-7e3e-bc8b-db37c2131658', slug: 'the-analytical-engine' };
const asked: string[] = [];
let server: Server;

function answerTo(url: URL): [number, object] {
  const path = url.searchParams.get('path') ?? '';
  if (path === '/2019/engine.html?p=1&q=ä') return [200, { path, ...POST }];
  if (path === '/broken') return [200, { path }];
  const status = { '/bad': 400, '/down': 503 }[path] ?? 404;
  return [status, { type: 'about:blank', title: 'No', status, detail: 'No.', code: 'NO', error: 'No' }];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const [status, body] = answerTo(new URL(request.url ?? '', 'http://localhost'));
    response.writeHead(status, { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client.setConfig({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(() => server.close());

describe('a path of the earlier site', () => {
  it('leads to the post that it stands for', async () => {
    expect(await currentPathOf('/2019/engine.html?p=1&q=ä')).toBe('/posts/the-analytical-engine');
    expect(asked.at(-1)).toMatch(/^\/api\/redirects\?path=/);
  });

  it.each(['/nowhere', '/bad'])('stands for nothing: %s', async (path) => {
    expect(await currentPathOf(path)).toBeUndefined();
  });

  it.each(['/down', '/broken'])('is not known to stand for nothing: %s', async (path) => {
    await expect(currentPathOf(path)).rejects.toThrow(ApiError);
  });
});
