"""Tells whether a transaction waits for a lock of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import sqlalchemy as sa

from service.extensions import db


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
