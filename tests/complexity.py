"""Time complexity without a clock: the number of calls, and the growth of CPU time with the size of the input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import inf
from time import thread_time
from types import FrameType
from typing import Any

FACTOR = 4  # how much larger the second input is
# Linear work takes 4 times as long for 4 times the input, quadratic work 16 times.
MAX_LINEAR_GROWTH = 8.0
ROUNDS = 10
MIN_S = 0.001  # shorter times are noise


def count_calls(work: Callable[[], object]) -> int:
    """Return the number of function calls that `work` makes, functions written in C included."""
    count = 0

    def see(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def growth(size: int, work: Callable[[int], object]) -> float:
    """Return how many times longer `work` takes for an input `FACTOR` times as large as `size`.

    The minimum of several rounds counts, in CPU time of this thread. A busy machine only needs more rounds; they end
    as soon as the growth is linear.
    """
    small = large = ratio = inf
    for _ in range(ROUNDS):
        small = min(small, _seconds(work, size))
        large = min(large, _seconds(work, size * FACTOR))
        ratio = large / max(small, MIN_S)
        if ratio < MAX_LINEAR_GROWTH:
            break
    return ratio


def _seconds(work: Callable[[int], object], size: int) -> float:
    start = thread_time()
    work(size)
    return thread_time() - start
