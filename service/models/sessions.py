"""Which log-ins are alive, and which refresh tokens may still be used, once each?"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.users import User


class Session(Model):
    """A log-in: every token names the session it belongs to, and dies with it.

    Revoked or expired rows stay until they are cleaned up: they let nobody in.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(Model):
    """A refresh token that was issued, known by the SHA-256 of its `jti` only.

    A used one carries for a while the token that took its place, encrypted so that only its own `jti` opens it.
    """

    __tablename__ = "refresh_tokens"

    jti_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(Session.id, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    successor: Mapped[bytes | None] = mapped_column(LargeBinary)
