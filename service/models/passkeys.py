"""Model of passkeys: the public keys with which accounts log in (WebAuthn)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.ids import uuid7
from service.models.users import User

PASSKEYS_MAX = 20  # of one account
PASSKEY_NAME_MAX = 80
CREDENTIAL_ID_MAX = 1_023  # bytes (WebAuthn, 4: credential id)
TRANSPORTS = ("ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb")


class Passkey(Model):
    """A passkey of an account. Its private key never leaves the authenticator.

    `credential_id` and `public_key`, in the form of COSE, are the authenticator's. `sign_count` is the counter of its
    last signature, 0 of those that do not count. `transports` tell browsers how to reach it; `is_backed_up` whether it
    is synchronized between devices. A passkey that was removed has no row.
    """

    __tablename__ = "passkeys"
    __table_args__ = (UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(CREDENTIAL_ID_MAX))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(PASSKEY_NAME_MAX))
    transports: Mapped[list[str]] = mapped_column(JSON)
    is_backed_up: Mapped[bool] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime | None]
