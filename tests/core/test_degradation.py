"""The checks of what is degraded."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from service.core import degradation
from service.core.degradation import CachedDegradation, add_degradation_check, degraded


@pytest.fixture(autouse=True)
def _no_checks(monkeypatch):
    monkeypatch.setattr(degradation, "_checks", {})


def fail():
    raise OSError("no broker")


def test_names_are_those_of_the_checks_that_fail():
    for name, check in (("mail", lambda: True), ("jobs", lambda: False), ("broker", fail)):
        add_degradation_check(name, check)
    assert degraded() == ["broker", "mail"]


class TestCachedDegradation:
    def test_asks_again_after_a_time(self, monkeypatch):
        now, asked = [100.0], []
        monkeypatch.setattr(degradation.time, "monotonic", lambda: now[0])
        add_degradation_check("jobs", lambda: asked.append(1) or len(asked) > 1)
        cached = CachedDegradation()
        assert [cached.names() for _ in range(3)] == [[], [], []]
        now[0] += degradation.CACHE_S
        assert cached.names() == ["jobs"]
        assert len(asked) == 2

    def test_one_asks_and_the_others_do_not_wait(self):
        asking, answer = Event(), Event()

        def check():
            asking.set()
            return answer.wait(60)

        add_degradation_check("jobs", check)
        cached = CachedDegradation()
        with ThreadPoolExecutor(1) as thread:
            first = thread.submit(cached.names)
            asking.wait(60)
            assert cached.names() == []
            answer.set()
            assert first.result() == ["jobs"]
