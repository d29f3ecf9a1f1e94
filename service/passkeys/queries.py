"""Selects of the passkeys of an account, and of whose a credential is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Select, select

from service.contract.problems import NotFound
from service.core.database import read_connection
from service.extensions import db
from service.models.passkeys import Passkey as PasskeyRow


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: UUID
    name: str
    is_backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


_columns = select(
    PasskeyRow.id,
    PasskeyRow.name,
    PasskeyRow.is_backed_up,
    PasskeyRow.created_at,
    PasskeyRow.last_used_at,
)


def list_passkeys(user_id: int) -> Sequence[Passkey]:
    """Return the passkeys of an account, oldest first. One statement."""
    rows = read_connection().execute(_columns.where(PasskeyRow.user_id == user_id).order_by(PasskeyRow.id))
    return [Passkey(*row) for row in rows]


def get_passkey(user_id: int, passkey_id: UUID, connection: Connection | None = None) -> Passkey:
    """Return a passkey of an account as `connection` sees it, by default the autocommit one. One statement.

    Raise `NotFound`.
    """
    found = _columns.where(PasskeyRow.id == passkey_id, PasskeyRow.user_id == user_id)
    row = (connection or read_connection()).execute(found).one_or_none()
    if row is None:
        raise NotFound
    return Passkey(*row)


def passkeys_of(user_id: int) -> Sequence[PasskeyRow]:
    """Return the rows of the passkeys of an account, oldest first. One statement."""
    return db.session.scalars(_rows_of(user_id).order_by(PasskeyRow.id)).all()


def lock_passkey(user_id: int, credential_id: bytes) -> PasskeyRow | None:
    """Lock the passkey with this credential until the transaction ends; None if it is not the account's."""
    found = _rows_of(user_id).where(PasskeyRow.credential_id == credential_id)
    return db.session.scalar(found.with_for_update().execution_options(populate_existing=True))


def find_owner_id(credential_id: bytes) -> int | None:
    """Return whose passkey has this credential; None if nobody's has. One statement."""
    owner = select(PasskeyRow.user_id).where(PasskeyRow.credential_id == credential_id)
    owner_id: int | None = read_connection().scalar(owner)
    return owner_id


def _rows_of(user_id: int) -> Select[PasskeyRow]:
    return select(PasskeyRow).where(PasskeyRow.user_id == user_id)
