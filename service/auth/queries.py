"""Selects the password hash of an account by e-mail address or id, and whether it knows an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select

from service.config import settings
from service.core.database import read_connection
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.known_addresses import KnownAddress
from service.models.users import User as UserRow


@dataclass(frozen=True, slots=True)
class Credentials:
    """The id and password hash of an account; the hash is None if it cannot log in with a password.

    `known_address` is the HMAC of the client's address if the account has logged in from it lately.
    """

    user_id: int
    password_hash: str | None
    email_key: str | None
    known_address: bytes | None


_credentials = select(
    UserRow.id, UserRow.password_hash, UserRow.email_key, KnownAddress.address_hash
).outerjoin(
    KnownAddress,
    and_(
        KnownAddress.user_id == UserRow.id,
        KnownAddress.address_hash == bindparam("address_hash", type_=KnownAddress.address_hash.type),
        KnownAddress.last_login_at >= bindparam("since", type_=KnownAddress.last_login_at.type),
    ),
)
_by_email = _credentials.where(UserRow.email_key == bindparam("key"))
_by_id = _credentials.where(UserRow.id == bindparam("user_id"))


def credentials_of_email(email: str, address_hash: bytes | None) -> Credentials | None:
    """Return the credentials of the account with this e-mail address (case-insensitive). One statement."""
    return _one(_by_email, address_hash, key=casefold(email))


def credentials_of_user(user_id: int, address_hash: bytes | None) -> Credentials | None:
    """Return the credentials of an account. One statement."""
    return _one(_by_id, address_hash, user_id=user_id)


def _one(statement: Any, address_hash: bytes | None, **values: Any) -> Credentials | None:
    since = utcnow() - timedelta(days=settings().known_address_days)
    row = (
        read_connection()
        .execute(statement, {"address_hash": address_hash, "since": since, **values})
        .one_or_none()
    )
    return None if row is None else Credentials(row.id, row.password_hash, row.email_key, row.address_hash)
