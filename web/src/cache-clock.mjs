/**
 * The order of what this process renders and of the invalidations that it hears of. Its clock never goes back, as that of
 * the machine does when it is set, and an invalidation is later than all that began before it, however short before.
 *
 * Its times are those that Next compares with: milliseconds since 1970 by the clock of the process. Next itself stamps
 * invalidations with the clock of the machine, which drifts away from it.
 */
import * as tagsManifestModule from 'next/dist/server/lib/incremental-cache/tags-manifest.external.js';

/** The least difference that a time of this size can have, and no less than that, in milliseconds. */
const TICK_MS = 0.001;

/** @type {typeof import('next/dist/server/lib/incremental-cache/tags-manifest.external.js').tagsManifest} */
const tagsManifest = /** @type {any} */ (tagsManifestModule).tagsManifest ?? /** @type {any} */ (tagsManifestModule).default.tagsManifest;

/** @type {{ latestAt: number }} */
const clock = (/** @type {any} */ (globalThis)[Symbol.for('colophon.web.clock')] ??= { latestAt: 0 });

/** Return the time now. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** Return when something begins: not before the last invalidation. */
export function beginningAt() {
  clock.latestAt = Math.max(clock.latestAt, now());
  return clock.latestAt;
}

/** Return a time after all that has begun. */
export function laterThanAll() {
  clock.latestAt = Math.max(clock.latestAt + TICK_MS, now());
  return clock.latestAt;
}

/**
 * Make stale what has one of these tags and began before now.
 *
 * @param {string[]} tags
 */
export function expireTags(tags) {
  const at = laterThanAll();
  for (const tag of tags) tagsManifest.set(tag, { stale: at, expired: at });
}

/**
 * Return whether something that began at `at` has a tag that was invalidated since.
 *
 * @param {string[]} tags
 * @param {number} at
 */
export function isExpired(tags, at) {
  return tags.some((tag) => (tagsManifest.get(tag)?.expired ?? 0) > at);
}
