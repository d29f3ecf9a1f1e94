"""Selects of items."""

from __future__ import annotations

from sqlalchemy import func, select

from service.core.pagination import OffsetPage, PageRequest
from service.extensions import db
from service.models.items import Item


def list_items(page: PageRequest) -> OffsetPage[Item]:
    """Return a page of items, newest first. Two statements."""
    rows = db.session.scalars(
        select(Item).order_by(Item.id.desc()).limit(page.limit).offset(page.offset)
    ).all()
    total = db.session.scalar(select(func.count()).select_from(Item)) or 0
    return OffsetPage(rows, total, page)


def find_item(item_id: int) -> Item | None:
    """Return the item with this id, None if there is none."""
    return db.session.get(Item, item_id)
