"""How are items made and removed?"""

from __future__ import annotations

from service.contract import Conflict, IfMatch, NotFound
from service.extensions import db
from service.items import queries
from service.models.items import Item


class ItemNameTaken(Conflict):
    """Another item already has this name."""

    code = "ITEM_NAME_TAKEN"
    constraint = "uq_items_name"


def get_item(item_id: int) -> Item:
    """Return the item, or raise `NotFound`."""
    found = queries.item(item_id)
    if found is None:
        raise NotFound
    return found


def create_item(name: str) -> Item:
    """Make an item. The database's constraint answers a taken name: `ItemNameTaken`."""
    made = Item(name=name)
    db.session.add(made)
    db.session.flush()
    return made


def delete_item(item_id: int, condition: IfMatch) -> None:
    """Remove the item; `NotFound`, or `PreconditionFailed` if it is not the version the caller knows."""
    found = get_item(item_id)
    condition.check(found.etag)
    db.session.delete(found)
    db.session.flush()
