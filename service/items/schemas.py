"""What an item looks like on the wire."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX
from service.models.items import ITEM_NAME_MAX

ns = Namespace(
    "items", description="Things with a name: the pattern for a namespace of your own.", path="/api/items"
)

item_input = ns.model(
    "NewItem",
    {
        "name": fields.String(
            required=True,
            min_length=1,
            max_length=ITEM_NAME_MAX,
            description="What it is called; unique.",
            example="Lamp",
        ),
    },
)

item_output = ns.model(
    "Item",
    {
        "id": fields.Integer(
            required=True, min=1, max=INT64_MAX, description="Its number, never used again.", example=1
        ),
        "name": fields.String(
            required=True, max_length=ITEM_NAME_MAX, description="What it is called.", example="Lamp"
        ),
        "created_at": fields.DateTime(
            required=True, description="When it was made.", example="2026-11-21T12:00:00Z"
        ),
    },
)
