"""Request and response models of webhooks. Those of deliveries are in delivery_schemas."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX, with_error
from service.models.events import EVENTS
from service.models.tags import TAG_SLUG_MAX
from service.models.webhooks import (
    DESCRIPTION_MAX,
    EVENT_NAME_MAX,
    URL_MAX,
    DisabledReason,
)
from service.tags.schemas import SLUG_PATTERN
from service.webhooks.examples import (
    SECRET_EXAMPLE,
    URL_EXAMPLE,
    WEBHOOK_EXAMPLE,
)

URL_PATTERN = with_error(
    r"^https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$",
    "It must be a URL that begins with https:// or http://, in ASCII without spaces.",
)
SECRET_PATTERN = "^whsec_[A-Za-z0-9+/]+={0,2}$"  # noqa: S105 - a pattern
FILTERS_MAX = 20
OVERLAP_HOURS_MAX = 168
OVERLAP_HOURS = 24

# A tuple in the order of the declaration: what the document lists.
EVENT_NAMES = tuple(name for name, event in EVENTS.items() if event.is_public)

ns = Namespace(
    "webhooks",
    description="URLs that are told of changes, and the log of what was sent to them. For administrators.",
    path="/api/webhooks",
)


def time_field(description: str, example: str | None = None, *, required: bool = False) -> fields.DateTime:
    """Return the field of an instant."""
    return fields.DateTime(required=required, description=description, example=example)


def url_field(*, required: bool, output: bool = False) -> fields.String:
    """Return the field of the URL of a webhook."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=URL_MAX,
        pattern=None if output else URL_PATTERN,
        description="URL that messages are sent to by `POST`. Its host must be public, or in a network that the "
        "operator allows (`OUTBOUND_NETWORKS`); that is checked whenever something is sent.",
        example=URL_EXAMPLE,
    )


def _description_field(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        max_length=DESCRIPTION_MAX,
        description="What the webhook is for, for administrators.",
        example="Search index",
    )


def _events_field(*, output: bool = False) -> fields.List:
    names: dict[str, Any] = {"max_length": EVENT_NAME_MAX} if output else {"enum": EVENT_NAMES}
    name = fields.String(required=True, description="Name of an event.", example="post.published", **names)
    return fields.List(
        name,
        nullable=True,
        min_items=1,
        max_items=100,
        unique=True,
        description="Names of the events that are sent, see `GET /api/webhooks/event-types`. Null: all, also those "
        "that are added later.",
        example=["post.published", "post.updated", "post.unpublished"],
    )


def _tags_field(*, required: bool) -> fields.List:
    return fields.List(
        fields.String(
            required=True,
            min_length=1,
            max_length=TAG_SLUG_MAX,
            pattern=SLUG_PATTERN,
            description="Slug of a tag.",
            example="looms",
        ),
        required=required,
        max_items=FILTERS_MAX,
        unique=True,
        description="Events of posts are sent only if the post has one of these tags. Empty: of all posts.",
        example=[],
    )


def _authors_field(*, required: bool) -> fields.List:
    return fields.List(
        fields.Integer(required=True, min=1, max=INT64_MAX, description="ID of a user.", example=7),
        required=required,
        max_items=FILTERS_MAX,
        unique=True,
        description="Events of posts and comments are sent only if one of these users is the author. Empty: of all.",
        example=[],
    )


def _enabled_field(*, required: bool) -> fields.Boolean:
    return fields.Boolean(
        required=required,
        description="Whether events are sent. A disabled webhook is not told of changes; what waits for it is kept, "
        "and sent when it is enabled again.",
        example=True,
    )


def _secret_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=100,
        pattern=SECRET_PATTERN,
        description="Secret for verifying the signatures, in the form of [Standard Webhooks]"
        "(https://www.standardwebhooks.com). It is shown here only.",
        example=SECRET_EXAMPLE,
    )


def _expiry_field(example: str | None = None) -> fields.DateTime:
    return time_field(
        "Time until which messages are signed with the previous secret too; null if there is none.", example
    )


WEBHOOK_FIELDS: dict[str, Any] = {
    "id": fields.String(
        required=True, format="uuid", description="ID of the webhook.", example=WEBHOOK_EXAMPLE
    ),
    "url": url_field(required=True, output=True),
    "description": _description_field(required=True),
    "events": _events_field(output=True),
    "tags": _tags_field(required=True),
    "authors": _authors_field(required=True),
    "is_enabled": _enabled_field(required=True),
    "disabled_reason": fields.String(
        enum=DisabledReason,
        description="Why the service has disabled the webhook. `failing`: it took no message for five days. `gone`: it "
        "responded with 410. Null if it is enabled, or was disabled by an administrator.",
    ),
    "disabled_at": time_field("Time when it was disabled; null if it is enabled."),
    "failing_since": time_field(
        "Time of the first failure since the last message that it took; null if none."
    ),
    "previous_secret_expires_at": _expiry_field(),
    "created_at": time_field("Time when the webhook was created.", "2026-11-29T20:10:00Z", required=True),
    "updated_at": time_field(
        "Time when the webhook was last changed.", "2026-11-29T20:10:00Z", required=True
    ),
    "etag": fields.String(
        required=True,
        max_length=200,
        description="Entity tag of this version, for `If-Match`.",
        example='"1-5f2b8c1d0e"',
    ),
}

webhook_output = ns.model("Webhook", WEBHOOK_FIELDS)
created_output = ns.model("CreatedWebhook", {**WEBHOOK_FIELDS, "secret": _secret_field()})

webhook_input = ns.model(
    "NewWebhook",
    {
        "url": url_field(required=True),
        "description": _description_field(required=False),
        "events": _events_field(),
        "tags": _tags_field(required=False),
        "authors": _authors_field(required=False),
        "is_enabled": _enabled_field(required=False),
    },
)

changes_input = ns.model(
    "WebhookChanges",
    {
        "url": url_field(required=False),
        "description": _description_field(required=False),
        "events": _events_field(),
        "tags": _tags_field(required=False),
        "authors": _authors_field(required=False),
        "is_enabled": _enabled_field(required=False),
    },
)

rotation_input = ns.model(
    "WebhookSecretRotation",
    {
        "overlap_hours": fields.Integer(
            min=0,
            max=OVERLAP_HOURS_MAX,
            default=OVERLAP_HOURS,
            description="For how many hours messages are signed with the previous secret too. 0: it is void at once.",
            example=24,
        )
    },
)

secret_output = ns.model(
    "WebhookSecret",
    {"secret": _secret_field(), "previous_secret_expires_at": _expiry_field("2026-11-30T20:10:00Z")},
)

event_type_output = ns.model(
    "WebhookEventType",
    {
        "name": fields.String(
            required=True,
            max_length=EVENT_NAME_MAX,
            description="Name of the event.",
            example="post.published",
        ),
        "description": fields.String(
            required=True,
            max_length=500,
            description="When it is sent.",
            example=EVENTS["post.published"].description,
        ),
    },
)
