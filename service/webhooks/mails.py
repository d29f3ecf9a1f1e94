"""The mail that tells administrators of an endpoint that was switched off."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from service.config import settings
from service.core.mail.templates import mail
from service.extensions import db
from service.models.webhooks import DisabledReason, WebhookEndpoint

_REASONS = {
    DisabledReason.FAILING: "It has taken no message for five days.",
    DisabledReason.GONE: "It responded with 410 Gone, which asks for no more messages.",
}


@mail(
    "webhook_disabled",
    payload={"webhook_id": {"type": "string", "format": "uuid"}},
    example={
        "description": "Search index",
        "host": "search.example.net",
        "reason": _REASONS[DisabledReason.FAILING],
        "url": "https://blog.example.org/studio/webhooks/01a22786-3310-7137-8d61-f0667b81d6ea",
    },
)
def webhook_disabled_mail(webhook_id: str) -> dict[str, Any] | None:
    """Return what the mail says; None if the endpoint is enabled again, or gone."""
    endpoint = db.session.get(WebhookEndpoint, UUID(webhook_id))
    if endpoint is None or endpoint.is_enabled or endpoint.disabled_reason is None:
        return None
    return {
        "description": endpoint.description,
        # Not the whole URL, which may have a secret of the receiver in it.
        "host": urlsplit(endpoint.url).hostname,
        "reason": _REASONS[endpoint.disabled_reason],
        "url": f"{settings().site_url}/studio/webhooks/{webhook_id}",
    }
