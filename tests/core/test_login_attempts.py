"""Attempts on one account: some are free, then each waits twice as long as the one before, in every storage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from limits.storage import RedisStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from service.contract import TooManyRequests
from service.core.login_attempts import count_login_attempt
from service.extensions import limiter
from tests.conftest import on_sqlite
from tests.servers import free_port, require_command, running

FAILURES = 4
WAIT_S = 60
WAIT_MAX_S = 300


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [require_command("redis-server"), "--port", str(port), "--save", "", "--dir", str(folder)]
    with running(command, port, folder):
        yield f"redis://127.0.0.1:{port}"


@pytest.fixture(params=["sqlite", "memory", "redis"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    urls = {"sqlite": f"sqlite:///{tmp_path}/limits.sqlite3", "memory": "memory://"}
    storage = storage_from_string(urls.get(request.param) or request.getfixturevalue("redis_url"))
    assert isinstance(storage, Storage)
    storage.reset()
    return storage


@pytest.fixture
def pass_time(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that lets time pass: here, and in Redis, where the keys end as much earlier."""
    passed = [0.0]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + passed[0])

    def pass_time(seconds: float) -> None:
        passed[0] += seconds
        if isinstance(storage, RedisStorage):
            redis = storage.get_connection()
            for key in redis.scan_iter():
                redis.pexpire(key, redis.pttl(key) - round(seconds * 1000))  # at once, if it is over

    return pass_time


@pytest.fixture
def limited(app: Flask, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(limiter, "_limiter", MovingWindowRateLimiter(storage))
    settings = replace(
        app.extensions["settings"],
        login_failures=FAILURES,
        login_wait_s=WAIT_S,
        login_wait_max_s=WAIT_MAX_S,
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    return app


def waits(account: str = "ada@example.org", known_address: bytes | None = None) -> int:
    """Make an attempt; return how long it has to wait, 0 if it was admitted."""
    try:
        count_login_attempt(account, known_address)
    except TooManyRequests as problem:
        refused = problem
    else:
        return 0
    wait_s = int(refused.headers["Retry-After"])
    assert refused.headers["RateLimit"] == f'"account";r=0;t={wait_s}'
    assert refused.headers["RateLimit-Policy"] == f'"account";q={FAILURES};w=86400'
    return wait_s


@on_sqlite
class TestAttempts:
    def test_beyond_the_free_ones_wait_twice_as_long_each_time(
        self, limited: Flask, storage: Storage, pass_time: Callable[[float], None]
    ) -> None:
        assert [waits() for _ in range(FAILURES)] == [0] * FAILURES
        for wait_s in (WAIT_S, 2 * WAIT_S, 4 * WAIT_S, WAIT_MAX_S, WAIT_MAX_S):
            told = waits()
            assert wait_s - 30 < told <= wait_s
            pass_time(told)
            assert waits() == 0

    def test_of_other_accounts_and_from_known_addresses_are_counted_apart(self, limited: Flask) -> None:
        assert [bool(waits()) for _ in range(FAILURES + 1)] == [False] * FAILURES + [True]
        assert waits("grace@example.org") == 0
        assert [bool(waits(known_address=b"home")) for _ in range(FAILURES + 1)] == [False] * FAILURES + [
            True
        ]
        assert waits(known_address=b"office") == 0

    def test_that_succeed_let_the_next_begin_anew(self, limited: Flask) -> None:
        for _ in range(FAILURES - 1):
            waits()
        count_login_attempt("ada@example.org", None).succeeded()
        assert [bool(waits()) for _ in range(FAILURES + 1)] == [False] * FAILURES + [True]

    def test_at_the_same_time_are_no_more_than_one_after_the_other(self, limited: Flask) -> None:
        def attempt(_: int) -> int:
            with limited.app_context():
                return waits()

        with ThreadPoolExecutor(16) as pool:
            assert sum(wait_s == 0 for wait_s in pool.map(attempt, range(200))) == FAILURES

    def test_of_one_failure_only_wait_from_the_second_on(
        self, limited: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        strict = replace(limited.extensions["settings"], login_failures=1)
        monkeypatch.setitem(limited.extensions, "settings", strict)
        count_login_attempt("ada@example.org", None)
        with pytest.raises(TooManyRequests):
            count_login_attempt("ada@example.org", None)
