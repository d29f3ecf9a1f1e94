"""Models of second factors: the secret of an authenticator app, and the recovery codes of an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model
from service.models.users import User


class SecondFactor(Model):
    """The secret that an account shares with an authenticator app (TOTP, RFC 6238), encrypted.

    It counts once `User.has_second_factor` is set: before that, it waits to be confirmed with a code. `last_step` is
    the time step of the last code that was accepted: no code of it, or of an earlier one, is accepted again.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey(User.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    enabled_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """A code that replaces one of the app, once; the SHA-256 of its 118 random bits."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]
