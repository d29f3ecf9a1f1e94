/** The page cache of one server: what is invalidated in the midst of a rendering, of a write, or of one millisecond. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFs } from 'next/dist/server/lib/node-fs-methods.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import PublicPageCache from '../src/cache-handler.mjs';
import { serverState } from '../src/lib/server-state';

const HOUR_MS = 3_600_000;
const EXPIRED = -1;

let cache: PublicPageCache;
let key: string;
let count = 0;
/** Writing to the disk goes on once this is resolved. */
let disk: Promise<void>;

beforeEach(() => {
  vi.stubEnv('CACHE_REDIS_URL', '');
  disk = Promise.resolve();
  const fs = { ...nodeFs, writeFile: async (file: string, data: never) => disk.then(() => nodeFs.writeFile(file, data)) };
  const serverDistDir = join(mkdtempSync(join(tmpdir(), 'cache-')), 'server');
  cache = new PublicPageCache({ fs, flushToDisk: true, serverDistDir, revalidatedTags: [], maxMemoryCacheSize: 1e7 });
  key = `/key-${(count += 1)}`;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Object.assign(serverState(), { unreachableAt: undefined, respondedAt: undefined });
});

const data = (body: string) => ({ kind: 'FETCH', data: { headers: {}, body, status: 200, url: '' }, tags: ['posts'], revalidate: 20 });
const page = (html: string) => ({ kind: 'APP_PAGE', html, rscData: Buffer.from(''), status: 200, headers: { 'x-next-cache-tags': 'posts' } });
const readData = () => cache.get(key, { kind: 'FETCH', tags: ['posts'], softTags: [] });
const storeData = (body: string) => cache.set(key, data(body), { fetchCache: true, tags: ['posts'] });
const readPage = (path = key) => cache.get(path, { kind: 'APP_PAGE' });
const storePage = (html: string, path = key) => cache.set(path, page(html), { cacheControl: { revalidate: 20 } });
const bodyOf = (entry: { value: unknown } | null) => (entry?.value as ReturnType<typeof data> | undefined)?.data.body;

/** Both clocks stand still. */
function stopClocks(): void {
  const [now, wall] = [performance.now(), Date.now()];
  vi.spyOn(performance, 'now').mockReturnValue(now);
  vi.spyOn(Date, 'now').mockReturnValue(wall);
}

describe('data', () => {
  it('is kept until one of its tags is invalidated', async () => {
    expect(await readData()).toBeNull();
    await storeData('first');
    expect(bodyOf(await readData())).toBe('first');
    await cache.revalidateTag(['other']);
    expect(bodyOf(await readData())).toBe('first');
    await cache.revalidateTag('posts');
    expect(await readData()).toBeNull();
  });

  it('that was invalidated while it was read is not used while it is written to the disk, nor after it', async () => {
    let goOn = () => {};
    disk = new Promise((resolve) => (goOn = resolve));
    await readData();
    await cache.revalidateTag(['posts']);
    const writing = storeData('before the change');
    await Promise.resolve();
    expect(await readData()).toBeNull();
    goOn();
    await writing;
    expect(await readData()).toBeNull();
  });

  it('of two readings at once is as old as the first, whichever ends first', async () => {
    await readData();
    await readData();
    await storeData('first');
    await cache.revalidateTag(['posts']);
    await storeData('second, of before the change');
    expect(await readData()).toBeNull();
  });

  it('of before a change is not taken for that of a reading that began after it', async () => {
    await readData();
    await readData();
    await storeData('first');
    await cache.revalidateTag(['posts']);
    expect(await readData()).toBeNull();
    await storeData('second, of before the change');
    expect(await readData()).toBeNull();
  });

  it('is kept again once all readings of before a change have ended', async () => {
    await readData();
    await readData();
    await cache.revalidateTag(['posts']);
    await storeData('first');
    await storeData('second');
    expect(await readData()).toBeNull();
    await storeData('after the change');
    expect(bodyOf(await readData())).toBe('after the change');
  });

  it('whose reading nobody has begun is not used', async () => {
    await storeData('of when?');
    expect(await readData()).toBeNull();
  });

  it('is invalidated by what comes in the instant of its beginning, and not by what came before', async () => {
    stopClocks();
    await readData();
    await cache.revalidateTag(['posts']);
    await storeData('before');
    expect(await readData()).toBeNull();
    await storeData('after');
    expect(bodyOf(await readData())).toBe('after');
  });

  it.each([-HOUR_MS, HOUR_MS])('is invalidated at once although the clock was set by %i ms', async (shiftMs) => {
    const clock = Date.now.bind(Date);
    await readData();
    await storeData('before');
    vi.spyOn(Date, 'now').mockImplementation(() => clock() + shiftMs);
    expect(bodyOf(await readData())).toBe('before');
    await cache.revalidateTag(['posts']);
    expect(await readData()).toBeNull();
    await storeData('after');
    expect(bodyOf(await readData())).toBe('after');
  });
});

describe('a page', () => {
  it('that was invalidated while it was rendered is rendered before it is served', async () => {
    await readPage();
    await cache.revalidateTag(['posts']);
    await storePage('<p>Before the change</p>');
    expect(await readPage()).toMatchObject({ lastModified: EXPIRED });
  });

  it('is read from the disk as what it was', async () => {
    await readPage();
    await storePage('<p>Page</p>');
    cache.memory?.remove(key);
    expect((await readPage())?.lastModified).toBeGreaterThan(0);
    await cache.revalidateTag(['posts']);
    cache.memory?.remove(key);
    expect(await readPage()).toMatchObject({ lastModified: EXPIRED });
  });

  it('whose other rendering failed is as old as its own', async () => {
    await readPage();
    const failedAt = performance.timeOrigin + performance.now();
    await vi.waitUntil(() => performance.timeOrigin + performance.now() > failedAt);
    await readPage();
    await storePage('<p>Page</p>');
    expect((await readPage())?.lastModified).toBeGreaterThan(failedAt);
  });

  it('that contains invalid data, because the API did not respond, is rendered again once it does', async () => {
    const path = `/page${key}`;
    await readData();
    await storeData('before the change');
    await cache.revalidateTag(['posts']);
    expect(await readPage(path)).toBeNull();
    serverState().unreachableAt = Date.now();
    expect(bodyOf(await readData())).toBe('before the change');
    await storePage('<p>before the change</p>', path);
    expect((await readPage(path))?.lastModified).toBeGreaterThan(0);
    serverState().respondedAt = Date.now() + 1;
    expect(await readPage(path)).toMatchObject({ lastModified: EXPIRED });
  });
});
