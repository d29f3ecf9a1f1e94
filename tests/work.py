"""Measures of work that do not depend on the machine: the number of calls, and how CPU time grows with the input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import inf
from time import thread_time
from types import FrameType
from typing import Any

FACTOR = 4  # how much larger the second input is
# Work in proportion to the input takes 4 times as long, work in proportion to its square 16 times: between the two.
MOST = 8.0
ROUNDS = 10
LEAST_S = 0.001  # what is shorter is over before anything grows


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called by `work`, those written in C included."""
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


def grows_with(size: int, work: Callable[[int], object]) -> float:
    """Return how many times longer `work` takes for an input `FACTOR` times as large as `size`.

    Of each size the quickest of several rounds counts, in CPU time of this thread: whatever else runs on the machine
    can only ask for more rounds. They end as soon as the work is seen to be in proportion to the input.
    """
    small = large = ratio = inf
    for _ in range(ROUNDS):
        small = min(small, _seconds(work, size))
        large = min(large, _seconds(work, size * FACTOR))
        ratio = large / max(small, LEAST_S)
        if ratio < MOST:
            break
    return ratio


def _seconds(work: Callable[[int], object], size: int) -> float:
    start = thread_time()
    work(size)
    return thread_time() - start
