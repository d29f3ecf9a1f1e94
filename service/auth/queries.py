"""Selects the password hash of an account by e-mail address or id, whether it knows an address, and its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select

from service.config import settings
from service.core.database import read_connection
from service.core.identity import Identity
from service.core.sessions import is_open
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.known_addresses import KnownAddress
from service.models.sessions import AddressFamily, Session
from service.models.users import User as UserRow

SESSIONS_MAX = 100


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


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session with which an account is logged in."""

    id: UUID
    device: str | None
    address_family: AddressFamily | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool


def list_sessions(caller: Identity) -> Sequence[OpenSession]:
    """Return the sessions with which the caller is logged in, that of the request first. One statement."""
    columns = (
        Session.id,
        Session.device,
        Session.address_family,
        Session.created_at,
        Session.last_used_at,
        Session.expires_at,
        (Session.id == caller.session_id).label("is_current"),
    )
    sessions = (
        select(*columns)
        .where(*is_open(caller.id))
        .order_by((Session.id == caller.session_id).desc(), Session.last_used_at.desc(), Session.id)
        .limit(SESSIONS_MAX)
    )
    return [OpenSession(*row) for row in read_connection().execute(sessions)]


def _one(statement: Any, address_hash: bytes | None, **values: Any) -> Credentials | None:
    since = utcnow() - timedelta(days=settings().known_address_days)
    row = (
        read_connection()
        .execute(statement, {"address_hash": address_hash, "since": since, **values})
        .one_or_none()
    )
    return None if row is None else Credentials(row.id, row.password_hash, row.email_key, row.address_hash)
