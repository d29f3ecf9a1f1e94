"""Models of login sessions and of their single-use refresh tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.users import User


class Session(Model):
    """A login session. Each token belongs to one session and is rejected when that is revoked or expired.

    `authenticated_at` is the time of the login or of the last step-up; None was written by an older version.
    Revoked and expired rows stay until `flask purge-sessions` deletes them.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    authenticated_at: Mapped[datetime | None]


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
