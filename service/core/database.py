"""SQLAlchemy engines for SQLite and PostgreSQL, the write transaction and the autocommit read connection.

Writes go through the session of the request. The transaction boundary is the request: its pipeline commits once.
Frequent reads use `read_connection()`, which is in autocommit: no BEGIN and ROLLBACK around a SELECT, and each
statement sees what is committed at that moment.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import URL, Connection, Engine, create_engine, event, literal, make_url, select, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool
from sqlalchemy.sql.functions import FunctionElement

from service.config import Settings
from service.config.variables import zone_of
from service.contract.problems import Problem
from service.core.database_connections import PostgresqlConnection, begin_immediate, request_pool
from service.core.database_waits import CHECK_INTERVAL_S, init_database_waits
from service.extensions import db
from service.models.base import Model, UtcDateTime

PING_AFTER_IDLE_S = 1.0
MIGRATION_LOCK_TIMEOUT_S = 5.0
MIGRATION_BUSY_TIMEOUT_S = 60.0

_AUTOCOMMIT = "colophon_autocommit"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit the changes of the block, or roll them back if it raises.

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

    It does not see uncommitted changes of the request's session. It is returned to the pool when the context ends.
    """
    if "read_connection" not in g:
        g.read_connection = current_app.extensions["read_engine"].connect()
    connection: Connection = g.read_connection
    return connection


def lock_table(model: type[Model]) -> None:
    """Let nobody else add, change or delete rows of a table until the session's transaction ends; they are read.

    On SQLite a transaction that writes has the database for itself.
    """
    if not is_sqlite(db.engine.url):
        table = db.engine.dialect.identifier_preparer.format_table(model.__table__)
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def init_database(app: Flask, settings: Settings) -> None:
    """Bind `db` to the database of `settings`; nothing connects yet."""
    init_database_waits(app, settings)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    configure_engine(engine)
    app.extensions["read_engine"] = _autocommit_engine(engine)
    # An application that nobody keeps takes its idle connections with it; at the end of the process the system does.
    weakref.finalize(app, engine.dispose).atexit = False
    app.teardown_appcontext(_close_read_connection)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments of `create_engine` besides the URL."""
    return {
        # Otherwise the driver's errors would log statement parameters: e-mail addresses and password hashes.
        "hide_parameters": True,
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_max_overflow,
        "poolclass": request_pool(
            settings.database_pool_timeout_s,
            readers_wait=not is_sqlite(make_url(settings.database_url)),
        ),
        "pool_timeout": CHECK_INTERVAL_S,
        # The most recently used connection has the most prepared statements; the others can stay idle.
        "pool_use_lifo": True,
        "connect_args": _connect_args(
            settings,
            statement_s=settings.database_statement_timeout_s,
            lock_s=settings.database_lock_timeout_s,
            idle_s=settings.database_idle_timeout_s,
        ),
    }


def migration_engine(settings: Settings) -> Engine:
    """Return an engine for migrations: one connection, no statement time-out, a short lock time-out.

    While a migration waits for a lock, every later statement on the table waits behind it. So it gives up after
    `MIGRATION_LOCK_TIMEOUT_S` and can be run again.
    """
    arguments = _connect_args(settings, statement_s=0, lock_s=MIGRATION_LOCK_TIMEOUT_S, idle_s=0)
    if is_sqlite(make_url(settings.database_url)):
        arguments["timeout"] = MIGRATION_BUSY_TIMEOUT_S
    engine = create_engine(settings.database_url, poolclass=NullPool, connect_args=arguments)
    # Alembic alters an SQLite table by copying and dropping it: with foreign keys on, DROP TABLE would cascade.
    configure_engine(engine, foreign_keys=False)
    return engine


def configure_engine(engine: Engine, *, foreign_keys: bool = True) -> None:
    """Configure a new engine: pragmas and explicit BEGIN on SQLite, limited waits and a ping of idle on PostgreSQL."""
    if not is_sqlite(engine.url):
        event.listen(engine, "do_connect", _connect)
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
        # Disables the driver's implicit BEGIN, which would be a deferred one.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)
        connection.create_function("timezone", 2, _local_time, deterministic=True)

    event.listen(engine, "begin", _begin)


def _local_time(zone: str, stored: str | None) -> str | None:
    """Return the time that clocks of a zone show, as PostgreSQL's `timezone` does, from a time as SQLite stores it."""
    if stored is None:
        return None
    instant = datetime.fromisoformat(stored).replace(tzinfo=UTC)
    with suppress(OverflowError):  # at the ends of the calendar
        instant = instant.astimezone(zone_of(zone))
    return instant.replace(tzinfo=None).isoformat(" ")


def _connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> PostgresqlConnection:
    return PostgresqlConnection.connect(*arguments, **options)


def _record_checkin(connection: Any, record: ConnectionPoolEntry) -> None:
    if connection is not None and connection.closed:  # its rollback was not answered
        record.invalidate()
    record.info["returned_s"] = time.monotonic()


def _ping_if_idle(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
    """Replace a pooled connection that was lost while idle.

    `pool_pre_ping` would ping at every checkout, a third of the time of a short read. A connection that was in use a
    second ago is not pinged: if it is lost, the response is a 503 and the pool is emptied.
    """
    if time.monotonic() - record.info.get("returned_s", time.monotonic()) < PING_AFTER_IDLE_S:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def database_time() -> datetime:
    """Return the current instant by the clock of the database, in the transaction of the session. One SELECT."""
    now: datetime = db.session.execute(select(database_now())).scalar_one()
    return now


class database_now(FunctionElement[datetime]):  # noqa: N801 - it reads as an SQL function
    """The current instant by the clock of the database, plus `offset_s` seconds; not of the transaction's start."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, offset_s: float = 0) -> None:
        super().__init__(literal(float(offset_s)))


@compiles(database_now, "postgresql")
def _now_on_postgresql(element: database_now, compiler: Any, **options: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


@compiles(database_now, "sqlite")
def _now_on_sqlite(element: database_now, compiler: Any, **options: Any) -> str:
    # In the form of the column type, which has six digits behind the point; SQLite knows three.
    offset = compiler.process(element.clauses, **options)
    return f"(strftime('%Y-%m-%d %H:%M:%f000', 'now', {offset} || ' seconds'))"


def is_sqlite(url: URL) -> bool:
    """Tell whether the URL is of an SQLite database."""
    return url.get_backend_name() == "sqlite"


def _begin(connection: Connection) -> None:
    """Begin a transaction on SQLite, with BEGIN IMMEDIATE unless the request is a safe method.

    A deferred transaction that reads and then writes fails with "database is locked" when another one has written in
    between, whatever the busy time-out: 674 of 800 concurrent writes did.
    """
    if connection.get_execution_options().get(_AUTOCOMMIT):
        return
    if not has_request_context():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif request.method in _SAFE_METHODS:
        connection.exec_driver_sql("BEGIN")
    else:
        begin_immediate(connection, current_app.extensions["settings"].database_busy_timeout_s)


def _autocommit_engine(engine: Engine) -> Engine:
    """Return an engine with the same pool whose connections are in autocommit.

    SQLAlchemy's AUTOCOMMIT level is used on PostgreSQL only: on SQLite, resetting it gives the control of transactions
    back to the driver.
    """
    if is_sqlite(engine.url):
        return engine.execution_options(**{_AUTOCOMMIT: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _connect_args(settings: Settings, *, statement_s: float, lock_s: float, idle_s: float) -> dict[str, Any]:
    """Return the driver's connection arguments; a time-out of 0 disables it."""
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
        # Detects a server that disappeared without closing the connection: sent data is not acknowledged.
        "tcp_user_timeout": round(settings.database_statement_timeout_s * 1000),
        # The third execution of a statement on a connection uses a server-side prepared statement.
        "prepare_threshold": 2,
    }


def release_read_connection() -> None:
    """Return the autocommit connection of this context to the pool, for a long wait; the next read opens another."""
    connection: Connection | None = g.pop("read_connection", None)
    if connection is not None:
        connection.close()


def _close_read_connection(_error: BaseException | None) -> None:
    release_read_connection()
