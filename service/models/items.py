"""Model of items, the table of the sample feature."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import IntegerId, Model, utcnow

ITEM_NAME_MAX = 80


class Item(Model):
    """An item: has a name and never changes. Replace it by the subject of your own feature."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("name", name="uq_items_name"),)

    id: Mapped[IntegerId]
    name: Mapped[str] = mapped_column(String(ITEM_NAME_MAX))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def etag(self) -> str:
        """Return the entity tag of the only version."""
        return f'"item-{self.id}"'
