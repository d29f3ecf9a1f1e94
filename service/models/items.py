"""Which things do the items of the smallest namespace stand for?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import IntegerId, Model, utcnow

ITEM_NAME_MAX = 80


class Item(Model):
    """A thing with a name, which never changes: whatever a namespace of your own is about."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("name", name="uq_items_name"),)

    id: Mapped[IntegerId]
    name: Mapped[str] = mapped_column(String(ITEM_NAME_MAX))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def etag(self) -> str:
        """Return the entity tag of the only version there is."""
        return f'"item-{self.id}"'
