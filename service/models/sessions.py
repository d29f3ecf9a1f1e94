"""Models of login sessions and of their single-use refresh tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Enum, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.users import User

DEVICE_MAX = 60


class AddressFamily(StrEnum):
    """The family of an IP address."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"


class Session(Model):
    """A login session. Each token belongs to one session and is rejected when that is revoked or expired.

    `authenticated_at` is the time of the login or of the last step-up; None was written by an older version.
    `ends_at` is when the session ends however much it is used; `device` and `address_family` are those of the login.
    They are None in rows of an older version. Revoked and expired rows stay until `flask purge-sessions` deletes them.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    authenticated_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    device: Mapped[str | None] = mapped_column(String(DEVICE_MAX))
    address_family: Mapped[AddressFamily | None] = mapped_column(
        Enum(
            AddressFamily,
            native_enum=False,
            length=8,
            values_callable=lambda families: [family.value for family in families],
        )
    )


class RefreshToken(Model):
    """An issued refresh token, identified by the SHA-256 hash of its `jti`.

    After rotation `successor` has the token that replaced it, for the grace period, encrypted with a key derived from
    its own `jti`.
    """

    __tablename__ = "refresh_tokens"

    jti_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(Session.id, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    successor: Mapped[bytes | None] = mapped_column(LargeBinary)
