"""Declarative base of the models, column types for ids and timestamps, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    Table,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

from service.extensions import db


def utcnow() -> datetime:
    """Return the current time in UTC, time-zone aware, with microseconds."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A timestamp column: takes time-zone aware values, returns them in UTC, with microseconds.

    PostgreSQL stores `timestamptz`. SQLite stores UTC as text of fixed width, which sorts chronologically. Naive
    datetimes are rejected: their time zone is unknown.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert `value` to UTC; raise ValueError if it is naive."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a naive datetime is not an instant: give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return `value` as a time-zone aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonList(TypeDecorator[list[Any]]):
    """A column with a list as JSON: null, as in the rows from before the column, is the empty list.

    It has no server default instead: PostgreSQL cannot compare one of the type `json`, which `alembic check` does.
    """

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> list[Any]:  # noqa: ARG002
        """Return the list."""
        return [] if value is None else value


# SQLite generates ids only for columns of the type INTEGER, which has 64 bits there.
BigId = BigInteger().with_variant(Integer(), "sqlite")

IntegerId = Annotated[int, mapped_column(BigId, primary_key=True)]


class Model(DeclarativeBase):
    """Base class of all models, on the metadata of `db`.

    Generated integer primary keys are never reused after a deletion, on SQLite too (AUTOINCREMENT): an old link or
    token must not refer to another row. Relationships are declared with `lazy="raise_on_sql"`: an N+1 query raises an
    error, it does not just become slow.
    """

    metadata = db.metadata
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own declaration

    @classmethod
    def __table_cls__(cls, name: str, *arguments: Any, **options: Any) -> Table:
        if _has_generated_id(arguments):
            options.setdefault("sqlite_autoincrement", True)
        return Table(name, *arguments, **options)


def _has_generated_id(parts: tuple[Any, ...]) -> bool:
    """Tell whether the primary key is a single integer column without a foreign key."""
    keys = [part for part in parts if isinstance(part, Column) and part.primary_key]
    if len(keys) != 1 or not isinstance(keys[0].type, Integer) or keys[0].foreign_keys:
        return False
    constraints = (part for part in parts if isinstance(part, ForeignKeyConstraint))
    return not any(keys[0].name in constraint.column_keys for constraint in constraints)
