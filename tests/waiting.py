"""Waits for what another process or thread does: a condition with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN_S = 60.0  # far more than anything takes on a busy machine: passing it means that it never comes
_BETWEEN_S = 0.05


def wait_until(condition: Callable[[], T], within_s: float = WITHIN_S) -> T:
    """Return what `condition` returns as soon as it is true; raise TimeoutError after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s:g} s")
        time.sleep(_BETWEEN_S)
    return value
