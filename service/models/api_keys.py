"""Model of API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.ids import uuid7
from service.models.users import User

KEY_NAME_MAX = 80


class ApiKey(Model):
    """An API key of an account, which may do what its owner may, limited by `scopes`.

    `secret_hash` is the keyed hash of its secret. `last_used_at` is written at most once a minute, None before the
    first use. A revoked key has no row.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(KEY_NAME_MAX))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
