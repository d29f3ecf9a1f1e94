/**
 * The cache of public pages and of what they are rendered from: Next's own, on disk and in memory, with six differences.
 *
 * - A page is never older than `PAGE_MAX_AGE_S`: Next serves an expired page once more, however old it is.
 * - It is kept while the API does not respond, and what has been rendered before a change is not kept after it.
 * - What was rendered before this server started is rendered again before it is served: messages about changes were missed.
 * - Servers with the same `CACHE_REDIS_URL` share their entries and invalidations (cache-redis.mjs).
 * - What does not exist is kept in memory only, of a bounded size: anybody can make up addresses.
 * - A page comes with the hashes of its inline scripts, as its content security policy.
 *
 * Next loads it by its path (`cacheHandler` in next.config.ts), and bundles it with the proxy: what has to be shared is in
 * lib/server-state.ts.
 */
import { createHash } from 'node:crypto';
import { rm, utimes } from 'node:fs/promises';
import * as fileSystemCache from 'next/dist/server/lib/incremental-cache/file-system-cache.js';
import { getMemoryCache } from 'next/dist/server/lib/incremental-cache/memory-cache.external.js';
import { beginningAt, expireTags, isExpired, now } from './cache-clock.mjs';
import { sharedCache, sharedKey } from './cache-redis.mjs';

/** @typedef {import('./lib/server-state').ServerState} ServerState */
/** @typedef {{ lastModified: number, value: any, cacheControl?: { revalidate: number | false, expire?: number } }} Entry */

const DEFAULT_MAX_AGE_S = 60;
/** For so long after a failure of the API, pages are served as they are, without trying to render them again. */
const PAUSE_MS = 10_000;
/** For so long after a page could not be rendered for another reason, that page is served as it is. */
const RETRY_MS = 1000;
/** How old an entry may be while invalidations of other servers may be missed. */
const LOST_S = 1;
/** No rendering takes longer: requests to the API have a deadline. */
const RENDERING_MS = 120_000;
const MOST_EXPIRED_PAGES = 500;
const MOST_BEGUN = 10_000;
const YEAR_S = 31_536_000;
/** Next renders a page that was last modified then before it serves it. */
const EXPIRED = -1;

/** Data this old is read again; a page this old is rendered again while it is served. As `REVALIDATE_S` in api/cache-tags.ts. */
const staleS = Math.max(1, Math.floor(Number(process.env.PAGE_MAX_AGE_S || DEFAULT_MAX_AGE_S) / 3));
/** A page this old is rendered before it is served: its data may have been `staleS` old when it was rendered. */
const expiredS = 2 * staleS;
const lifetime = { revalidate: staleS, expire: expiredS };

/** @returns {ServerState} */
function serverState() {
  const shared = /** @type {any} */ (globalThis);
  return (shared[Symbol.for('colophon.web')] ??= { expiredPages: new Map() });
}

/**
 * Node takes a module of Next for its only export, a bundler does not.
 *
 * @type {typeof import('next/dist/server/lib/incremental-cache/file-system-cache.js').default}
 */
const FileSystemCache = /** @type {any} */ (fileSystemCache.default).default ?? fileSystemCache.default;

const isBuild = process.env.NEXT_PHASE === 'phase-production-build';
/** The processes of a build share what they have read. */
const startedAt = isBuild ? 0 : performance.timeOrigin;

/** @typedef {import('./cache-redis.mjs').Position} Position */

/**
 * When the renderings of a page, or the readings of data, began that are under way, and which invalidations were known: by
 * its key, in their order. What failed stays for a time.
 *
 * @type {Map<string, Position[]>}
 */
const begun = new Map();

/** From when the content of entries is at the least, if renderings of the same were under way when theirs began. */
const contentAt = new WeakMap();

/** When entries were rendered that come from another server: in memory they are as old as the last look at them. */
const renderedAt = new WeakMap();

export default class PublicPageCache extends FileSystemCache {
  /** @param {any} context */
  constructor(context) {
    super(context);
    this.memory = context.maxMemoryCacheSize ? getMemoryCache(context.maxMemoryCacheSize) : undefined;
    this.shared = isBuild ? undefined : sharedCache();
  }

  /** @param {any} args */
  async get(...args) {
    const [key, { kind }] = args;
    const isData = kind === 'FETCH';
    if (!isData && kind !== 'APP_PAGE' && kind !== 'APP_ROUTE') return super.get(.../** @type {[any, any]} */ (args));
    const isSynced = (await this.shared?.sync()) ?? true;
    /** @type {Entry | null} */
    let valid = await super.get(.../** @type {[any, any]} */ (args));
    if (valid && isExpired(tagsOf(valid.value, args[1]), contentAt.get(valid.value) ?? valid.lastModified)) valid = null;
    const maxAgeS = isSynced ? (isData ? staleS : expiredS) : LOST_S;
    const isUsable = (/** @type {Entry} */ entry) => this.isCurrent(entry) && ageOf(entry) < maxAgeS;
    if (isSynced && !(valid && (isEternal(valid) || isUsable(valid)))) valid = (await this.readShared(args)) ?? valid;
    /** @type {Entry | undefined} */
    // What a change has made stale is not valid, but still there.
    const found = valid ?? this.memory?.get(key);
    if (!found?.value) {
      this.begin(key);
      return valid;
    }
    if (kind === 'APP_PAGE') withPolicy(found.value);
    if (isEternal(found)) return valid;
    const entry = isData ? found : { ...found, cacheControl: { ...lifetime } };
    if (valid && isUsable(found)) {
      if (ageOf(found) < staleS) return entry;
      this.begin(key);
      // Next renders it while it is served.
      return { ...entry, lastModified: renderedAt.get(found.value) ?? found.lastModified };
    }
    if (isUnreachable() || hasJustFailed(key)) {
      if (isData) this.distrustWhatIsBegun(found.lastModified);
      return { ...entry, lastModified: now() };
    }
    this.begin(key);
    if (isData) return null;
    keep(key, found.value);
    // Next renders it before it serves it, and keeps this one if that fails.
    return { ...entry, lastModified: EXPIRED };
  }

  /**
   * Return what another server has rendered, from now on from memory. What may not be served is there for when the API
   * does not respond.
   *
   * @param {any[]} args
   * @returns {Promise<Entry | undefined>}
   */
  async readShared([key, context]) {
    const other = await this.shared?.read(sharedKey(this.serverDistDir, context.kind, key), (value) => tagsOf(value, context));
    if (!other) return undefined;
    const { value, cacheControl, lastModified, isValid } = other;
    const own = this.memory?.get(key);
    if (!isValid && own) return undefined;
    renderedAt.set(value, lastModified);
    const entry = { value, cacheControl, lastModified: isValid ? beginningAt() : lastModified };
    this.memory?.set(key, entry);
    return isValid ? entry : undefined;
  }

  /** @param {Entry} entry */
  isCurrent({ value, lastModified }) {
    return (contentAt.get(value) ?? lastModified) >= Math.max(startedAt, this.shared?.droppedAt ?? 0);
  }

  /** @param {string} key */
  begin(key) {
    const position = this.shared?.position() ?? { at: beginningAt(), version: 0 };
    // What failed is never stored.
    if (begun.size >= MOST_BEGUN) begun.clear();
    begun.set(key, [...underWay(key), position]);
  }

  /**
   * End one of the renderings that are under way. Which one is not known: its content is at the least of when the first
   * began, and it is as old as the last. Undefined if none is known.
   *
   * @param {string} key
   * @returns {(Position & { contentAt: number }) | undefined}
   */
  end(key) {
    const positions = underWay(key);
    const [oldest, newest] = [positions[0], positions.pop()];
    if (positions.length > 0) begun.set(key, positions);
    else begun.delete(key);
    return oldest && newest && { ...oldest, at: newest.at, contentAt: oldest.at };
  }

  /**
   * What is being rendered may contain data that is no younger than `at`.
   *
   * @param {number} at
   */
  distrustWhatIsBegun(at) {
    for (const position of [...begun.values()].flat()) Object.assign(position, { at: Math.min(position.at, at), set: undefined });
  }

  /** @param {any} args */
  async set(...args) {
    const [key, data, context] = args;
    // No response of the API, whatever its status says: of something in between.
    if (data?.kind === 'FETCH' && String(data.data?.headers?.['content-type']).startsWith('text/html')) return;
    if (data?.kind === 'APP_PAGE') withPolicy(data);
    if (typeof context.cacheControl?.revalidate === 'number') Object.assign(context.cacheControl, lifetime);
    const position = this.end(key);
    const { expiredPages } = serverState();
    const kept = data && expiredPages.get(pathOf(key));
    // Next also stores a page once more that it could not render again: that makes it no younger.
    if (kept?.value === data) {
      kept.failedAt = Date.now();
      return;
    }
    const isGone = isNotFound(data);
    const cache = isGone ? Object.create(this, { flushToDisk: { value: false } }) : this;
    // What was there before must not come back from the disk.
    if (isGone && this.flushToDisk) await rm(this.pathOf(key, data.kind), { force: true });
    const written = super.set.call(cache, .../** @type {[any, any, any]} */ (args));
    // A change that was made meanwhile is not in it. It is in memory already, and read there while it is written to the disk.
    const at = position?.at ?? (isBuild ? Date.now() : 0);
    const stored = this.memory?.get(key);
    if (stored?.value === data) stored.lastModified = at;
    if (data && position) contentAt.set(data, position.contentAt);
    await written;
    // Whole milliseconds, which a file system keeps exactly.
    const modifiedS = Math.floor(position?.contentAt ?? at) / 1000;
    if (cache.flushToDisk && data) await utimes(this.pathOf(key, data.kind), modifiedS, modifiedS);
    if (position === undefined) return;
    expiredPages.delete(pathOf(key));
    if (!this.shared || !data) return;
    const shared = sharedKey(this.serverDistDir, data.kind, key);
    await (isGone ? this.shared.remove(shared) : this.shared.write(shared, data, context.cacheControl, position));
  }

  /**
   * At once: nothing here is served for a time after it was invalidated.
   *
   * @param {string | string[]} tags
   */
  async revalidateTag(tags) {
    const stale = [tags].flat();
    expireTags(stale);
    await this.shared?.invalidate(stale);
  }

  /**
   * @param {string} key
   * @param {any} kind
   */
  pathOf(key, kind) {
    const suffix = { APP_PAGE: '.html', APP_ROUTE: '.body' }[/** @type {string} */ (kind)] ?? '';
    return this.getFilePath(key + suffix, kind);
  }
}

/**
 * Return the age of an entry in seconds.
 *
 * @param {Entry} entry
 */
function ageOf({ value, lastModified }) {
  return (now() - (renderedAt.get(value) ?? lastModified)) / 1000;
}

/**
 * Return the renderings that are under way; later ones than that have failed.
 *
 * @param {string} key
 */
function underWay(key) {
  return (begun.get(key) ?? []).filter(({ at }) => now() - at < RENDERING_MS);
}

/**
 * Return the tags of an entry.
 *
 * @param {any} value
 * @param {{ kind?: string, tags?: string[], softTags?: string[] }} context
 */
function tagsOf(value, { kind, tags = [], softTags = [] }) {
  return kind === 'FETCH' ? [...tags, ...softTags] : tagsIn(value);
}

/**
 * Return the tags of a page.
 *
 * @param {any} value
 */
function tagsIn(value) {
  return String(value.headers?.['x-next-cache-tags'] ?? '').split(',');
}

/**
 * Return whether an entry depends on no data, or on data that never changes.
 *
 * @param {Entry} entry
 */
function isEternal({ value, cacheControl }) {
  if (value.kind === 'FETCH') return value.revalidate >= YEAR_S;
  if (cacheControl) return cacheControl.revalidate === false;
  // Of a page that the build rendered, its tags tell: those of its own path begin so.
  return tagsIn(value).every((tag) => tag.startsWith('_N_T_'));
}

/**
 * Return whether an entry says that something does not exist.
 *
 * @param {any} value
 */
function isNotFound(value) {
  return (value?.kind === 'FETCH' ? value.data?.status : value?.status) === 404;
}

function isUnreachable() {
  const { unreachableAt = 0, respondedAt = 0 } = serverState();
  return unreachableAt > respondedAt && Date.now() - unreachableAt < PAUSE_MS;
}

/** @param {string} key */
function hasJustFailed(key) {
  return Date.now() - (serverState().expiredPages.get(pathOf(key))?.failedAt ?? 0) < RETRY_MS;
}

/** @param {string} key */
function pathOf(key) {
  const at = key.indexOf('/$/');
  const path = at === -1 ? key : key.slice(at + 2);
  return path === '/index' ? '/' : path;
}

/**
 * @param {string} key
 * @param {any} value
 */
function keep(key, value) {
  const { expiredPages } = serverState();
  if (expiredPages.size >= MOST_EXPIRED_PAGES) expiredPages.clear();
  if (value.status && value.status !== 200) return;
  expiredPages.set(pathOf(key), { value, body: value.html ?? value.body, headers: value.headers ?? {} });
}

/**
 * Give a page its content security policy, once.
 *
 * @param {any} page
 */
function withPolicy(page) {
  const { policy } = serverState();
  if (!policy || typeof page.html !== 'string' || page.headers?.['content-security-policy']) return;
  page.headers = { ...page.headers, 'content-security-policy': policy(scriptHashes(page.html)) };
}

/**
 * Return the hashes of the inline scripts of a page (CSP level 2, section 4.2.5).
 *
 * @param {string} html
 */
export function scriptHashes(html) {
  const hashes = new Set();
  for (const [, attributes = '', text = ''] of html.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)) {
    // Of another type it is data, which does not run.
    if (/\bsrc=/.test(attributes) || /\btype="(?!module|text\/javascript)/.test(attributes)) continue;
    hashes.add(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  }
  return [...hashes];
}
