"""Model of the network addresses from which accounts have logged in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model
from service.models.users import User


class KnownAddress(Model):
    """An address of a successful login, as an HMAC: the table does not tell where anybody was.

    Rows stay until `flask purge-sessions` deletes those that have become too old to count.
    """

    __tablename__ = "known_addresses"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    last_login_at: Mapped[datetime]
