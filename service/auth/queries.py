"""Selects the password hash of an account by e-mail address or id; nothing is verified here."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from service.core.database import read_connection
from service.models.casefolding import casefold
from service.models.users import User as UserRow


@dataclass(frozen=True, slots=True)
class Credentials:
    """The id and password hash of an account; the hash is None if it cannot log in with a password."""

    user_id: int
    password_hash: str | None


_by_email = select(UserRow.id, UserRow.password_hash).where(UserRow.email_key == bindparam("key"))
_by_id = select(UserRow.id, UserRow.password_hash).where(UserRow.id == bindparam("user_id"))


def credentials_of_email(email: str) -> Credentials | None:
    """Return the credentials of the account with this e-mail address (case-insensitive). One statement."""
    row = read_connection().execute(_by_email, {"key": casefold(email)}).one_or_none()
    return None if row is None else Credentials(row.id, row.password_hash)


def credentials_of_user(user_id: int) -> Credentials | None:
    """Return the credentials of an account. One statement."""
    row = read_connection().execute(_by_id, {"user_id": user_id}).one_or_none()
    return None if row is None else Credentials(row.id, row.password_hash)
