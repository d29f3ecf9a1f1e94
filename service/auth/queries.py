"""What must be known of an account before its owner is let in?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from service.core.database import read_connection
from service.models.folding import fold
from service.models.users import User as UserRow


@dataclass(frozen=True, slots=True)
class Credentials:
    """The account and the hash its password must match; None where no password opens it."""

    user_id: int
    password_hash: str | None


_by_email = select(UserRow.id, UserRow.password_hash).where(UserRow.email_key == bindparam("key"))
_by_id = select(UserRow.id, UserRow.password_hash).where(UserRow.id == bindparam("user_id"))


def credentials_of_email(email: str) -> Credentials | None:
    """Return the credentials of the account with this address, whatever its case. One statement."""
    row = read_connection().execute(_by_email, {"key": fold(email)}).one_or_none()
    return None if row is None else Credentials(row.id, row.password_hash)


def credentials_of_user(user_id: int) -> Credentials | None:
    """Return the credentials of an account. One statement."""
    row = read_connection().execute(_by_id, {"user_id": user_id}).one_or_none()
    return None if row is None else Credentials(row.id, row.password_hash)
