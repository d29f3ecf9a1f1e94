"""Path Items of webhooks: what receivers are sent, and what the application makes of their answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..webhooks import Webhook
from .response_objects import JSON
from .schemas import Components


def write_webhooks(webhooks: Iterable[Webhook], components: Components) -> dict[str, Any]:
    """Return the `webhooks` of the document by name; their models are added to `components`, as outputs."""
    return {webhook.name: {"post": _operation(webhook, components)} for webhook in webhooks}


def _operation(webhook: Webhook, components: Components) -> dict[str, Any]:
    written: dict[str, Any] = {
        "tags": [webhook.namespace],
        "summary": webhook.summary,
        "operationId": webhook.id,
        "security": [],
    }
    if webhook.description:
        written["description"] = webhook.description
    if webhook.headers:
        written["parameters"] = [
            {"name": name, "in": "header", **header} for name, header in webhook.headers.items()
        ]
    schema = components.schema(webhook.model, "output", webhook.name)
    written["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    written["responses"] = {
        status: {"description": description} for status, description in webhook.responses.items()
    }
    return written
