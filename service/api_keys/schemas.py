"""Request and response models of API keys, and the query parameters of their list."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.api_keys.queries import Owners
from service.contract import Namespace
from service.core.api_keys import API_KEY_LENGTH, API_KEY_PATTERN, PREFIX
from service.core.pagination import pagination_arguments
from service.core.scopes import SCOPES
from service.core.texts import SINGLE_LINE_PATTERN
from service.models.api_keys import KEY_NAME_MAX
from service.users.schemas import display_name_field, id_field, timestamp_field, username_field

API_KEY_EXAMPLE = "01a22786-5c20-7a41-9d3e-2b9f6f0c1a77"
PREFIX_EXAMPLE = "colophon_03561DlsQVO3RGKg0SLrXD"
DAYS_MAX = 3_650
# A tuple in the order of the declaration: what the document lists.
SCOPE_NAMES = tuple(SCOPES)

ns = Namespace(
    "api-keys",
    description="Keys with which services call the API as an account, limited by scopes.",
    path="/api/api-keys",
)

list_arguments = pagination_arguments.copy()
list_arguments.add_argument(
    "owner",
    type=Owners,
    location="args",
    default=Owners.ME,
    help="Whose keys to list; `everyone` is for administrators.",
)


def _name_field(*, required: bool, output: bool = False) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=KEY_NAME_MAX,
        pattern=None if output else SINGLE_LINE_PATTERN,
        description="What the key is for.",
        example="Newsletter",
    )


def _scopes_field(*, output: bool = False) -> fields.List:
    names: dict[str, Any] = {"max_length": 40} if output else {"enum": SCOPE_NAMES}
    return fields.List(
        fields.String(required=True, description="Name of a scope.", example="posts:read", **names),
        required=True,
        min_items=1,
        max_items=100,
        unique=True,
        description="What the key may be used for, if its owner may: an operation that lists a scope for `apiKeyAuth` "
        "accepts keys that have it.",
        example=["posts:read", "tags:read"],
    )


owner_output = ns.model(
    "ApiKeyOwner",
    {
        "id": id_field(),
        "username": username_field(required=True),
        "display_name": display_name_field(required=True, output=True),
    },
)

API_KEY_FIELDS: dict[str, Any] = {
    "id": fields.String(
        required=True, format="uuid", description="ID of the API key.", example=API_KEY_EXAMPLE
    ),
    "name": _name_field(required=True, output=True),
    "prefix": fields.String(
        required=True,
        max_length=API_KEY_LENGTH,
        pattern=f"^{PREFIX}[0-9A-Za-z]+$",
        description="How the key begins, to recognize it by. It is no secret.",
        example=PREFIX_EXAMPLE,
    ),
    "scopes": _scopes_field(output=True),
    "owner": fields.Nested(owner_output, required=True, description="Account that the key acts as."),
    "created_at": timestamp_field("Time when the key was created."),
    "expires_at": fields.DateTime(
        required=True, description="Time when the key expires.", example="2027-02-28T09:30:00Z"
    ),
    "last_used_at": fields.DateTime(
        description="Time when the key was last used, to the minute; null before that.",
        example="2026-11-30T09:30:00Z",
    ),
}

api_key_output = ns.model("ApiKey", API_KEY_FIELDS)
created_output = ns.model(
    "CreatedApiKey",
    {
        **API_KEY_FIELDS,
        "key": fields.String(
            required=True,
            max_length=API_KEY_LENGTH,
            pattern=API_KEY_PATTERN,
            description="The API key, sent as `Authorization: Bearer <key>`. It is shown here only.",
            example=f"{PREFIX_EXAMPLE}_1pN7vQz4RkXw8TbYc2MfHs6LdJg9Ea3U0meRMe",
        ),
    },
)

api_key_input = ns.model(
    "NewApiKey",
    {
        "name": _name_field(required=True),
        "scopes": _scopes_field(),
        "expires_in_days": fields.Integer(
            min=1,
            max=DAYS_MAX,
            description="After how many days the key expires, at most `API_KEY_MAX_DAYS` (365 by default). Omitted: "
            "`API_KEY_DAYS` (90 by default).",
            example=90,
        ),
    },
)

changes_input = ns.model("ApiKeyChanges", {"name": _name_field(required=False)})
