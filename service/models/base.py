"""What do all tables share? The declarative base, the types of ids and instants, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
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
    """Return the present instant, aware and in UTC, with microseconds."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the way in, aware and in UTC on the way out, microseconds kept.

    PostgreSQL stores `timestamptz`. SQLite stores UTC as text of fixed width, so that the order of
    the texts is the order of the instants. A naive datetime is refused: nobody knows what it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return `value` in UTC; raise ValueError when it is naive."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a naive datetime is not an instant: give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return `value` as an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite makes ids only for a column of exactly the type INTEGER, which there holds 64 bits too.
BigId = BigInteger().with_variant(Integer(), "sqlite")

IntegerId = Annotated[int, mapped_column(BigId, primary_key=True)]


class Model(DeclarativeBase):
    """The base of every table, on the metadata of `db`.

    A table whose primary key is one generated integer never hands out the id of a deleted row
    again, on SQLite too: an old link or token must not come to mean somebody else.
    """

    metadata = db.metadata
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own declaration

    @classmethod
    def __table_cls__(cls, name: str, *arguments: Any, **options: Any) -> Table:
        if _has_generated_id(arguments):
            options.setdefault("sqlite_autoincrement", True)
        return Table(name, *arguments, **options)


def _has_generated_id(parts: tuple[Any, ...]) -> bool:
    """Say whether the primary key is a single integer column that refers to no other table."""
    keys = [part for part in parts if isinstance(part, Column) and part.primary_key]
    if len(keys) != 1 or not isinstance(keys[0].type, Integer) or keys[0].foreign_keys:
        return False
    constraints = (part for part in parts if isinstance(part, ForeignKeyConstraint))
    return not any(keys[0].name in constraint.column_keys for constraint in constraints)
