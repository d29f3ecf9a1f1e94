"""Writing deliveries in the transaction of a change: which endpoints are told of an event, and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, select

from service.core.database import database_now
from service.core.event_data import event_message
from service.core.jobs.tasks import Task
from service.extensions import db
from service.models.webhooks import DeliveryState, WebhookDelivery, WebhookEndpoint
from service.webhooks.tasks import send


class Listener(NamedTuple):
    """An enabled endpoint, and what it wants to be told."""

    id: UUID
    events: list[str] | None
    tags: list[str]
    authors: list[int]


_enabled = select(
    WebhookEndpoint.id, WebhookEndpoint.events, WebhookEndpoint.tags, WebhookEndpoint.authors
).where(WebhookEndpoint.is_enabled)
# With due_at as an expression and the rest as parameters, the rows of one call are one round trip.
_insert_deliveries = insert(WebhookDelivery.__table__).values(next_attempt_at=database_now())  # type: ignore[arg-type]


def listening_endpoints(event: str) -> list[Listener]:
    """Return the enabled endpoints that have chosen an event. One SELECT of a few rows."""
    rows = (Listener(*row) for row in db.session.connection().execute(_enabled))
    return [listener for listener in rows if listener.events is None or event in listener.events]


def record_deliveries(
    listeners: Sequence[Listener], event: Mapping[str, str], data: Mapping[str, Any]
) -> Task | None:
    """Write a delivery for each endpoint whose filters let the event pass; return the task that sends them.

    None if there is none. One INSERT.
    """
    body = event_message(event, data).decode()
    rows = [
        {
            "endpoint_id": listener.id,
            "message_id": UUID(event["id"]),
            "event": event["type"],
            "subject": event["subject"],
            "body": body,
            "state": DeliveryState.WAITING,
            "attempts": 0,
        }
        for listener in listeners
        if passes_filters(listener, data)
    ]
    if not rows:
        return None
    db.session.connection().execute(_insert_deliveries, rows)
    return send


def passes_filters(listener: Listener, data: Mapping[str, Any]) -> bool:
    """Tell whether an event with this data passes the filters; one that has no tags or author passes theirs."""
    if listener.tags and "tags" in data.get("post", {}):
        slugs = {tag["slug"] for tag in data["post"]["tags"]}
        if slugs.isdisjoint(listener.tags):
            return False
    # A comment is its own author's, not the post's.
    about = data.get("comment", data.get("post", {}))
    author = about.get("author")
    return not listener.authors or author is None or author["id"] in listener.authors
