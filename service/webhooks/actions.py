"""Create, change and delete endpoints, rotate their secrets, ping them and send deliveries again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, update

from service.contract.problems import Conflict, NotFound
from service.contract.validated_request import IfMatch
from service.core.audit_log import record
from service.core.database import database_now, lock_table
from service.core.identity import Identity
from service.core.jobs.queue import enqueue_all
from service.core.outbound.errors import UrlRefused
from service.core.outbound.safe_fetch import check_url
from service.core.step_up import require_step_up
from service.extensions import db
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.webhooks import DeliveryState, WebhookDelivery, WebhookEndpoint
from service.webhooks.queries import PING, DeliveryDetails, Webhook, get_delivery, get_webhook
from service.webhooks.secrets import encrypt_secret, new_secret
from service.webhooks.sending import ENDPOINTS_MAX
from service.webhooks.tasks import send


class WebhookUrlRefused(Conflict):
    """Nothing can be sent to this URL: it must have a host and an allowed port (`OUTBOUND_PORTS`), and no password."""

    code = "WEBHOOK_URL_REFUSED"


class TooManyWebhooks(Conflict):
    """There are as many webhooks as there may be. Delete one first."""

    code = "TOO_MANY_WEBHOOKS"


class WebhookDisabled(Conflict):
    """The webhook is disabled, so nothing is sent to it. Enable it first."""

    code = "WEBHOOK_DISABLED"


@dataclass(frozen=True, slots=True)
class CreatedWebhook:
    """A new endpoint, with its secret."""

    webhook: Webhook
    secret: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.webhook, name)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A new secret, and until when the previous one signs too."""

    secret: str
    previous_secret_expires_at: datetime | None


def create_webhook(caller: Identity, *, url: str, **fields: Any) -> CreatedWebhook:
    """Add an endpoint; its secret is in the result and nowhere else in clear.

    Raise `StepUpRequired`, `WebhookUrlRefused`, `TooManyWebhooks`.
    """
    require_step_up(caller)
    _check_url(url)
    # Two that are created at once must count each other.
    lock_table(WebhookEndpoint)
    if (db.session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0) >= ENDPOINTS_MAX:
        raise TooManyWebhooks
    secret = new_secret()
    endpoint = WebhookEndpoint(url=url, secret=encrypt_secret(secret), **fields)
    db.session.add(endpoint)
    db.session.flush()
    record("webhook.created", endpoint.id)
    return CreatedWebhook(_reload(endpoint.id), secret)


def update_webhook(webhook_id: UUID, precondition: IfMatch, **changes: Any) -> Webhook:
    """Change the given fields of an endpoint. Raise `NotFound`, `PreconditionFailed`, `WebhookUrlRefused`.

    What waits for it is sent to the URL that it has by then; with `is_enabled` it is due at once.
    """
    endpoint = _lock(webhook_id)
    precondition.check(_reload(webhook_id).etag)
    if "url" in changes:
        _check_url(changes["url"])
    was_enabled = endpoint.is_enabled
    changed = sorted(name for name, value in changes.items() if getattr(endpoint, name) != value)
    for name, value in changes.items():
        setattr(endpoint, name, value)
    if not db.session.is_modified(endpoint):
        return _reload(webhook_id)
    if endpoint.is_enabled and not was_enabled:
        endpoint.disabled_reason = endpoint.disabled_at = endpoint.failing_since = None
        _send_soon(WebhookDelivery.endpoint_id == webhook_id)
    elif was_enabled and not endpoint.is_enabled:
        endpoint.disabled_at = utcnow()
    _touch(endpoint)
    record("webhook.updated", webhook_id, fields=changed)
    return _reload(webhook_id)


def delete_webhook(webhook_id: UUID, precondition: IfMatch) -> None:
    """Delete an endpoint and its log. Raise `NotFound`, `PreconditionFailed`."""
    endpoint = _lock(webhook_id)
    precondition.check(_reload(webhook_id).etag)
    db.session.delete(endpoint)
    db.session.flush()
    record("webhook.deleted", webhook_id)


def rotate_secret(caller: Identity, webhook_id: UUID, *, overlap_hours: int) -> NewSecret:
    """Give an endpoint a new secret; the one that it has signs too for the overlap. An older one is forgotten.

    Raise `StepUpRequired`, `NotFound`.
    """
    require_step_up(caller)
    endpoint = _lock(webhook_id)
    secret = new_secret()
    expires_at = utcnow() + timedelta(hours=overlap_hours) if overlap_hours else None
    endpoint.previous_secret = endpoint.secret if overlap_hours else None
    endpoint.previous_secret_expires_at = expires_at
    endpoint.secret = encrypt_secret(secret)
    _touch(endpoint)
    record("webhook.secret_rotated", webhook_id, overlap_hours=overlap_hours)
    return NewSecret(secret, expires_at)


def ping_webhook(webhook_id: UUID) -> DeliveryDetails:
    """Send a `ping` to an endpoint. Raise `NotFound`, `WebhookDisabled`."""
    if not get_webhook(webhook_id, db.session.connection()).is_enabled:
        raise WebhookDisabled
    message_id, now = uuid7(), utcnow()
    message = {"type": PING, "timestamp": now, "data": {"webhook_id": webhook_id}}
    delivery = WebhookDelivery(
        endpoint_id=webhook_id,
        message_id=message_id,
        event=PING,
        subject=f"{PING}:{message_id}",
        body=orjson.dumps(message, option=orjson.OPT_UTC_Z).decode(),
        next_attempt_at=database_now(),
        created_at=now,
    )
    db.session.add(delivery)
    db.session.flush()
    enqueue_all([(send, {})])
    return get_delivery(webhook_id, delivery.id, db.session.connection())


def redeliver(webhook_id: UUID, delivery_id: int) -> DeliveryDetails:
    """Send a delivery again, with the same `webhook-id`; one that waits is due at once.

    Raise `NotFound`, `WebhookDisabled`.
    """
    connection = db.session.connection()
    if not get_webhook(webhook_id, connection).is_enabled:
        raise WebhookDisabled
    again = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.endpoint_id == webhook_id)
        .values(state=DeliveryState.WAITING, attempts=0, next_attempt_at=database_now(), finished_at=None)
    )
    if connection.execute(again).rowcount != 1:
        raise NotFound
    enqueue_all([(send, {})])
    return get_delivery(webhook_id, delivery_id, connection)


def _check_url(url: str) -> None:
    try:
        check_url(url)
    except UrlRefused as refusal:
        raise WebhookUrlRefused(str(refusal)) from None


def _lock(webhook_id: UUID) -> WebhookEndpoint:
    endpoint = db.session.get(WebhookEndpoint, webhook_id, with_for_update=True)
    if endpoint is None:
        raise NotFound
    return endpoint


def _touch(endpoint: WebhookEndpoint) -> None:
    endpoint.version += 1
    endpoint.updated_at = utcnow()
    db.session.flush()


def _send_soon(*conditions: Any) -> None:
    """Make what waits due at once."""
    waiting = update(WebhookDelivery).where(WebhookDelivery.state == DeliveryState.WAITING, *conditions)
    db.session.connection().execute(waiting.values(next_attempt_at=database_now()))
    enqueue_all([(send, {})])


def _reload(webhook_id: UUID) -> Webhook:
    return get_webhook(webhook_id, db.session.connection())
