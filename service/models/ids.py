"""UUIDs of version 7 (time-ordered) as ids of posts and jobs."""

from __future__ import annotations

import secrets
import time
from threading import Lock
from uuid import UUID

_lock = Lock()
_last = (0, 0)  # milliseconds and random bits of the last id


def uuid7() -> UUID:
    """Return a new UUID of version 7 (RFC 9562, 5.7): milliseconds since 1970, then 74 random bits.

    Those of one process increase, also within a millisecond (6.2, method 2), and while the clock is set back: jobs of
    one transaction run in the order in which they were added, and lists show it.
    """
    global _last  # noqa: PLW0603 - ids follow each other over the whole process
    with _lock:
        milliseconds, random = time.time_ns() // 1_000_000, secrets.randbits(73)
        if milliseconds <= _last[0]:
            # A random step: the next id cannot be guessed. In 2^32 steps there is room for the half that is left free.
            milliseconds, random = _last[0], _last[1] + 1 + secrets.randbits(40)
        _last = milliseconds, random
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
