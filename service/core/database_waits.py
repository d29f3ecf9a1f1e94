"""Limits on how long a request waits for the database, and on how many threads of a process do at a time.

A server that is frozen, or whose packets are lost, applies none of its own time-outs: only the client can end a wait.
database_connections.py tells of every wait: for an answer of PostgreSQL, for a connection to it or of the pool, for the
write lock of SQLite. Waits shorter than `CHECK_INTERVAL_S` cost and count nothing. Commands wait without a limit:
whoever started one can stop it.
"""

from __future__ import annotations

import time
from threading import Lock
from types import TracebackType
from typing import Self

from flask import Flask, current_app, g, has_app_context
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.config import Settings

CHECK_INTERVAL_S = 0.05

# Liveness has to be answered in half a second; a database that works answers one of several threads sooner.
PATIENCE_S = 0.25

# Each attempt leaves a connection behind, which a frozen server has to end before it accepts others.
RETRY_S = 1.0


class DatabaseUnanswered(PoolTimeout):
    """The wait for the database was ended. It maps to 503, as a wait for the pool does."""


class WaitingThreads:
    """The threads of this process that wait for the database: some must stay free for what does not need it.

    `most` threads wait as long as their requests may. Others wait as long as the database answers any thread: without
    an answer for `PATIENCE_S` they give up, and of those who come next only one tries, every `RETRY_S`. If it is
    answered, the database is not silent: the others wait for something else, such as a lock.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._count = 0
        self._silent_since_s: float | None = (
            None  # from when `most` threads wait until one is answered, or none waits
        )
        self._next_try_s = 0.0

    def begin(self) -> bool:
        """Count one more thread; tell whether it is beyond the `most`."""
        with self._lock:
            self._count += 1
            if self._count >= self._most and self._silent_since_s is None:
                self._silent_since_s = time.monotonic()
            return self._count > self._most

    def end(self, *, answered: bool) -> None:
        """Count one thread less."""
        with self._lock:
            self._count -= 1
            if answered:
                self._silent_since_s = time.monotonic() if self._count >= self._most else None
            elif self._count == 0:
                self._silent_since_s = None

    def is_one_too_many(self) -> bool:
        """Tell whether a thread beyond the `most` must give up."""
        with self._lock:
            return self._count > self._most and self._is_silent()

    def admit(self) -> bool:
        """Let one more thread start to wait; tell whether it is the one that tries.

        Raise DatabaseUnanswered if there is no room.
        """
        if self._count < self._most:  # almost always, so without the lock
            return False
        with self._lock:
            if self._count < self._most or not self._is_silent():
                return False
            if time.monotonic() < self._next_try_s:
                raise DatabaseUnanswered("The database does not answer, and enough threads wait for it.")
            self._next_try_s = time.monotonic() + RETRY_S
            return True

    def end_silence(self) -> None:
        """Note that the database has answered a thread that is not counted, because it did not wait for long."""
        if self._silent_since_s is None:  # almost always, so without the lock
            return
        with self._lock:
            self._next_try_s = 0.0
            if self._silent_since_s is not None:
                self._silent_since_s = time.monotonic()

    def _is_silent(self) -> bool:
        since_s = self._silent_since_s
        return since_s is not None and time.monotonic() - since_s >= PATIENCE_S


class RequestWaits:
    """The waits of one request. They have a limit together: ten statements may not take ten times as long."""

    __slots__ = ("_ends_at_s", "_is_extra", "_is_waiting", "_left_s", "_limit_s", "_threads", "_tries")

    def __init__(self, threads: WaitingThreads, limit_s: float) -> None:
        self._threads = threads
        self._limit_s = self._left_s = limit_s
        self._ends_at_s = 0.0  # while it waits
        self._is_waiting = self._is_extra = self._tries = False

    def begin(self) -> bool:
        """Begin a wait, one interval ago; return False if this is part of another."""
        if self._is_waiting:
            return False
        self._is_waiting = True
        self._ends_at_s = time.monotonic() - CHECK_INTERVAL_S + self._left_s
        self._is_extra = self._threads.begin()
        return True

    def end(self, *, answered: bool) -> None:
        """End the wait."""
        self._is_waiting = False
        self._left_s = self._ends_at_s - time.monotonic()
        self._threads.end(answered=answered)

    def check(self) -> None:
        """Raise DatabaseUnanswered if the wait must end."""
        if time.monotonic() >= self._ends_at_s:
            self._tries = False
            raise DatabaseUnanswered(f"The database did not answer the request in {self._limit_s:g} s.")
        if self._is_extra and self._threads.is_one_too_many():
            self._tries = False
            raise DatabaseUnanswered("The database does not answer, and enough threads wait for it.")

    def check_before(self) -> None:
        """Raise DatabaseUnanswered if the request must not begin to wait."""
        if self._left_s <= 0:
            raise DatabaseUnanswered(f"The database did not answer the request in {self._limit_s:g} s.")
        if not self._tries:  # who tries connects first: that is no second attempt
            self._tries = self._threads.admit()

    def note_answer(self) -> None:
        """Note that the database has answered this request."""
        self._threads.end_silence()

    def finish(self) -> None:
        """End the request: if it tried, and did not wait in vain, the database answers."""
        if self._tries:
            self.note_answer()


class Wait:
    """A context manager around what may wait for the database: `check` tells it when an interval has passed.

    It is answered if it ends without an exception, or with an error of the server, which has an SQLSTATE.
    """

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun: RequestWaits | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._begun is not None:
            self._begun.end(answered=error is None or getattr(error, "sqlstate", None) is not None)

    def check(self) -> None:
        """Raise DatabaseUnanswered if the wait must end; call it every `CHECK_INTERVAL_S`."""
        request = _request_waits()
        if request is None:
            return
        if request.begin():
            self._begun = request
        request.check()

    def note_answer(self) -> None:
        """End the silence of the database for the threads that still wait, also if this wait was short."""
        request = _request_waits()
        if request is not None:
            request.note_answer()


def check_before_wait() -> None:
    """Raise DatabaseUnanswered if the current request must not begin to wait for the database."""
    request = _request_waits()
    if request is not None:
        request.check_before()


def init_database_waits(app: Flask, settings: Settings) -> None:
    """Limit the waits of the requests of `app`; call it before anything else registers what ends a request.

    Flask runs these functions in reverse order, and returning a connection to the pool may be a wait, too (ROLLBACK).
    """
    threads = WaitingThreads(settings.web_threads)

    def begin_request() -> None:
        g.database_waits = RequestWaits(threads, settings.database_request_timeout_s)

    app.before_request(begin_request)
    app.extensions["begin_database_waits"] = begin_request
    app.teardown_appcontext(_end_request)


def limit_database_waits() -> None:
    """Limit the waits of the current application context as those of a request: for what a response does later."""
    current_app.extensions["begin_database_waits"]()


def _end_request(_error: BaseException | None) -> None:
    waits: RequestWaits | None = g.pop("database_waits", None)
    if waits is not None:
        waits.finish()


def _request_waits() -> RequestWaits | None:
    waits: RequestWaits | None = g.get("database_waits") if has_app_context() else None
    return waits
