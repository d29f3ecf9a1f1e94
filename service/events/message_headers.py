"""The headers of the messages that webhooks receive, and the responses that their receivers may send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.contract.types import INT64_MAX

MESSAGE_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "webhook-id": {
        "description": "ID of the message. A message that is sent again has the same one.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
        "example": "01a22786-3310-7137-8d61-f0667b81d6ea",
    },
    "webhook-timestamp": {
        "description": "Time when it was sent, in seconds since 1970. Refuse messages older than five minutes.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": INT64_MAX},
        "example": 1795944600,
    },
    "webhook-signature": {
        "description": "`v1,` and the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` in Base64, made with "
        "the secret of the webhook; two of them, separated by a space, while a secret is being replaced. Verify it "
        "with a library of Standard Webhooks.",
        "required": True,
        "schema": {"type": "string", "maxLength": 1_000},
        "example": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    },
}
RESPONSES: Mapping[str, str] = {
    "2XX": "The message was taken.",
    "410": "The receiver wants no more messages: the webhook is disabled.",
    "default": "The message was not taken, and is sent again, for about 24 hours in all. Redirects are not followed.",
}
