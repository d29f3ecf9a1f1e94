"""Connections whose waits end when the request has waited long enough; the limits are in database_waits.py."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, ClassVar, Self, TypeVar

import psycopg
from psycopg.abc import PQGen, PQGenConn
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from service.core.database_waits import CHECK_INTERVAL_S, DatabaseUnanswered, Wait, check_before_wait

T = TypeVar("T")


@dataclass(slots=True)
class Connecting:
    """The attempts to connect, one for each address of the host, and the wait for all of them."""

    wait: Wait
    attempts: list[Generator[Any, Any, Any]] = field(default_factory=list)


# psycopg hands nothing on to the steps of an attempt.
_connecting: ContextVar[Connecting] = ContextVar("connecting")


class PostgresqlConnection(psycopg.Connection[Any]):
    """A connection of psycopg, in which every wait for the server is a step of a generator.

    One whose wait was ended is closed: the answer might still come, to a question that nobody asked.
    """

    @classmethod
    def connect(cls, *arguments: Any, **options: Any) -> Self:
        """Connect as psycopg does, within what the request may wait, however many addresses the host has."""
        try:
            check_before_wait()
            with Wait() as wait:
                connecting = Connecting(wait)
                _connecting.set(connecting)
                try:
                    return super().connect(*arguments, **options)
                finally:
                    # Their exceptions can keep them alive, and the server would see connections that nobody uses.
                    for attempt in connecting.attempts:
                        attempt.close()
        except DatabaseUnanswered as error:
            raise psycopg.OperationalError(str(error)) from None

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn[Self]:
        connecting = _connecting.get()
        attempt = _limited(super()._connect_gen(conninfo), connecting.wait)
        connecting.attempts.append(attempt)
        return attempt

    def wait(self, gen: PQGen[T], interval: float = CHECK_INTERVAL_S, timeout: float | None = None) -> T:
        """Wait as psycopg does, within what the request may wait."""
        try:
            # Here and not in the generator: an exception can keep that alive, and the thread would still be counted.
            with Wait() as wait:
                return super().wait(_limited(gen, wait), interval, timeout)
        except DatabaseUnanswered as error:
            # Nothing waits here: what cannot be sent at once is not sent.
            self.close()
            # SQLAlchemy knows the driver's errors only: a closed connection with one of them empties the pool, whose
            # other connections would be asked in vain, too.
            raise psycopg.OperationalError(str(error)) from None

    def rollback(self) -> None:
        """Roll back; if the connection is lost, the server does it, and there is nobody left to tell."""
        try:
            super().rollback()
        except psycopg.OperationalError:
            if not self.closed:
                raise


def _limited(steps: Generator[Any, Any, T], wait: Wait) -> Generator[Any, Any, T]:
    """Pass on the steps of psycopg, which are not ready when the interval is over, and check the wait then."""
    ready = None
    try:
        while True:
            wanted = steps.send(ready)
            ready = yield wanted
            if not ready:
                wait.check()
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        steps.close()


class RequestPool(QueuePool):
    """A pool in which a request's wait for a connection is a wait for the database.

    SQLAlchemy's own wait for a connection cannot be ended from outside, so it is short (`pool_timeout`) and repeated.
    """

    patience_s: ClassVar[float]
    readers_wait: ClassVar[bool]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._first = Lock()
        self._has_connected = False

    def connect(self) -> PoolProxiedConnection:
        """Return a connection, or raise TimeoutError after `patience_s`, or when the request has waited enough."""
        if self.readers_wait:
            check_before_wait()
        if self._has_connected:
            return self._connect()
        # SQLAlchemy keeps all threads waiting while the first connection asks the server what it is.
        with Wait() as wait:
            while not self._first.acquire(timeout=CHECK_INTERVAL_S):
                wait.check()
        try:
            connection = self._connect()
            self._has_connected = True
            return connection
        finally:
            self._first.release()

    def _connect(self) -> PoolProxiedConnection:
        give_up_at_s = time.monotonic() + self.patience_s
        with Wait() as wait:
            while True:
                try:
                    return super().connect()
                except DatabaseUnanswered:
                    raise
                except PoolTimeout:
                    if time.monotonic() >= give_up_at_s:
                        raise
                    wait.check()


def request_pool(patience_s: float, *, readers_wait: bool) -> type[RequestPool]:
    """Return the class of a pool: SQLAlchemy makes a pool anew with arguments of its own only.

    `readers_wait` tells whether a silent database is silent for all; on SQLite a writer keeps only writers waiting.
    """
    # A pool's logger has the name of its class; of SQLAlchemy's, only warnings are logged.
    members = {"patience_s": patience_s, "readers_wait": readers_wait, "__module__": "sqlalchemy.pool"}
    return type("RequestPool", (RequestPool,), members)


def begin_immediate(connection: Connection, patience_s: float) -> None:
    """Take the write lock of SQLite for a request, within `patience_s` and what the request may wait.

    The driver's own wait (its busy time-out) cannot be ended from outside, so it is short and repeated.
    """
    check_before_wait()
    driver: Any = connection.connection.dbapi_connection
    give_up_at_s = time.monotonic() + patience_s
    driver.execute(f"PRAGMA busy_timeout = {round(CHECK_INTERVAL_S * 1000)}")
    try:
        with Wait() as wait:
            while True:
                try:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                except OperationalError as error:
                    if time.monotonic() >= give_up_at_s or str(error.orig) != "database is locked":
                        raise
                    wait.check()
                else:
                    # Who comes later often gets the lock sooner: to those who wait the database is not silent.
                    wait.note_answer()
                    return
    finally:
        driver.execute(f"PRAGMA busy_timeout = {round(patience_s * 1000)}")
