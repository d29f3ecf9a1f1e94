"""The audit log as tests see it: its entries, its chain, and changes of it by SQL, past its triggers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.audit.chain import extend_chain
from service.core.audit_log import record
from service.core.database import transaction
from service.extensions import db
from service.models.audit import AuditEntry
from tests.audit_protection import protection_lifted

ENTRIES = AuditEntry.__table__


def entries(**values: Any) -> list[Any]:
    """Return the entries that have these values, the oldest first."""
    statement = sa.select(ENTRIES).order_by(ENTRIES.c.id)
    for name, value in values.items():
        statement = statement.where(ENTRIES.c[name] == value)
    with db.engine.connect() as connection:
        return list(connection.execute(statement))


def actions() -> list[str]:
    """Return the actions of all entries, the oldest first."""
    return [entry.action for entry in entries()]


def recorded(number: int) -> None:
    """Record a number of actions."""
    with transaction():
        for item_id in range(number):
            record("item.created", item_id + 1)


def chained(number: int = 0) -> None:
    """Record a number of actions, and append all that is new to the chain."""
    recorded(number)
    while True:
        with transaction():
            if not extend_chain():
                return


def change(statement: str, **values: Any) -> None:
    """Run SQL as whoever keeps the triggers from running."""
    with db.engine.begin() as connection, protection_lifted(connection):
        connection.execute(sa.text(statement), values)
