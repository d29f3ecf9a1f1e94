/**
 * The cache that web servers share, on a real Redis server, which is stopped, killed and started again, and whose answers
 * come in any order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { nodeFs } from 'next/dist/server/lib/node-fs-methods.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { now } from '../../src/cache-clock.mjs';
import PublicPageCache from '../../src/cache-handler.mjs';
import { SharedCache, sharedCache, sharedKey } from '../../src/cache-redis.mjs';
import { Gate } from './gate';

/** It ends what hangs: a machine that is busy is slower than one that serves pages. */
const PATIENT_MS = 60_000;
/** For servers that are to notice that Redis does not respond. */
const IMPATIENT_MS = 200;

const TAGS = () => ['posts', 'post:a'];
const VALUE = { kind: 'APP_PAGE', html: '<p>Page</p>', rscData: Buffer.from('rsc'), segmentData: new Map([['/', Buffer.from('s')]]) };

let redis: ChildProcess;
let port: number;
let folder: string;
let gates: Gate[];
let first: SharedCache;
let second: SharedCache;
let others: SharedCache[];

async function freePort(): Promise<number> {
  for (;;) {
    // Below the ports that outgoing connections take.
    const candidate = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(candidate, '127.0.0.1', () => resolve(true));
    });
    await new Promise((closed) => probe.close(closed));
    if (isFree) return candidate;
  }
}

async function start(): Promise<void> {
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of redis.stdout ?? []) if (String(line).includes('Ready to accept connections')) break;
}

async function kill(): Promise<void> {
  redis.kill('SIGKILL');
  await once(redis, 'exit');
}

async function another(commandMs = PATIENT_MS, through = port): Promise<SharedCache> {
  const cache = new SharedCache(`redis://127.0.0.1:${through}`, commandMs);
  others.push(cache);
  await synced(cache);
  return cache;
}

/** Return a server whose commands and responses can be held. */
async function gated(): Promise<{ gate: Gate; server: SharedCache }> {
  const gate = new Gate(port);
  gates.push(gate);
  return { gate, server: await another(PATIENT_MS, await gate.listen()) };
}

const synced = (cache: SharedCache) => vi.waitUntil(() => cache.sync(), { timeout: 60_000, interval: 20 });
const lost = (cache: SharedCache) => vi.waitUntil(async () => !(await cache.sync()), { timeout: 60_000, interval: 20 });

beforeEach(async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  port = await freePort();
  folder = mkdtempSync(join(tmpdir(), 'cache-redis-'));
  await start();
  [others, gates] = [[], []];
  [first, second] = [await another(), await another()];
  // What the second has taken when it started.
  await first.sync();
});
afterEach(async () => {
  for (const each of others) each.close();
  await Promise.all(gates.map((gate) => gate.close()));
  vi.restoreAllMocks();
  redis.kill('SIGCONT');
  if (redis.exitCode === null && redis.signalCode === null) await kill();
});

describe('an entry', () => {
  it('of one server is there for another, as it was', async () => {
    await first.write('page', VALUE, { revalidate: 20 }, first.position());
    const found = await second.read('page', TAGS);
    expect(found).toMatchObject({ value: VALUE, cacheControl: { revalidate: 20 }, isValid: true });
    await second.remove('page');
    expect(await first.read('page', TAGS)).toBeUndefined();
  });

  it('is not valid once another server has invalidated one of its tags', async () => {
    await first.write('page', VALUE, undefined, first.position());
    await second.invalidate(['post:b']);
    await first.sync();
    expect(await first.read('page', TAGS)).toMatchObject({ isValid: true });
    await second.invalidate(['post:a']);
    await first.sync();
    expect(await first.read('page', TAGS)).toMatchObject({ isValid: false });
  });

  it('whose rendering began before an invalidation, which its server has heard of, is not valid', async () => {
    const position = first.position();
    await second.invalidate(['posts']);
    await first.sync();
    await first.write('page', VALUE, undefined, position);
    expect(await first.read('page', TAGS)).toMatchObject({ isValid: false });
    await first.write('page', VALUE, undefined, first.position());
    await second.sync();
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: true });
  });

  it('of a server whose clock is fast is invalidated like any other, and is no younger than now', async () => {
    await first.write('page', VALUE, undefined, { ...first.position(), at: now() + 3_600_000 });
    expect((await second.read('page', TAGS))?.lastModified).toBeLessThanOrEqual(now());
    await second.invalidate(['posts']);
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
  });

  it('of before a server started is not valid there, since it has missed what was invalidated', async () => {
    await first.write('old', VALUE, undefined, first.position());
    const third = await another();
    await first.sync();
    await first.write('new', VALUE, undefined, first.position());
    expect([(await third.read('old', TAGS))?.isValid, (await third.read('new', TAGS))?.isValid]).toEqual([false, true]);
    expect(await second.read('old', TAGS)).toMatchObject({ isValid: true });
  });
});

describe('an invalidation', () => {
  it('that is told while an entry is read is later than the entry', async () => {
    await first.write('page', VALUE, undefined, first.position());
    const { gate, server } = await gated();
    await first.sync();
    await first.write('page', VALUE, undefined, first.position());
    gate.hold('GET');
    const reading = server.read('page', TAGS);
    const telling = server.invalidate(['posts']);
    await vi.waitUntil(() => gate.waiting.includes('EVAL'));
    gate.hold('MULTI');
    // Redis has the invalidation, and the server has not read it back.
    await vi.waitUntil(() => gate.waiting.includes('MULTI'));
    expect(await reading).toMatchObject({ isValid: false });
    gate.hold();
    await telling;
  });

  it('that Redis has taken, and the server has not read back, holds for what is read meanwhile', async () => {
    const { gate, server } = await gated();
    await first.sync();
    await first.write('page', VALUE, undefined, first.position());
    gate.hold('EVAL');
    const telling = server.invalidate(['posts']);
    await vi.waitUntil(() => gate.waiting.includes('EVAL'));
    const reading = server.read('page', TAGS);
    gate.hold('GET', 'MULTI');
    await vi.waitUntil(() => gate.waiting.includes('MULTI'));
    gate.hold('MULTI');
    expect(await reading).toMatchObject({ isValid: false });
    gate.hold();
    await telling;
  });

  it('that arrives together with a page, in one millisecond, makes it stale', async () => {
    const { gate, server } = await gated();
    const handler = pageCache(server);
    const page = { kind: 'APP_PAGE', html: '<p>Old</p>', headers: { 'x-next-cache-tags': 'posts' } };
    await first.sync();
    await first.write(sharedKey(join(folder, 'server'), 'APP_PAGE', '/page'), page, undefined, first.position());
    // Of the page: what has been invalidated before it is read.
    await server.sync();
    gate.collect();
    const reading = handler.readShared(['/page', { kind: 'APP_PAGE' }]);
    await vi.waitUntil(() => gate.collected.includes('<p>Old</p>'));
    await first.invalidate(['posts']);
    const learning = server.sync();
    await responded(server, gate);
    const [wall, clock] = [Date.now(), performance.now()];
    vi.spyOn(Date, 'now').mockReturnValue(wall);
    vi.spyOn(performance, 'now').mockReturnValue(clock);
    gate.release();
    await Promise.all([reading, learning]);
    expect(await handler.get('/page', { kind: 'APP_PAGE' })).toMatchObject({ lastModified: -1 });
  });

  it('of a set that has just begun is not passed over by a response of before it', async () => {
    const { gate, server } = await gated();
    for (const tag of ['a', 'b', 'c']) await first.invalidate([tag]);
    await server.sync();
    await emptied(first);
    await first.invalidate(['a']);
    await first.write('page', VALUE, undefined, first.position());
    // The versions come to be greater than those that the server has read.
    for (const tag of ['posts', ...'bcdefghijklm']) await first.invalidate([tag]);
    gate.collect();
    const both = Promise.all([server.sync(), server.sync()]);
    await responded(server, gate);
    gate.release();
    await both;
    expect(await server.read('page', TAGS)).toMatchObject({ isValid: false });
  });
});

/** Wait until Redis has responded to all that a server has sent; the responses are collected. */
async function responded(server: SharedCache, gate: Gate): Promise<void> {
  // After the microtasks in which commands are sent.
  await new Promise(setImmediate);
  void server.remove('nothing');
  await vi.waitUntil(() => gate.collected.endsWith(':0\r\n'));
}

/** Return the page cache of a web server that shares it. */
function pageCache(server: SharedCache): PublicPageCache {
  writeFileSync(join(folder, 'BUILD_ID'), 'build');
  const serverDistDir = join(folder, 'server');
  const handler = new PublicPageCache({ fs: nodeFs, flushToDisk: false, serverDistDir, revalidatedTags: [], maxMemoryCacheSize: 1e7 });
  handler.shared = server;
  return handler;
}

describe('while Redis does not respond', () => {
  it('a server says so, waits for it once, and shares nothing', async () => {
    const impatient = await another(IMPATIENT_MS);
    redis.kill('SIGSTOP');
    await lost(impatient);
    // The next visitor does not wait at all.
    let isAnswered = false;
    void impatient.sync().then(() => (isAnswered = true));
    await Promise.resolve().then(() => undefined);
    expect(isAnswered).toBe(true);
    await impatient.write('page', VALUE, undefined, impatient.position());
    redis.kill('SIGCONT');
    await synced(impatient);
    expect(await first.read('page', TAGS)).toBeUndefined();
  });

  it('what is invalidated is told afterwards, and what was missed before then is not served', async () => {
    await first.write('page', VALUE, undefined, first.position());
    const impatient = await another(IMPATIENT_MS);
    const before = now();
    redis.kill('SIGSTOP');
    await lost(impatient);
    await impatient.invalidate(['posts']);
    redis.kill('SIGCONT');
    await synced(impatient);
    expect(impatient.droppedAt).toBeGreaterThan(before);
    await second.sync();
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
  });

  it('what is invalidated is told afterwards without a visitor', async () => {
    await first.write('page', VALUE, undefined, first.position());
    const impatient = await another(IMPATIENT_MS);
    redis.kill('SIGSTOP');
    await lost(impatient);
    await impatient.invalidate(['posts']);
    redis.kill('SIGCONT');
    const isToldOf = async () => (await second.sync()) && !(await second.read('page', TAGS))?.isValid;
    await vi.waitUntil(isToldOf, { timeout: 60_000, interval: 20 });
  });

  it('an entry of before is not served after it, although it seems to be of later', async () => {
    const impatient = await another(IMPATIENT_MS);
    await first.sync();
    await first.write('page', VALUE, undefined, { ...first.position(), at: now() + 3_600_000 });
    expect(await impatient.read('page', TAGS)).toMatchObject({ isValid: true });
    redis.kill('SIGSTOP');
    await lost(impatient);
    redis.kill('SIGCONT');
    await synced(impatient);
    // Invalidated by a server that has not yet told of it.
    expect(await impatient.read('page', TAGS)).toMatchObject({ isValid: false });
  });

  it('and has its data of an hour ago afterwards, what was kept and begun meanwhile is dropped', async () => {
    await first.invalidate(['posts']);
    await save();
    await first.invalidate(['posts']);
    await first.invalidate(['post:a']);
    await second.sync();
    const [position, before] = [second.position(), now()];
    await kill();
    await start();
    await vi.waitUntil(async () => (await second.sync()) && second.droppedAt > before, { timeout: 60_000, interval: 20 });
    await second.write('page', VALUE, undefined, position);
    expect(await second.read('page', TAGS)).toBeUndefined();
  });

  it('with its data lost, all that was kept is dropped', async () => {
    await first.invalidate(['posts']);
    await second.sync();
    const [position, before] = [second.position(), now()];
    await kill();
    await lost(second);
    await start();
    await synced(second);
    expect(second.droppedAt).toBeGreaterThan(before);
    await second.write('page', VALUE, undefined, position);
    expect(await second.read('page', TAGS)).toBeUndefined();
    await synced(first);
    await first.write('page', VALUE, undefined, first.position());
    expect(await first.read('page', TAGS)).toMatchObject({ isValid: true });
  });

  it('a server that has not noticed it drops what it has as well', async () => {
    await first.invalidate(['posts']);
    await second.sync();
    const [position, before] = [second.position(), now()];
    await emptied(first);
    for (let count = 0; count < 3; count += 1) await first.invalidate(['other']);
    expect(await second.sync()).toBe(true);
    expect(second.droppedAt).toBeGreaterThan(before);
    await second.write('page', VALUE, undefined, position);
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
  });
});

/** Remove the tags, as a server does that is emptied or evicts them. */
const emptied = (cache: SharedCache) => cache.remove('colophon:web:tags');

/** Write to the disk what is there when Redis is started next. */
async function save(): Promise<void> {
  const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
  await client.sendCommand(['SAVE']);
  client.destroy();
}

describe('the setting', () => {
  it.each(['localhost:6379', 'http://localhost', 'redis'])('that is no URL of Redis ends the start: %s', (url) => {
    vi.stubEnv('CACHE_REDIS_URL', url);
    expect(() => sharedCache()).toThrow(/^CACHE_REDIS_URL must be the URL of a Redis server/);
    vi.unstubAllEnvs();
  });

  it('that is not set leaves each server its own cache', () => {
    vi.stubEnv('CACHE_REDIS_URL', '');
    expect(sharedCache()).toBeUndefined();
    vi.unstubAllEnvs();
  });
});
