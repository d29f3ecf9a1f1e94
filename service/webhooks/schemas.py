"""Request and response models of webhooks."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX, with_error
from service.core.cursor_pagination import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN
from service.models.events import EVENTS
from service.models.tags import TAG_SLUG_MAX
from service.models.webhooks import (
    DESCRIPTION_MAX,
    ERROR_CODE_MAX,
    ERROR_MAX,
    EVENT_NAME_MAX,
    SUBJECT_MAX,
    URL_MAX,
    DeliveryState,
    DisabledReason,
)
from service.tags.schemas import SLUG_PATTERN
from service.webhooks.attempts import HEADER_MAX, RESPONSE_BYTES, RESPONSE_HEADERS_MAX
from service.webhooks.examples import (
    BODY_EXAMPLE,
    DELIVERY_EXAMPLE,
    MESSAGE_EXAMPLE,
    SECRET_EXAMPLE,
    URL_EXAMPLE,
    WEBHOOK_EXAMPLE,
)
from service.webhooks.queries import PING

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


def _time(description: str, example: str | None = None, *, required: bool = False) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example=example)


def _url_field(*, required: bool, output: bool = False) -> fields.String:
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
    return _time(
        "Time until which messages are signed with the previous secret too; null if there is none.", example
    )


_webhook = {
    "id": fields.String(
        required=True, format="uuid", description="ID of the webhook.", example=WEBHOOK_EXAMPLE
    ),
    "url": _url_field(required=True, output=True),
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
    "disabled_at": _time("Time when it was disabled; null if it is enabled."),
    "failing_since": _time("Time of the first failure since the last message that it took; null if none."),
    "previous_secret_expires_at": _expiry_field(),
    "created_at": _time("Time when the webhook was created.", "2026-11-29T20:10:00Z", required=True),
    "updated_at": _time("Time when the webhook was last changed.", "2026-11-29T20:10:00Z", required=True),
    "etag": fields.String(
        required=True,
        max_length=200,
        description="Entity tag of this version, for `If-Match`.",
        example='"1-5f2b8c1d0e"',
    ),
}

webhook_output = ns.model("Webhook", _webhook)
created_output = ns.model("CreatedWebhook", {**_webhook, "secret": _secret_field()})

webhook_input = ns.model(
    "NewWebhook",
    {
        "url": _url_field(required=True),
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
        "url": _url_field(required=False),
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

_delivery: dict[str, Any] = {
    "id": fields.Integer(
        required=True, min=1, max=INT64_MAX, description="ID of the delivery.", example=DELIVERY_EXAMPLE
    ),
    "webhook_id": fields.String(
        attribute="endpoint_id",
        required=True,
        format="uuid",
        description="ID of the webhook.",
        example=WEBHOOK_EXAMPLE,
    ),
    "message_id": fields.String(
        required=True,
        format="uuid",
        description="ID of the message, the same in all attempts: the header `webhook-id`.",
        example=MESSAGE_EXAMPLE,
    ),
    "event": fields.String(
        required=True,
        max_length=EVENT_NAME_MAX,
        description=f"Name of the event, or `{PING}`.",
        example="user.updated",
    ),
    "ordering_key": fields.String(
        attribute="subject",
        required=True,
        max_length=SUBJECT_MAX,
        description="Object that the event is about. Messages with the same key are sent in order.",
        example="user:7",
    ),
    "state": fields.String(
        required=True,
        enum=DeliveryState,
        description="State. `waiting`: sent when it is due, behind earlier messages about the same object. "
        "`delivered`: the webhook responded with 2xx. `failed`: all attempts failed; it can be sent again.",
        example="delivered",
    ),
    "attempts": fields.Integer(
        required=True,
        min=0,
        max=2**31 - 1,
        description="Number of attempts since it was created or sent again by hand.",
        example=1,
    ),
    "due_at": _time("Time of the next attempt; null if none is to come."),
    "last_status": fields.Integer(
        min=100,
        max=999,
        description="Status of the last response; null if there was none.",
        example=204,
    ),
    "last_error": fields.String(
        max_length=ERROR_CODE_MAX,
        description="Code of the last attempt's error, such as `TIMED_OUT`; null after a success and before the first "
        "attempt.",
    ),
    "created_at": _time("Time of the event.", "2026-11-29T20:12:00Z", required=True),
    "finished_at": _time("Time when it was delivered or given up; null before that.", "2026-11-29T20:12:01Z"),
}

delivery_output = ns.model(
    "WebhookDelivery",
    {
        **_delivery,
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

header_output = ns.model(
    "WebhookHeader",
    {
        "name": fields.String(
            required=True, max_length=HEADER_MAX, description="Name, in lower case.", example="content-type"
        ),
        "value": fields.String(
            required=True, max_length=HEADER_MAX, description="Value.", example="application/json"
        ),
    },
)


def _headers(description: str, name: str, value: str) -> fields.List:
    return fields.List(
        fields.Nested(header_output),
        nullable=True,
        max_items=RESPONSE_HEADERS_MAX,
        description=description,
        example=[{"name": name, "value": value}],
    )


attempt_output = ns.model(
    "WebhookAttempt",
    {
        "started_at": _time("Time when the request was sent.", "2026-11-29T20:12:00Z", required=True),
        "finished_at": _time("Time when the attempt ended; null while it runs.", "2026-11-29T20:12:01Z"),
        "duration_ms": fields.Integer(
            min=0,
            max=2**31 - 1,
            description="Milliseconds from the resolution of the host to the end of the response.",
            example=184,
        ),
        "url": _url_field(required=True, output=True),
        "request_headers": _headers(
            "Headers of the request; null if none was sent.", "webhook-id", MESSAGE_EXAMPLE
        ),
        "status": fields.Integer(
            min=100, max=999, description="Status of the response; null without one.", example=204
        ),
        "response_headers": _headers(
            "Headers of the response, cookies left out; null without one.", "server", "nginx"
        ),
        "response_body": fields.String(
            max_length=RESPONSE_BYTES,
            description=f"Body of the response, its first {RESPONSE_BYTES} bytes; null without one.",
            example="",
        ),
        "is_response_cut": fields.Boolean(
            required=True, description="Whether the body of the response went on.", example=False
        ),
        "error_code": fields.String(
            max_length=ERROR_CODE_MAX,
            description="Why the attempt failed, for programs: `STATUS_REFUSED` (not 2xx), `TIMED_OUT`, "
            "`CONNECT_FAILED`, `TLS_FAILED`, `NAME_NOT_RESOLVED`, `ADDRESS_REFUSED`, `URL_REFUSED`, "
            "`RESPONSE_INVALID`, `INTERRUPTED`, `SECRET_UNREADABLE`. Null after a success.",
        ),
        "error": fields.String(
            max_length=ERROR_MAX, description="Why the attempt failed, for people; null after a success."
        ),
    },
)

delivery_details_output = ns.model(
    "WebhookDeliveryDetails",
    {
        **_delivery,
        "request_body": fields.String(
            attribute="body",
            required=True,
            max_length=1_000_000,
            description="Body of the message, to the byte as it is signed.",
            example=BODY_EXAMPLE,
        ),
        "log": fields.List(
            fields.Nested(attempt_output),
            required=True,
            max_items=1_000,
            description="All attempts, the newest first.",
        ),
    },
)
