"""What is degraded: checks of things without which requests succeed all the same, such as a worker that runs jobs.

Readiness reports their names and stays 200. A feature or an engine adds its check with `add_degradation_check`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

# Load balancers ask every few seconds, several of them at a time.
CACHE_S = 2.0

log = structlog.get_logger(__name__)

Check = Callable[[], bool]
_checks: dict[str, Check] = {}


def add_degradation_check(name: str, check: Check) -> None:
    """Add a check under the name of what it is about. It tells whether that is degraded, in a few milliseconds."""
    _checks[name] = check


def degraded() -> list[str]:
    """Return the names of what is degraded now, in order. A check that raises is degraded itself."""
    return sorted(name for name, check in _checks.items() if _is_degraded(name, check))


def _is_degraded(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - readiness must not fail for what it can do without
        log.warning("a check of readiness failed", check=name, error=type(error).__name__)
        return True


class CachedDegradation:
    """The answer of `degraded`, at most `CACHE_S` old; while one thread asks, the others take the last one."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._answer: list[str] = []
        self._good_until_s = 0.0

    def names(self) -> list[str]:
        """Return the names."""
        if time.monotonic() >= self._good_until_s and self._asking.acquire(blocking=False):
            try:
                self._answer = degraded()
                self._good_until_s = time.monotonic() + CACHE_S
            finally:
                self._asking.release()
        return self._answer
