/**
 * The cache of public pages that several web servers share, in Redis: their entries, and which tags have been invalidated.
 *
 * The tags are one sorted set, whose scores are a version that grows with each invalidation. A server reads what has come
 * since its last version before it serves anything. An entry says up to which version its server had read when it began
 * to render: it is valid unless one of its tags has a later one. So the clocks of the servers do not matter.
 *
 * Invalidations are missed while a server is not there, and while Redis does not respond to it. Then it takes a version of
 * its own, and serves nothing of before it. The first member names the set: with another one, Redis has lost its data.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { createClient, RESP_TYPES } from '@redis/client';
import { beginningAt, expireTags, laterThanAll, now } from './cache-clock.mjs';

/** @typedef {{ value: any, lastModified: number, cacheControl?: any, set: string, version: number }} SharedEntry */
/** @typedef {{ at: number, set?: string, version: number, connection?: number }} Position What a server had read of the invalidations, and when. */

const PREFIX = 'colophon:web';
const TAGS = `${PREFIX}:tags`;
/** Has the version of the server that took one last, and is no tag. */
const MISSED = 'missed ';
/** Redis evicts entries, which expire, before the tags, which do not, with `maxmemory-policy volatile-lru`. */
const ENTRY_S = 86_400;
/** A page waits no longer for Redis. */
const COMMAND_MS = 1000;
/** After Redis has not responded, it is tried again so often, and nobody waits for it. */
const RETRY_MS = 250;

/** One step, so that no version is given twice. A set that has just begun is named first. */
const INVALIDATE = `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZADD', KEYS[1], 0, ARGV[1]) end
local version = tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'REV', 'WITHSCORES')[2]) + 1
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], version, ARGV[index]) end
return {version, redis.call('ZRANGE', KEYS[1], 0, 0)[1]}`;

export class SharedCache {
  /** What was rendered here before is not served: invalidations of other servers may have been missed. */
  droppedAt = 0;
  /** What was invalidated here and is not yet known to Redis: by tag, when it was. @type {Map<string, object>} */
  #pending = new Map();
  /** The version at which each tag was last invalidated. @type {Map<string, number>} */
  #versions = new Map();
  /** @type {string | undefined} */
  #set;
  #version = 0;
  /** What has been shared with an earlier version may have been invalidated by what this server has missed. */
  #leastVersion = 0;
  #hasMissed = true;
  /** Counts the connections: the set is read anew with each, since Redis may have been restored as it was before. */
  #connection = 0;
  #isLost = false;
  #retryAt = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #retry;
  #connecting;
  #client;
  #commandMs;

  /**
   * @param {string} url
   * @param {number} commandMs
   */
  constructor(url, commandMs = COMMAND_MS) {
    this.#commandMs = commandMs;
    this.#client = createClient({
      url,
      disableOfflineQueue: true,
      socket: { connectTimeout: 2000, reconnectStrategy: () => RETRY_MS },
    });
    // Each failed command tells as well.
    this.#client.on('error', () => undefined);
    this.#client.on('ready', () => void this.#connected());
    this.#connecting = this.#client.connect().catch(() => undefined);
  }

  /** Learn what other servers have invalidated. Return false while Redis does not respond: something may be missed. */
  async sync() {
    if (!this.#isLost) return this.#tryToSync();
    if (performance.now() >= this.#retryAt) {
      this.#retryAt = performance.now() + this.#commandMs + RETRY_MS;
      void this.#tryToSync();
    }
    return false;
  }

  async #connected() {
    this.#connection += 1;
    this.#isLost ||= this.#connection > 1;
    this.#hasMissed = true;
    this.#beginSet(undefined);
    await this.#tryToSync();
  }

  /** Return what this server knows of the invalidations, for what it begins to render. @returns {Position} */
  position() {
    const set = this.#isLost ? undefined : this.#set;
    return { at: beginningAt(), set, version: this.#version, connection: this.#connection };
  }

  /**
   * Make tags stale for all servers; if Redis does not respond, once it does.
   *
   * @param {string[]} tags
   */
  async invalidate(tags) {
    const when = {};
    for (const tag of tags) this.#pending.set(tag, when);
    if (!(await this.sync())) this.#retryLater();
  }

  /**
   * Return an entry, and whether it may be served: undefined if there is none.
   *
   * @param {string} key
   * @param {(value: any) => string[]} tagsOf
   * @returns {Promise<(SharedEntry & { isValid: boolean }) | undefined>}
   */
  async read(key, tagsOf) {
    const client = this.#client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const stored = await this.#answered(client.get(key)).catch(() => undefined);
    if (!stored) return undefined;
    /** @type {SharedEntry} */
    let entry;
    try {
      entry = deserialize(/** @type {any} */ (stored));
    } catch {
      // Of a newer version of Node.js.
      return undefined;
    }
    const isValid =
      entry.set === this.#set &&
      entry.version >= this.#leastVersion &&
      tagsOf(entry.value).every((tag) => !this.#pending.has(tag) && (this.#versions.get(tag) ?? 0) <= entry.version);
    // The clock of the machine that rendered it may be fast.
    const age = Math.max(0, Date.now() - entry.lastModified);
    return { ...entry, lastModified: now() - age, isValid };
  }

  /**
   * Keep what was rendered, which began at `position`.
   *
   * @param {string} key
   * @param {any} value
   * @param {any} cacheControl
   * @param {Position} position
   */
  async write(key, value, cacheControl, { at, set, version, connection }) {
    // Of another connection, the version may have been given to another invalidation meanwhile.
    if (set === undefined || connection !== this.#connection) return;
    const entry = serialize({ value, cacheControl, lastModified: Date.now() - (now() - at), set, version });
    await this.#answered(this.#client.set(key, entry, { expiration: { type: 'EX', value: ENTRY_S } })).catch(() => undefined);
  }

  /** @param {string} key */
  async remove(key) {
    await this.#answered(this.#client.del(key)).catch(() => undefined);
  }

  /** Close the connection. */
  close() {
    clearTimeout(this.#retry);
    this.#client.destroy();
  }

  async #tryToSync() {
    try {
      await this.#answered(this.#connecting);
      await this.#publish();
      await this.#readVersions();
    } catch (error) {
      if (!this.#isLost) console.error('The cache in Redis does not respond (CACHE_REDIS_URL):', String(error));
      this.#isLost = true;
      this.#hasMissed = true;
      this.#retryAt = performance.now() + RETRY_MS;
      this.#retryLater();
      return false;
    }
    this.#isLost = false;
    return true;
  }

  /** What was invalidated here is told without waiting for a visitor: visitors may all be with other servers. */
  #retryLater() {
    if (this.#pending.size === 0) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.#tryToSync();
    }, RETRY_MS).unref();
  }

  async #publish() {
    const { hasMissed, connection, sent } = { hasMissed: this.#hasMissed, connection: this.#connection, sent: [...this.#pending] };
    if (!hasMissed && sent.length === 0) return;
    // Once, also if several visitors wait for it: true again if it fails.
    this.#hasMissed = false;
    const tags = [...(hasMissed ? [MISSED] : []), ...sent.map(([tag]) => tag)];
    const [version, name] = /** @type {[number, string]} */ (
      await this.#answered(this.#client.eval(INVALIDATE, { keys: [TAGS], arguments: [newSetName(), ...tags] }))
    );
    if (connection !== this.#connection) throw new Error('the connection was lost');
    if (name !== this.#set) this.#beginSet(name);
    for (const [tag, when] of sent) {
      this.#versions.set(tag, version);
      // Not one that has been invalidated once more meanwhile.
      if (this.#pending.get(tag) === when) this.#pending.delete(tag);
    }
    if (!hasMissed) return;
    this.#leastVersion = version;
    this.droppedAt = laterThanAll();
  }

  /** @returns {Promise<void>} */
  async #readVersions() {
    const { set, since } = { set: this.#set, since: this.#version };
    // From the last version on, which is still there: an invalidation of the same tag has a later one.
    const [[name], found] = /** @type {[string[], { value: string, score: number }[]]} */ (
      /** @type {unknown} */ (
        await this.#answered(
          this.#client.multi().zRange(TAGS, 0, 0).zRangeWithScores(TAGS, since, '+inf', { BY: 'SCORE' }).exec(),
        )
      )
    );
    // Another response was faster, and has begun another set: its versions are not counted on from this one's.
    if (set !== this.#set) return this.#readVersions();
    if (name === undefined) {
      await this.#answered(this.#client.zAdd(TAGS, { value: newSetName(), score: 0 }, { condition: 'NX' }));
      return this.#readVersions();
    }
    if (name !== set || found.length === 0) {
      this.#beginSet(name);
      if (since > 0) return this.#readVersions();
    }
    this.#apply(found);
  }

  /** @param {string | undefined} name */
  #beginSet(name) {
    this.#set = name;
    this.#version = 0;
    this.#leastVersion = 0;
    this.#versions.clear();
    this.droppedAt = laterThanAll();
  }

  /** @param {{ value: string, score: number }[]} found */
  #apply(found) {
    /** @type {string[]} */
    const stale = [];
    for (const { value: tag, score } of found) {
      this.#version = Math.max(this.#version, score);
      if (score <= (this.#versions.get(tag) ?? 0)) continue;
      this.#versions.set(tag, score);
      stale.push(tag);
    }
    if (stale.length > 0) expireTags(stale);
  }

  /**
   * @template T
   * @param {Promise<T>} command
   * @returns {Promise<T>}
   */
  async #answered(command) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      const isLate = () => reject(new Error(`no response within ${this.#commandMs} ms`));
      // After what has arrived has been read: this process may have been busy, and not Redis.
      timer = setTimeout(() => setImmediate(isLate), this.#commandMs);
    });
    try {
      return /** @type {T} */ (await Promise.race([command, late]));
    } finally {
      clearTimeout(timer);
    }
  }
}

const newSetName = () => `set ${randomUUID()}`;

/** The ids of builds by their folders. @type {Map<string, string>} */
const builds = new Map();

/**
 * Return the key of an entry. Builds do not share them: their pages have other scripts.
 *
 * @param {string} serverFolder
 * @param {string} kind
 * @param {string} key
 */
export function sharedKey(serverFolder, kind, key) {
  const build = builds.get(serverFolder) ?? readFileSync(join(serverFolder, '..', 'BUILD_ID'), 'utf8').trim();
  builds.set(serverFolder, build);
  return `${PREFIX}:${build}:${kind}:${createHash('sha256').update(key).digest('base64url')}`;
}

/** Return the cache that the setting `CACHE_REDIS_URL` names, undefined if it is unset. Throws if it is no such URL. */
export function sharedCache() {
  const url = process.env.CACHE_REDIS_URL;
  // The development server renders each page anew, and has no build whose pages could be shared.
  if (!url || process.env.NODE_ENV === 'development') return undefined;
  if (!URL.canParse(url) || !['redis:', 'rediss:'].includes(new URL(url).protocol)) {
    throw new Error('CACHE_REDIS_URL must be the URL of a Redis server, such as redis://localhost:6379/1');
  }
  const shared = /** @type {{ [key: symbol]: SharedCache | undefined }} */ (/** @type {unknown} */ (globalThis));
  return (shared[Symbol.for('colophon.web.cache')] ??= new SharedCache(url));
}
