"""Request and response models of items."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX
from service.models.items import ITEM_NAME_MAX

ns = Namespace("items", description="Sample resource with a table: named items.", path="/api/items")

item_input = ns.model(
    "NewItem",
    {
        "name": fields.String(
            required=True,
            min_length=1,
            max_length=ITEM_NAME_MAX,
            description="Name of the item; unique.",
            example="Lamp",
        ),
    },
)

item_output = ns.model(
    "Item",
    {
        "id": fields.Integer(
            required=True,
            min=1,
            max=INT64_MAX,
            description="ID of the item. IDs are never reused.",
            example=1,
        ),
        "name": fields.String(
            required=True, max_length=ITEM_NAME_MAX, description="Name of the item.", example="Lamp"
        ),
        "created_at": fields.DateTime(
            required=True, description="Time when the item was created.", example="2026-11-21T12:00:00Z"
        ),
    },
)
