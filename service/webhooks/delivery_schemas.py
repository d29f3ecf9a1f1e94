"""Response models of deliveries and their attempts, and of webhooks with their newest delivery."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract.types import INT64_MAX
from service.core.cursor_pagination import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN
from service.models.webhooks import ERROR_CODE_MAX, ERROR_MAX, EVENT_NAME_MAX, SUBJECT_MAX, DeliveryState
from service.webhooks.attempts import HEADER_MAX, RESPONSE_BYTES, RESPONSE_HEADERS_MAX
from service.webhooks.examples import BODY_EXAMPLE, DELIVERY_EXAMPLE, MESSAGE_EXAMPLE, WEBHOOK_EXAMPLE
from service.webhooks.queries import PING
from service.webhooks.schemas import WEBHOOK_FIELDS, ns, time_field, url_field

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
    "due_at": time_field("Time of the next attempt; null if none is to come."),
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
    "created_at": time_field("Time of the event.", "2026-11-29T20:12:00Z", required=True),
    "finished_at": time_field(
        "Time when it was delivered or given up; null before that.", "2026-11-29T20:12:01Z"
    ),
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
        "started_at": time_field("Time when the request was sent.", "2026-11-29T20:12:00Z", required=True),
        "finished_at": time_field("Time when the attempt ended; null while it runs.", "2026-11-29T20:12:01Z"),
        "duration_ms": fields.Integer(
            min=0,
            max=2**31 - 1,
            description="Milliseconds from the resolution of the host to the end of the response.",
            example=184,
        ),
        "url": url_field(required=True, output=True),
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

listed_output = ns.model(
    "ListedWebhook",
    {
        **WEBHOOK_FIELDS,
        "last_delivery": fields.Nested(
            ns.model(
                "LastWebhookDelivery",
                {
                    name: _delivery[name]
                    for name in (
                        "id",
                        "event",
                        "state",
                        "attempts",
                        "last_status",
                        "last_error",
                        "created_at",
                        "finished_at",
                    )
                },
            ),
            allow_null=True,
            description="The newest delivery, also of a test message; null if there is none.",
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
