"""Faults in the freshness of public pages: which pages a change makes stale, and what web servers share."""

from __future__ import annotations

from tests.mutants.mutant import mutant

_REDIS = "web/src/cache-redis.mjs"
_TABLE = "web/src/api/event-tags.ts"

PAGES = (
    mutant(
        "a page that another web server has invalidated is served",
        _REDIS,
        "(this.#versions.get(tag) ?? 0) <= entry.version",
        "tag !== ''",
        "cache in Redis",
    ),
    mutant(
        "a page that was rendered during a change is shared as if it had been rendered after it",
        _REDIS,
        "(now() - at), set, version });",
        "(now() - at), set, version: this.#version });",
        "cache in Redis",
    ),
    mutant(
        "a change that is made while Redis does not respond is not told to other web servers",
        _REDIS,
        "    for (const tag of tags) this.#pending.set(tag, when);\n",
        "    if (!this.#isLost) for (const tag of tags) this.#pending.set(tag, when);\n",
        "cache in Redis",
    ),
    mutant(
        "a web server does not notice that Redis has lost what was invalidated",
        _REDIS,
        "    if (name !== set || found.length === 0) {\n",
        "    if (set === undefined || found.length === 0) {\n",
        "cache in Redis",
    ),
    mutant(
        "pages of before Redis was away are served after it",
        _REDIS,
        "      this.#hasMissed = true;\n",
        "",
        "cache in Redis",
    ),
    mutant(
        "what is invalidated while it is written to the disk is served",
        "web/src/cache-handler.mjs",
        "stored.lastModified = at;",
        "stored.lastModified = Date.now();",
        "web units",
    ),
    mutant(
        "a change in the instant in which the rendering of a page began is missed",
        "web/src/cache-clock.mjs",
        "clock.latestAt + TICK_MS",
        "clock.latestAt",
        "web units",
    ),
    mutant(
        "the lists of a tag that a post has lost still show it",
        _TABLE,
        "  if (!observed.success) return [ALL_LISTS_TAG, ...(await listed(data))];\n",
        "  if (!observed.success) return listed(data);\n",
        "web units",
    ),
    mutant(
        "the former address of a post does not redirect at once",
        _TABLE,
        "[post.slug, ...post.previous_slugs].map(CACHE_TAGS.post)",
        "[post.slug].map(CACHE_TAGS.post)",
        "web units",
    ),
    mutant(
        "a web server believes whoever tells it of a change",
        "web/src/session/webhook-signature.ts",
        "given.length === expected.length && timingSafeEqual(given, expected)",
        "given.length === expected.length",
        "web units",
    ),
)
