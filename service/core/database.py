"""How does the service talk to its database? Engines for SQLite and PostgreSQL, and the two ways to use them.

Changes go through the session of the request, inside one transaction that is committed at the edge.
Hot reads go through `read_connection()`, which is in autocommit: no BEGIN and no ROLLBACK around a
SELECT, each statement sees what is committed at that moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from service.config import Settings
from service.contract.problems import Problem
from service.extensions import db

PING_AFTER_IDLE_S = 1.0
MIGRATION_LOCK_TIMEOUT_S = 5.0
MIGRATION_BUSY_TIMEOUT_S = 60.0

_AUTOCOMMIT = "colophon_autocommit"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the block changed in the session, or roll all of it back if it raises.

    A problem with `commit_on_raise` is raised after the commit.
    """
    try:
        try:
            yield db.session()
        except Problem as problem:
            if problem.commit_on_raise:
                db.session.commit()
            raise
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def read_connection() -> Connection:
    """Return the autocommit connection of this application context, opened on first use.

    It does not see what the session of the same request has not committed yet. It goes back to the
    pool when the context ends.
    """
    if "read_connection" not in g:
        g.read_connection = current_app.extensions["read_engine"].connect()
    connection: Connection = g.read_connection
    return connection


def init_database(app: Flask, settings: Settings) -> None:
    """Bind `db` to the database of `settings`; nothing connects yet."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)
        app.extensions["read_engine"] = _autocommit_engine(db.engine)
    app.teardown_appcontext(_close_read_connection)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return what `create_engine` needs beside the address."""
    return {
        # A driver's error would otherwise carry the parameters, e-mail addresses and hashes, into the log.
        "hide_parameters": True,
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_max_overflow,
        "pool_timeout": settings.database_pool_timeout_s,
        # The connection used last has the most statements prepared; the others may idle.
        "pool_use_lifo": True,
        "connect_args": _connect_args(
            settings,
            statement_s=settings.database_statement_timeout_s,
            lock_s=settings.database_lock_timeout_s,
            idle_s=settings.database_idle_timeout_s,
        ),
    }


def migration_engine(settings: Settings) -> Engine:
    """Return an engine for migrations: one connection, long statements, a short wait for locks.

    A migration that queues for a lock makes every later statement on the table queue behind it, so
    it gives up after `MIGRATION_LOCK_TIMEOUT_S` and may be run again.
    """
    arguments = _connect_args(settings, statement_s=0, lock_s=MIGRATION_LOCK_TIMEOUT_S, idle_s=0)
    if is_sqlite(make_url(settings.database_url)):
        arguments["timeout"] = MIGRATION_BUSY_TIMEOUT_S
    engine = create_engine(settings.database_url, poolclass=NullPool, connect_args=arguments)
    # With foreign keys on, the DROP TABLE by which SQLite alters a table would delete what refers to it.
    configure_engine(engine, foreign_keys=False)
    return engine


def configure_engine(engine: Engine, *, foreign_keys: bool = True) -> None:
    """Make SQLite behave like a database server, and its folder; ask a server whether it is still there."""
    if not is_sqlite(engine.url):
        event.listen(engine, "checkin", _record_checkin)
        event.listen(engine, "checkout", _ping_if_idle)
        return
    Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    pragmas = (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",
        f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by its own rules: it would begin them deferred.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    event.listen(engine, "begin", _begin)


def _record_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["returned_s"] = time.monotonic()


def _ping_if_idle(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
    """Have a connection replaced that died while it idled.

    `pool_pre_ping` asks each time, which took a third of the time of a short read; a connection that was
    in use a second ago is taken at its word, and if it lied the answer is a 503 and the pool is renewed.
    """
    if time.monotonic() - record.info.get("returned_s", time.monotonic()) < PING_AFTER_IDLE_S:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def is_sqlite(url: URL) -> bool:
    """Say whether the address is that of an SQLite database."""
    return url.get_backend_name() == "sqlite"


def _begin(connection: Connection) -> None:
    """Begin a transaction on SQLite: at once for writing, unless the request only reads.

    A deferred transaction that reads and then writes fails with "database is locked" as soon as
    another one has written in between, whatever the time-out: of 800 concurrent writes 674 did.
    """
    if connection.get_execution_options().get(_AUTOCOMMIT):
        return
    only_reads = has_request_context() and request.method in _SAFE_METHODS
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _autocommit_engine(engine: Engine) -> Engine:
    """Return the engine, with the same pool, for connections that begin no transaction.

    SQLAlchemy's own AUTOCOMMIT level is for PostgreSQL only: on SQLite its reset hands the driver back
    the control over transactions.
    """
    if is_sqlite(engine.url):
        return engine.execution_options(**{_AUTOCOMMIT: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _connect_args(settings: Settings, *, statement_s: float, lock_s: float, idle_s: float) -> dict[str, Any]:
    """Return the driver's arguments; a time-out of 0 is none."""
    url = make_url(settings.database_url)
    if is_sqlite(url):
        return {"timeout": settings.database_busy_timeout_s}
    limits = {
        "statement_timeout": f"{round(statement_s * 1000)}ms",
        "lock_timeout": f"{round(lock_s * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{round(idle_s * 1000)}ms",
        "timezone": "UTC",
    }
    given = url.query.get("options", "")
    options = " ".join(
        [*([given] if isinstance(given, str) and given else []), *(f"-c {k}={v}" for k, v in limits.items())]
    )
    return {
        "options": options,
        "connect_timeout": settings.database_connect_timeout_s,
        "application_name": "colophon",
        # A server that vanished without a word is noticed when sent data stays unacknowledged.
        "tcp_user_timeout": round(settings.database_statement_timeout_s * 1000),
        # A statement is prepared on the server when a connection runs it for the third time.
        "prepare_threshold": 2,
    }


def _close_read_connection(_error: BaseException | None) -> None:
    connection: Connection | None = g.pop("read_connection", None)
    if connection is not None:
        connection.close()
