"""Response model of the audit log, and the query parameters of its list and its export."""

from __future__ import annotations

from enum import StrEnum

from flask_restx import fields, reqparse

from service.contract import Namespace
from service.contract.types import INT64_MAX, integer, string, timestamp
from service.core.cursor_pagination import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN
from service.core.pagination import PER_PAGE, PER_PAGE_MAX
from service.jobs.schemas import JsonObject
from service.models.audit import (
    ACTION_MAX,
    ACTIONS,
    OBJECT_ID_MAX,
    OBJECT_TYPE_MAX,
    REQUEST_ID_MAX,
    ActorKind,
)
from service.users.schemas import display_name_field, timestamp_field, username_field

ENTRY_EXAMPLE = "01a22786-9e13-7b52-8c07-51d3f0a9b64e"
POST_EXAMPLE = "01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12"
KEY_EXAMPLE = "01a22786-5c20-7a41-9d3e-2b9f6f0c1a77"
ACTION_PATTERN = r"^[a-z_]+\.[a-z_]+$"
TYPE_PATTERN = "^[a-z_]+$"
OBJECT_ID_PATTERN = "^[A-Za-z0-9-]+$"

ns = Namespace(
    "audit",
    description="The audit log: who did what, and when. For administrators.",
    path="/api/audit",
)


class ExportFormat(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    NDJSON = "ndjson"


filter_arguments = reqparse.RequestParser()
filter_arguments.add_argument(
    "action",
    type=string(min_length=1, max_length=ACTION_MAX, pattern=ACTION_PATTERN, example="post.deleted"),
    location="args",
    help="Return only entries of this action, such as `post.deleted`.",
)
filter_arguments.add_argument(
    "actor_id",
    type=integer(1, INT64_MAX),
    location="args",
    help="Return only what the account with this id did, also with its API keys.",
)
filter_arguments.add_argument(
    "object_type",
    type=string(min_length=1, max_length=OBJECT_TYPE_MAX, pattern=TYPE_PATTERN, example="post"),
    location="args",
    help="Return only entries about objects of this type, such as `post` or `user`.",
)
filter_arguments.add_argument(
    "object_id",
    type=string(min_length=1, max_length=OBJECT_ID_MAX, pattern=OBJECT_ID_PATTERN, example=POST_EXAMPLE),
    location="args",
    help="Return only entries about the object with this id. Numbers need `object_type` to be one object.",
)
filter_arguments.add_argument(
    "recorded_after", type=timestamp, location="args", help="Return only entries from this time on."
)
filter_arguments.add_argument(
    "recorded_before", type=timestamp, location="args", help="Return only entries from before this time."
)
FILTERS = tuple(argument.name for argument in filter_arguments.args)

filter_arguments.add_argument(
    "after",
    type=string(
        min_length=CURSOR_LENGTH, max_length=CURSOR_LENGTH, pattern=CURSOR_PATTERN, example=CURSOR_EXAMPLE
    ),
    location="args",
    help="Return the entries after the one with this `cursor`, which are older.",
)

list_arguments = filter_arguments.copy()
list_arguments.add_argument(
    "per_page",
    type=integer(1, PER_PAGE_MAX),
    location="args",
    default=PER_PAGE,
    help="Number of entries per page.",
)

export_arguments = filter_arguments.copy()
export_arguments.add_argument(
    "format",
    type=ExportFormat,
    location="args",
    default=ExportFormat.CSV,
    help="Format of the export. `ndjson` has an `AuditEntry` as JSON in each line.",
)

actor_output = ns.model(
    "AuditActor",
    {
        "kind": fields.String(
            required=True,
            enum=ActorKind,
            description="Who acted. `user`: somebody who was logged in. `api_key`: an API key, for its owner. "
            "`system`: the service itself, for `id` if somebody had asked for it. `anonymous`: somebody who was not "
            "logged in.",
            example="user",
        ),
        "id": fields.Integer(
            min=1, max=INT64_MAX, description="ID of the account; null if there is none.", example=1001
        ),
        "username": username_field(required=False),
        "display_name": display_name_field(required=False, output=True),
        "api_key_id": fields.String(
            format="uuid", description="ID of the API key; null without one.", example=None
        ),
    },
)

object_output = ns.model(
    "AuditObject",
    {
        "type": fields.String(
            required=True,
            max_length=OBJECT_TYPE_MAX,
            pattern=TYPE_PATTERN,
            description="Type of the object.",
            example="post",
        ),
        "id": fields.String(
            max_length=OBJECT_ID_MAX,
            pattern=OBJECT_ID_PATTERN,
            description="ID of the object, which may be gone; null if the action is about no single one.",
            example=POST_EXAMPLE,
        ),
    },
)

entry_output = ns.model(
    "AuditEntry",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the entry.", example=ENTRY_EXAMPLE
        ),
        "recorded_at": timestamp_field("Time of the action, to the millisecond."),
        "action": fields.String(
            required=True,
            max_length=ACTION_MAX,
            pattern=ACTION_PATTERN,
            description="What was done. There may be more actions in later versions:\n\n"
            + "\n".join(f"- `{name}`: {text}" for name, text in ACTIONS.items()),
            example="post.deleted",
        ),
        "actor": fields.Nested(actor_output, required=True, description="Who did it."),
        "object": fields.Nested(object_output, required=True, description="What it was done to."),
        "request_id": fields.String(
            max_length=REQUEST_ID_MAX,
            pattern=r"^[A-Za-z0-9._-]{1,64}$",
            description="`X-Request-ID` of the request, which the logs of the server have too; null without a request.",
            example="3f0c9a4e-5d1b-4f7e-9c55-0f3b1d2a6e80",
        ),
        "details": JsonObject(
            required=True,
            description="More about the action: ids, states and the names of fields.",
            example={"author_id": 1001},
        ),
        "position": fields.Integer(
            min=1,
            max=INT64_MAX,
            description="Place in the chain that `flask audit verify` checks; null until a job has appended the entry.",
            example=None,
        ),
        "cursor": fields.String(
            required=True,
            min_length=CURSOR_LENGTH,
            max_length=CURSOR_LENGTH,
            pattern=CURSOR_PATTERN,
            description="Cursor of this item, for the `after` parameter.",
            example=CURSOR_EXAMPLE,
        ),
    },
)
