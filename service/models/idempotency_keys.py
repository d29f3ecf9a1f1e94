"""Model of idempotency keys: requests that were carried out, and what they were answered with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Model, utcnow


class IdempotencyKey(Model):
    """A request that succeeded, by the hash of its caller and key, until `expires_at`.

    `fingerprint` is the hash of what it asked for. `response` is the response, encrypted under the key, which is stored
    nowhere; it is null only within the transaction that carries the request out. Rows name no account: they go by time.
    """

    __tablename__ = "idempotency_keys"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    response: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)
