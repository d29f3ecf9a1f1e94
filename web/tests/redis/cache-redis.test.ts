/** The cache that web servers share, on a real Redis server, which is stopped, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedCache, sharedCache } from '../../src/cache-redis.mjs';

/** It ends what hangs: a machine that is busy is slower than one that serves pages. */
const PATIENT_MS = 60_000;
/** For servers that are to notice that Redis does not respond. */
const IMPATIENT_MS = 200;

const TAGS = () => ['posts', 'post:a'];
const VALUE = { kind: 'APP_PAGE', html: '<p>Page</p>', rscData: Buffer.from('rsc'), segmentData: new Map([['/', Buffer.from('s')]]) };

let redis: ChildProcess;
let port: number;
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
  const folder = mkdtempSync(join(tmpdir(), 'cache-redis-'));
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of redis.stdout ?? []) if (String(line).includes('Ready to accept connections')) break;
}

async function kill(): Promise<void> {
  redis.kill('SIGKILL');
  await once(redis, 'exit');
}

async function another(commandMs = PATIENT_MS): Promise<SharedCache> {
  const cache = new SharedCache(`redis://127.0.0.1:${port}`, commandMs);
  others.push(cache);
  await synced(cache);
  return cache;
}

const synced = (cache: SharedCache) => vi.waitUntil(() => cache.sync(), { timeout: 60_000, interval: 20 });
const lost = (cache: SharedCache) => vi.waitUntil(async () => !(await cache.sync()), { timeout: 60_000, interval: 20 });

beforeEach(async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  port = await freePort();
  await start();
  others = [];
  [first, second] = [await another(), await another()];
});
afterEach(async () => {
  for (const each of others) each.close();
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
    await first.write('page', VALUE, undefined, { ...first.position(), at: Date.now() + 3_600_000 });
    expect((await second.read('page', TAGS))?.lastModified).toBeLessThanOrEqual(Date.now());
    await second.invalidate(['posts']);
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
  });

  it('of before a server started is valid there only if nothing invalidated it', async () => {
    await first.write('old', VALUE, undefined, first.position());
    await first.invalidate(['posts']);
    await first.write('new', VALUE, undefined, first.position());
    const third = await another();
    expect([(await third.read('old', TAGS))?.isValid, (await third.read('new', TAGS))?.isValid]).toEqual([false, true]);
  });
});

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
    redis.kill('SIGSTOP');
    await lost(impatient);
    await impatient.invalidate(['posts']);
    redis.kill('SIGCONT');
    await synced(impatient);
    expect(impatient.droppedAt).toBeGreaterThan(0);
    await second.sync();
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
  });

  it('with its data lost, all that was kept is dropped', async () => {
    await first.invalidate(['posts']);
    await second.sync();
    const position = second.position();
    await kill();
    await lost(second);
    await start();
    await synced(second);
    expect(second.droppedAt).toBeGreaterThan(0);
    await second.write('page', VALUE, undefined, position);
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
    await synced(first);
    await first.write('page', VALUE, undefined, first.position());
    expect(await first.read('page', TAGS)).toMatchObject({ isValid: true });
  });

  it('a server that has not noticed it drops what it has as well', async () => {
    await first.invalidate(['posts']);
    await second.sync();
    const position = second.position();
    await emptied(first);
    for (let count = 0; count < 3; count += 1) await first.invalidate(['other']);
    expect(await second.sync()).toBe(true);
    expect(second.droppedAt).toBeGreaterThan(0);
    await second.write('page', VALUE, undefined, position);
    expect(await second.read('page', TAGS)).toMatchObject({ isValid: false });
  });
});

/** Remove the tags, as a server does that is emptied or evicts them. */
const emptied = (cache: SharedCache) => cache.remove('colophon:web:tags');

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
