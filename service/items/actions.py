"""Get, create and delete items; the selects are in `queries`."""

from __future__ import annotations

from service.contract import Conflict, IfMatch, NotFound
from service.core.events import emit
from service.extensions import db
from service.items import queries
from service.models.items import Item


class ItemNameTaken(Conflict):
    """Another item already has this name. Choose a different name."""

    code = "ITEM_NAME_TAKEN"
    constraint = "uq_items_name"


def get_item(item_id: int) -> Item:
    """Return the item; raise `NotFound` if there is none."""
    item = queries.find_item(item_id)
    if item is None:
        raise NotFound
    return item


def create_item(name: str) -> Item:
    """Create an item. The unique constraint of the table raises `ItemNameTaken`."""
    item = Item(name=name)
    db.session.add(item)
    db.session.flush()
    emit("item.created", item_id=item.id)
    return item


def delete_item(item_id: int, precondition: IfMatch) -> None:
    """Delete the item. Raise `NotFound`, or `PreconditionFailed` if its ETag is not the expected one."""
    item = get_item(item_id)
    precondition.check(item.etag)
    emit("item.deleted", item_id=item.id)
    db.session.delete(item)
    db.session.flush()
