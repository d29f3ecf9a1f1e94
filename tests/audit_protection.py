"""Lifts what keeps the audit log append-only, as somebody with the rights of the database's owner can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

PROTECTED = frozenset({"audit_entries", "audit_checkpoints"})


@contextmanager
def protection_lifted(connection: sa.Connection) -> Iterator[None]:
    """Let no trigger of the audit log run in the transaction of `connection` until the block ends."""
    if connection.dialect.name == "sqlite":
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        triggers = connection.exec_driver_sql(found).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield
        for _, create in triggers:
            connection.exec_driver_sql(create)
        return
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    yield
    connection.exec_driver_sql("SET LOCAL session_replication_role = DEFAULT")
