"""Selects of endpoints, deliveries and attempts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, select

from service.contract.problems import NotFound
from service.core.cursor_pagination import CursorPage, CursorRequest, encode_cursor
from service.core.database import read_connection
from service.core.etags import entity_tag
from service.core.pagination import OffsetPage, PageRequest
from service.core.read_models import select_read_model
from service.models.events import EVENTS
from service.models.webhooks import (
    DeliveryState,
    DisabledReason,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

# Sent by an administrator to one endpoint; no change of anything is behind it.
PING = "ping"


@dataclass(frozen=True, slots=True)
class EventType:
    """An event that endpoints can choose."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint, without its secret."""

    id: UUID
    url: str
    description: str
    events: list[str] | None
    tags: list[str]
    authors: list[int]
    is_enabled: bool
    disabled_reason: DisabledReason | None
    disabled_at: datetime | None
    failing_since: datetime | None
    previous_secret_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def etag(self) -> str:
        """Return the entity tag of this version."""
        return entity_tag(self.version)


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """The newest delivery to an endpoint."""

    id: int
    event: str
    state: DeliveryState
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """An endpoint in the list, with its newest delivery, None if there is none."""

    webhook: Webhook
    last_delivery: LastDelivery | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.webhook, name)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery in the log."""

    id: int
    endpoint_id: UUID
    message_id: UUID
    event: str
    subject: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime
    last_status: int | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def cursor(self) -> str:
        """Return the position in the list, for the `after` parameter."""
        return encode_cursor(self.created_at, self.id)

    @property
    def due_at(self) -> datetime | None:
        """Return when it is sent, or is to be sent again; None if it has ended."""
        return self.next_attempt_at if self.state is DeliveryState.WAITING else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a delivery."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    duration_ms: int | None
    url: str
    request_headers: list[dict[str, Any]] | None
    status: int | None
    response_headers: list[dict[str, Any]] | None
    response_body: str | None
    is_response_cut: bool
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class DeliveryDetails:
    """A delivery with its message and its attempts, the newest first."""

    delivery: Delivery
    body: str
    log: Sequence[Attempt]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.delivery, name)


_webhooks = select_read_model(Webhook, WebhookEndpoint)
_last_deliveries = select_read_model(LastDelivery, WebhookDelivery)
_deliveries = select_read_model(Delivery, WebhookDelivery)
_attempts = select_read_model(Attempt, WebhookAttempt)


@dataclass(frozen=True, slots=True)
class DeliveryFilters:
    """Filters of the log; None does not filter."""

    state: DeliveryState | None = None
    event: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions of the filters that are set."""
        if self.state is not None:
            yield WebhookDelivery.state == self.state
        if self.event is not None:
            yield WebhookDelivery.event == self.event


def list_event_types() -> list[EventType]:
    """Return the events that outsiders can be told of, in the order of their declaration."""
    return [EventType(event.name, event.description) for event in EVENTS.values() if event.is_public]


def list_webhooks() -> list[ListedWebhook]:
    """Return all endpoints, the oldest first, each with its newest delivery. One statement."""
    # One look into the index of the log for each endpoint, however long its log is.
    newest = (
        select(func.max(WebhookDelivery.id))
        .where(WebhookDelivery.endpoint_id == WebhookEndpoint.id)
        .correlate(WebhookEndpoint)
        .scalar_subquery()
    )
    statement = (
        _webhooks.add_columns(*_last_deliveries.selected_columns)
        .join(WebhookDelivery, WebhookDelivery.id == newest, isouter=True)
        .order_by(WebhookEndpoint.id)
    )
    width = len(_webhooks.selected_columns)
    return [
        ListedWebhook(Webhook(*row[:width]), None if row[width] is None else LastDelivery(*row[width:]))
        for row in read_connection().execute(statement)
    ]


def get_webhook(webhook_id: UUID, connection: Connection | None = None) -> Webhook:
    """Return the endpoint as `connection` sees it, by default the autocommit one. One statement. Raise `NotFound`."""
    statement = _webhooks.where(WebhookEndpoint.id == webhook_id)
    row = (connection or read_connection()).execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return Webhook(*row)


def list_deliveries(
    webhook_id: UUID, filters: DeliveryFilters, page: PageRequest | CursorRequest
) -> OffsetPage[Delivery] | CursorPage[Delivery]:
    """Return a page of the log of an endpoint, newest first. At most three statements. Raise `NotFound`."""
    get_webhook(webhook_id)
    conditions = (WebhookDelivery.endpoint_id == webhook_id, *filters.conditions())
    newest = _deliveries.where(*conditions).order_by(WebhookDelivery.id.desc())
    connection = read_connection()
    if isinstance(page, CursorRequest):
        # One row more than the page: its presence tells whether there is a next page.
        rows = connection.execute(newest.where(WebhookDelivery.id < page.id).limit(page.size + 1)).all()
        found = [Delivery(*row) for row in rows[: page.size]]
        return CursorPage(found, found[-1].cursor if len(rows) > page.size else None)
    total = connection.execute(
        select(func.count()).select_from(WebhookDelivery).where(*conditions)
    ).scalar_one()
    rows = connection.execute(newest.limit(page.limit).offset(page.offset)).all()
    return OffsetPage([Delivery(*row) for row in rows], total, page)


def get_delivery(webhook_id: UUID, delivery_id: int, connection: Connection | None = None) -> DeliveryDetails:
    """Return a delivery with its message and attempts. Two statements. Raise `NotFound`."""
    connection = connection or read_connection()
    statement = _deliveries.add_columns(WebhookDelivery.body).where(
        WebhookDelivery.id == delivery_id, WebhookDelivery.endpoint_id == webhook_id
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    *columns, body = row
    log = connection.execute(
        _attempts.where(WebhookAttempt.delivery_id == delivery_id).order_by(WebhookAttempt.id.desc())
    )
    return DeliveryDetails(Delivery(*columns), body, [Attempt(*attempt) for attempt in log])
