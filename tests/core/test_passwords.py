"""Passwords are hashed with the recommended parameters, never more at once than there are cores."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError

from service.core import passwords
from service.core.passwords import hash_password, needs_rehash, verify_password

THREADS = 16


class CountingSemaphore:
    """A semaphore that tells when all threads have asked for it, and lets through as many as `inner` does."""

    def __init__(self, inner: threading.BoundedSemaphore) -> None:
        self.all_asked = threading.Event()
        self._inner = inner
        self._asked = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._asked += 1
            if self._asked == THREADS:
                self.all_asked.set()
        self._inner.acquire()

    def __exit__(self, *_: object) -> None:
        self._inner.release()


class Recorder:
    """A hasher that counts, and remembers how many of its calls overlapped; none ends before `may_end`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.may_end = threading.Event()
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()

    def hash(self, password: bytes) -> str:
        with self._lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        assert self.may_end.wait(60)
        with self._lock:
            self._running -= 1
        return "hash"

    def verify(self, password_hash: str, password: bytes) -> bool:
        self.calls.append(password_hash)
        return True


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    double = Recorder()
    monkeypatch.setattr(passwords, "_hasher", double)
    return double


class TestHashPassword:
    def test_says_the_recommended_parameters(self) -> None:
        assert hash_password("correct horse").startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    def test_is_salted(self) -> None:
        assert hash_password("correct horse") != hash_password("correct horse")

    def test_never_runs_more_often_at_once_than_there_are_cores(
        self, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        semaphore = CountingSemaphore(passwords._at_once)
        monkeypatch.setattr(passwords, "_at_once", semaphore)
        recorder.may_end = semaphore.all_asked
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(hash_password, ["correct horse"] * THREADS)) == ["hash"] * THREADS
        assert 1 <= recorder.most_at_once <= (os.cpu_count() or 1)


class TestVerifyPassword:
    def test_tells_right_from_wrong(self) -> None:
        password_hash = hash_password("correct horse")
        assert verify_password(password_hash, "correct horse")
        assert not verify_password(password_hash, "correct house")

    @pytest.mark.parametrize("nearly", ["correct horse ", "Correct horse", "", "correct horse\0"])
    def test_takes_no_near_miss(self, nearly: str) -> None:
        assert not verify_password(hash_password("correct horse"), nearly)

    def test_takes_both_ways_of_writing_an_accent(self) -> None:
        assert verify_password(hash_password("caf\u00e9 au lait"), "cafe\u0301 au lait")

    def test_reads_all_of_a_long_password(self) -> None:
        password = "x" * passwords.MAX_LENGTH
        assert not verify_password(hash_password(password), password[:-1])

    def test_without_an_account_is_false_whatever_the_password(self, recorder: Recorder) -> None:
        assert not verify_password(None, "even if the dummy's password were found")

    def test_without_an_account_does_the_same_work(self, recorder: Recorder) -> None:
        verify_password(None, "correct horse")
        verify_password("a hash", "correct horse")
        assert recorder.calls == [passwords._DUMMY, "a hash"]

    def test_the_dummy_has_todays_parameters(self) -> None:
        assert not needs_rehash(passwords._DUMMY)

    def test_raises_on_a_hash_that_is_none(self) -> None:
        """A damaged column is our fault, and must not look like a wrong password."""
        with pytest.raises(InvalidHashError):
            verify_password("not a hash", "correct horse")


class TestNeedsRehash:
    @pytest.mark.parametrize(
        "older",
        [{"time_cost": 1}, {"memory_cost": 8_192}, {"parallelism": 2}],
        ids=lambda older: next(iter(older)),
    )
    def test_is_true_of_other_parameters(self, older: dict[str, Any]) -> None:
        today: dict[str, Any] = {"time_cost": 2, "memory_cost": 19_456, "parallelism": 1}
        assert needs_rehash(PasswordHasher(**{**today, **older}).hash("correct horse"))

    def test_is_false_of_todays(self) -> None:
        assert not needs_rehash(hash_password("correct horse"))
