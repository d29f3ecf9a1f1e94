"""Entries and counters in a file: exact over processes, forgotten in time, and never a reason to hang."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from service.core import rate_limit_storage
from service.core.rate_limit_storage import SqliteStorage
from tests.servers import ROOT


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limit_storage, "time", clock)
    return clock


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/limits.sqlite3"


@pytest.fixture
def storage(url: str) -> SqliteStorage:
    return SqliteStorage(url, wrap_exceptions=True)


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process with a storage named `storage`; it waits for a line before it does what it is for."""
    begin = (
        "import sys\n"
        "from service.core.rate_limit_storage import SqliteStorage\n"
        "storage = SqliteStorage(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", begin + code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def begin(*processes: subprocess.Popen[str]) -> None:
    """Let processes go on together when all of them are ready."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


class TestEntries:
    def test_are_admitted_up_to_the_limit_of_a_moving_window(
        self, storage: SqliteStorage, clock: Clock
    ) -> None:
        assert [storage.acquire_entry("a", 3, 60) for _ in range(4)] == [True, True, True, False]
        assert storage.get_moving_window("a", 3, 60) == (clock.now, 3)
        began = clock.now
        clock.now += 59.9
        assert not storage.acquire_entry("a", 3, 60)
        assert storage.acquire_entry("b", 3, 60)
        clock.now = began + 60.1
        assert storage.get_moving_window("a", 3, 60) == (clock.now, 0)
        assert storage.acquire_entry("a", 3, 60)

    def test_are_all_admitted_or_none(self, storage: SqliteStorage) -> None:
        assert storage.acquire_entry("a", 3, 60, amount=2)
        assert not storage.acquire_entry("a", 3, 60, amount=2)
        assert storage.get_moving_window("a", 3, 60)[1] == 2

    def test_of_several_processes_are_exact(self, url: str) -> None:
        hammer = "print(sum(storage.acquire_entry('a', 100, 3600) for _ in range(200)))"
        with ExitStack() as running:
            processes = [running.enter_context(python(hammer, url)) for _ in range(4)]
            begin(*processes)
            admitted = [int(process.communicate(timeout=120)[0]) for process in processes]
        assert sum(admitted) == 100

    def test_work_with_the_strategies_of_limits(self, url: str) -> None:
        strategy = MovingWindowRateLimiter(storage_from_string(url))
        limit = RateLimitItemPerMinute(2)
        assert [strategy.hit(limit, "a") for _ in range(3)] == [True, True, False]
        assert strategy.get_window_stats(limit, "a").remaining == 0
        strategy.clear(limit, "a")
        assert strategy.hit(limit, "a")


class TestCounters:
    def test_count_until_they_end(self, storage: SqliteStorage, clock: Clock) -> None:
        began = clock.now
        assert (storage.incr("a", 60), storage.incr("a", 600, amount=2)) == (1, 3)
        assert (storage.get("a"), storage.get_expiry("a")) == (3, began + 60)
        clock.now += 60
        assert (storage.get("a"), storage.get_expiry("a")) == (0, clock.now)
        assert storage.incr("a", 5) == 1
        assert storage.get_expiry("a") == clock.now + 5

    def test_are_cleared_with_the_entries(self, storage: SqliteStorage) -> None:
        storage.incr("a", 60)
        storage.incr("b", 60)
        storage.acquire_entry("a", 3, 60)
        storage.clear("a")
        assert (storage.get("a"), storage.get("b")) == (0, 1)
        assert storage.get_moving_window("a", 3, 60)[1] == 0
        assert storage.reset() == 1
        assert storage.get("b") == 0


class TestFile:
    def test_is_kept_small(self, storage: SqliteStorage, clock: Clock) -> None:
        for number in range(50):
            storage.acquire_entry(f"entry {number}", 3, 60)
            storage.incr(f"counter {number}", 60)
        clock.now += 61
        storage.acquire_entry("another", 3, 60)
        assert storage.reset() == 1

    def test_is_free_when_a_process_was_killed_in_the_middle(self, url: str, storage: SqliteStorage) -> None:
        half = (
            "with storage._transaction() as connection:\n"
            "    connection.execute('DELETE FROM entries')\n"
            "    print('half', flush=True)\n"
            "    input()"
        )
        storage.acquire_entry("a", 1, 3600)
        with python(half, url) as process:
            begin(process)
            assert process.stdout is not None
            assert process.stdout.readline() == "half\n"
            process.kill()
        assert not storage.acquire_entry("a", 1, 3600)
        assert storage.acquire_entry("b", 1, 3600)

    def test_that_another_process_has_locked_is_waited_for_no_longer_than_said(
        self, url: str, storage: SqliteStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rate_limit_storage, "BUSY_TIMEOUT_S", 0.01)
        other = SqliteStorage(url)
        with other._transaction(), pytest.raises(StorageError):
            storage.acquire_entry("a", 1, 60)
        assert storage.acquire_entry("a", 1, 60)

    @pytest.mark.parametrize("ends", [True, False])
    def test_that_another_process_makes_is_waited_for(
        self, tmp_path: Path, storage: SqliteStorage, monkeypatch: pytest.MonkeyPatch, ends: bool
    ) -> None:
        (tmp_path / "var").mkdir()
        monkeypatch.setattr(rate_limit_storage, "BUSY_TIMEOUT_S", 2 if ends else 0.01)
        with closing(sqlite3.connect(tmp_path / "var" / "limits.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            monkeypatch.setattr(time, "sleep", lambda _: ends and other.in_transaction and other.rollback())
            with nullcontext() if ends else pytest.raises(StorageError):
                assert storage.acquire_entry("a", 1, 60)

    @pytest.mark.parametrize("content", [None, b"no database" * 100], ids=["a folder", "other bytes"])
    def test_that_cannot_be_used_is_an_error_of_the_storage(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        file = tmp_path / "limits.sqlite3"
        if content is None:
            file.mkdir()
        else:
            file.write_bytes(content)
        storage = SqliteStorage(f"sqlite:///{file}", wrap_exceptions=True)
        with pytest.raises(StorageError):
            storage.incr("a", 60)
        assert not storage.check()
