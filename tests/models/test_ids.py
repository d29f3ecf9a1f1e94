"""Ids of posts and jobs."""

import time
from concurrent.futures import ThreadPoolExecutor

from service.models.ids import uuid7


def test_are_of_version_7_and_of_now():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80


def test_increase_within_a_millisecond():
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(made)
    assert len({made.int >> 80 for made in made}) < len(made)


def test_increase_while_the_clock_is_set_back(monkeypatch):
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    second = uuid7()
    assert first < second


def test_are_different_in_all_threads():
    with ThreadPoolExecutor(4) as threads:
        made = [
            each for some in threads.map(lambda _: [uuid7() for _ in range(1_000)], range(4)) for each in some
        ]
    assert len(set(made)) == 4_000
