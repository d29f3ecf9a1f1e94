"""Wakes idle workers when a job is added: NOTIFY on PostgreSQL, a Unix socket of each worker on SQLite.

With `JOB_ENGINE=celery` the broker carries the wake-ups (`broker`, which is imported only then). A lost wake-up does no
harm: workers also look by themselves, every few seconds.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
from pathlib import Path
from typing import Any, Self

import psycopg
from flask import current_app
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from service.config import settings
from service.core.database import is_sqlite
from service.extensions import db

CHANNEL = "colophon_jobs"
_MARK = "wake_workers"
_BROKER = "job_broker"  # the extension of an application with JOB_ENGINE=celery
_LONGEST_SOCKET_PATH = 100  # bytes; the limit is 108 on Linux and 104 on macOS
_POLL_S = 0.2  # where no socket can be bound


def wake_workers_on_commit(session: Session) -> None:
    """Wake the workers once the session's transaction is committed."""
    if _BROKER in current_app.extensions or is_sqlite(db.engine.url):
        session.info[_MARK] = session.info.get(_MARK, 0) + 1
    else:
        session.execute(text(f"NOTIFY {CHANNEL}"))  # PostgreSQL delivers it with the commit


@event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    jobs = session.info.pop(_MARK, 0)
    if jobs and (broker := current_app.extensions.get(_BROKER)) is not None:
        broker.wake(jobs)
    elif jobs:
        wake_workers(settings().var_dir / "workers")


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_MARK, None)


def wake_workers(folder: Path) -> None:
    """Send a datagram to the socket of each worker; sockets of workers that have gone are removed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for path in folder.glob("*.socket"):
            try:
                sender.sendto(b"!", str(path))
            except BlockingIOError:
                pass  # it has wake-ups enough
            except OSError:
                path.unlink(missing_ok=True)


class Listener:
    """Waits for wake-ups in a worker process. Use it as a context manager."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._path = folder / f"{os.getpid()}.socket"
        self._source: Any = None

    def __enter__(self) -> Self:
        self._source = self._unix_socket() if is_sqlite(self._engine.url) else self._postgresql()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._source is not None:
            self._source.close()
        self._path.unlink(missing_ok=True)

    def wait(self, timeout_s: float, stop: int) -> None:
        """Return after a wake-up, `timeout_s` seconds, or once the file descriptor `stop` is readable.

        Raise psycopg.OperationalError when the connection to PostgreSQL is lost.
        """
        if self._source is None:
            select.select([stop], [], [], min(timeout_s, _POLL_S))
            return
        readable, _, _ = select.select([self._source, stop], [], [], timeout_s)
        if self._source not in readable:
            return
        if isinstance(self._source, psycopg.Connection):
            for _notify in self._source.notifies(timeout=0):
                pass
        else:
            with contextlib.suppress(BlockingIOError):
                while self._source.recv(16):
                    pass

    def _unix_socket(self) -> socket.socket | None:
        if len(os.fsencode(self._path)) > _LONGEST_SOCKET_PATH:
            return None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        source = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        source.setblocking(False)
        source.bind(str(self._path))
        return source

    def _postgresql(self) -> psycopg.Connection[Any]:
        # With the settings of the pool, and not of it: this connection is never used for anything else.
        pooled = self._engine.raw_connection()
        connection: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        pooled.detach()
        connection.set_autocommit(True)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection
