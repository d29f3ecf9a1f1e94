"""Selects of the audit log, with the current names of the accounts that its entries name by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from service.core.cursor_pagination import CursorPage, decode_cursor, encode_cursor
from service.core.database import read_connection
from service.models.audit import ActorKind, AuditEntry
from service.models.users import User

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 80


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted; the names are those that the account has now, None if it was deleted."""

    kind: ActorKind
    id: int | None
    username: str | None
    display_name: str | None
    api_key_id: UUID | None


@dataclass(frozen=True, slots=True)
class Target:
    """What was acted on."""

    type: str
    id: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log; `position` is None until it is in the chain."""

    id: UUID
    recorded_at: datetime
    action: str
    actor: Actor
    object: Target
    request_id: str | None
    details: dict[str, Any]
    position: int | None

    @property
    def cursor(self) -> str:
        """Return the position in the list, for the `after` parameter."""
        return encode_cursor(self.recorded_at, self.id.int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters of the log; None does not filter."""

    action: str | None = None
    actor_id: int | None = None
    object_type: str | None = None
    object_id: str | None = None
    recorded_after: datetime | None = None
    recorded_before: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions of the filters that are set. The id has the time: a range of ids is one of times."""
        for name in ("action", "actor_id", "object_type", "object_id"):
            value = getattr(self, name)
            if value is not None:
                yield getattr(AuditEntry, name) == value
        if self.recorded_after is not None:
            yield AuditEntry.id >= _first_id(self.recorded_after)
        if self.recorded_before is not None:
            yield AuditEntry.id < _first_id(self.recorded_before)


_entries = select(
    AuditEntry.id,
    AuditEntry.recorded_at,
    AuditEntry.action,
    AuditEntry.actor_kind,
    AuditEntry.actor_id,
    User.username,
    User.display_name,
    AuditEntry.api_key_id,
    AuditEntry.object_type,
    AuditEntry.object_id,
    AuditEntry.request_id,
    AuditEntry.details,
    AuditEntry.position,
).outerjoin(User, User.id == AuditEntry.actor_id)


def list_entries(filters: Filters, after: str | None, size: int) -> CursorPage[Entry]:
    """Return a page of the log, newest first, from a cursor on. One statement, which no filter makes slow: see indexes.

    There is no total: counting would read as much as the log is long.
    """
    statement = _entries.where(*filters.conditions()).order_by(AuditEntry.id.desc())
    if after is not None:
        statement = statement.where(AuditEntry.id < UUID(int=decode_cursor(after)[1]))
    # One row more than the page: its presence tells whether there is a next page.
    rows = read_connection().execute(statement.limit(size + 1)).all()
    found = [_entry(row) for row in rows[:size]]
    return CursorPage(found, found[-1].cursor if len(rows) > size else None)


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        recorded_at=row.recorded_at,
        action=row.action,
        actor=Actor(row.actor_kind, row.actor_id, row.username, row.display_name, row.api_key_id),
        object=Target(row.object_type, row.object_id),
        request_id=row.request_id,
        details=row.details,
        position=row.position,
    )


def _first_id(at: datetime) -> UUID:
    """Return the smallest id of an entry that is recorded at this time or later."""
    milliseconds = -((_EPOCH - at) // timedelta(milliseconds=1))  # rounded up
    return UUID(int=max(milliseconds, 0) << _RANDOM_BITS)
