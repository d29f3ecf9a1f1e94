"""Waits for what another process or thread does: a condition with a deadline, and waiting for a database lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar

import sqlalchemy as sa

from service.extensions import db

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


@contextmanager
def lock_waits() -> Iterator[Callable[[], bool]]:
    """Yield a function that tells whether another transaction waits for a lock of the database.

    SQLite has one lock and does not tell who waits for it: there it is another transaction that is about to take it.
    """
    if db.engine.dialect.name == "sqlite":
        with _begins() as begun:
            yield begun.is_set
        return
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def waits() -> bool:
        # A connection for each look: within a transaction the view stays as it was first read.
        with db.engine.connect() as connection:
            return bool(connection.scalar(waiting))

    yield waits


@contextmanager
def _begins() -> Iterator[Event]:
    begun = Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE":
            begun.set()

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield begun
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
