"""Maps database errors to problems: constraint to 409, stale row to 412, unavailable or deadlock to 503.

Any other database error is a bug and stays a 500.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import MetaData, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from service.contract.problems import PreconditionFailed, Problem, ServiceUnavailable
from service.extensions import db

# SQLSTATE classes and codes (PostgreSQL, appendix A) after which a retry may succeed: connection lost,
# transaction rolled back (deadlock, serialization), resources exhausted, lock not available,
# statement time-out, server shutting down, idle-in-transaction time-out.
_RETRYABLE_SQLSTATES = ("08", "40", "53", "55P03", "57014", "57P", "25P03")

# SQLite reports the columns of a violated unique constraint, the names of others, and nothing for foreign keys.
_SQLITE_UNIQUE = re.compile(r"^UNIQUE constraint failed: (?P<columns>.+)$")
_SQLITE_NAMED = re.compile(
    r"^(?:CHECK constraint failed: |UNIQUE constraint failed: index ')(?P<name>\w+)'?$"
)
_SQLITE_FOREIGN_KEY = "FOREIGN KEY constraint failed"
_SQLITE_BUSY = (
    "database is locked",
    "database table is locked",
    "unable to open database file",
    "database or disk is full",
    "disk I/O error",
)


def problem_from_database_error(error: BaseException, declared: Iterable[type[Problem]]) -> Problem | None:
    """Return the problem for a database error; `None` for an error that is a bug.

    `declared` are the problems that the operation declares: a violated constraint maps to the one with this
    `constraint`. Time-outs, deadlocks and a lost or busy database map to `ServiceUnavailable`.
    """
    if isinstance(error, StaleDataError):
        return PreconditionFailed()
    if isinstance(error, PoolTimeout):
        return ServiceUnavailable()
    if isinstance(error, IntegrityError):
        return _problem_for_constraint(error, tuple(declared))
    if isinstance(error, DBAPIError) and _is_retryable(error):
        return ServiceUnavailable()
    return None


def violated_constraint(error: IntegrityError, metadata: MetaData | None = None) -> str | None:
    """Return the name of the violated constraint or unique index; `None` if it is unknown.

    SQLite reports only the columns of a unique constraint, whose name is then looked up in `metadata` (by default that
    of `db`), and nothing about a foreign key.
    """
    named: str | None = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if named:
        return named
    message = str(error.orig)
    if match := _SQLITE_NAMED.match(message):
        return match["name"]
    if match := _SQLITE_UNIQUE.match(message):
        return _unique_name(match["columns"].split(", "), metadata or db.metadata)
    return None


def _problem_for_constraint(error: IntegrityError, declared: tuple[type[Problem], ...]) -> Problem | None:
    if str(error.orig) == _SQLITE_FOREIGN_KEY:
        # SQLite does not say which foreign key: assume the one that the operation declares, if it declares exactly one.
        expected = [problem for problem in declared if (problem.constraint or "").startswith("fk_")]
        return expected[0]() if len(expected) == 1 else None
    name = violated_constraint(error)
    return next((problem() for problem in declared if name is not None and problem.constraint == name), None)


def _is_retryable(error: DBAPIError) -> bool:
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state.startswith(_RETRYABLE_SQLSTATES)
    if type(error.orig).__module__.startswith("sqlite3"):
        return str(error.orig).startswith(_SQLITE_BUSY)
    # No SQLSTATE: the server did not respond. The connection was refused or lost.
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def _unique_name(columns: list[str], metadata: MetaData) -> str | None:
    """Return the name of the unique constraint, index or primary key on exactly these `table.column`s."""
    table = metadata.tables.get(columns[0].split(".")[0])
    if table is None:
        return None
    expected = {column.split(".", 1)[1] for column in columns}
    return next((name for name, names in _unique_keys(table) if names == expected), None)


def _unique_keys(table: Table) -> Iterable[tuple[str, set[str]]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) or constraint is table.primary_key:
            yield str(constraint.name), {column.name for column in constraint.columns}
    for index in table.indexes:
        if index.unique:
            yield str(index.name), {column.name for column in index.columns}
