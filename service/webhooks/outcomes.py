"""What an outcome means: delivered, to be repeated or given up, and an endpoint that is switched off."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from service.core.database import database_now
from service.core.mail.sending import send_mail
from service.extensions import db
from service.models.base import utcnow
from service.models.users import Role, User
from service.models.webhooks import (
    DeliveryState,
    DisabledReason,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from service.webhooks.attempts import Outcome
from service.webhooks.mails import webhook_disabled_mail

# After each failed attempt, in seconds: five within the first hour, the last about 24 hours after the first attempt.
RETRY_DELAYS_S: tuple[float, ...] = (5, 60, 300, 1_200, 3_600, 7_200, 14_400, 28_800, 28_800)
# An endpoint that has taken nothing for so long is switched off.
DISABLED_AFTER = timedelta(days=5)

log = structlog.get_logger(__name__)


def record_interrupted() -> None:
    """Record attempts whose process has died; their messages are due at once, unless all attempts were used.

    Nobody else is sending: there is one job at a time.
    """
    connection = db.session.connection()
    lost = (
        update(WebhookAttempt)
        .where(WebhookAttempt.finished_at.is_(None))
        .values(
            finished_at=database_now(),
            error_code="INTERRUPTED",
            error="The worker stopped before the response was recorded. The message may have arrived.",
        )
        .returning(WebhookAttempt.delivery_id)
    )
    deliveries = list(connection.scalars(lost))
    if not deliveries:
        return
    of_lost = update(WebhookDelivery).where(WebhookDelivery.id.in_(deliveries))
    connection.execute(of_lost.values(last_status=None, last_error="INTERRUPTED"))
    is_last = (
        WebhookDelivery.state == DeliveryState.WAITING,
        WebhookDelivery.attempts > len(RETRY_DELAYS_S),
    )
    connection.execute(of_lost.where(*is_last).values(state=DeliveryState.FAILED, finished_at=database_now()))


def record_outcome(outcome: Outcome) -> None:
    """Record the end of an attempt in the session's transaction; nothing if the endpoint was deleted meanwhile."""
    connection = db.session.connection()
    outgoing = outcome.outgoing
    ended = update(WebhookAttempt).where(WebhookAttempt.id == outgoing.attempt_id)
    connection.execute(ended.values(finished_at=database_now(), **outcome.columns()))
    delivery = update(WebhookDelivery).where(WebhookDelivery.id == outgoing.delivery_id)
    connection.execute(
        delivery.values(
            last_status=outcome.response and outcome.response.status,
            last_error=outcome.error_code,
            **_next(outcome),
        )
    )
    log.info(
        "webhook",
        webhook_id=str(outgoing.endpoint_id),
        delivery_id=outgoing.delivery_id,
        attempt=outgoing.attempt,
        status=outcome.response and outcome.response.status,
        error=outcome.error_code,
        duration_ms=outcome.duration_ms,
    )
    if outcome.is_success:
        _change(outgoing.endpoint_id, WebhookEndpoint.failing_since.is_not(None), failing_since=None)
    else:
        _record_failure(outcome)


def _next(outcome: Outcome) -> dict[str, Any]:
    """Return what becomes of the delivery."""
    if outcome.is_success:
        return {"state": DeliveryState.DELIVERED, "finished_at": database_now()}
    if outcome.is_gone or outcome.outgoing.attempt > len(RETRY_DELAYS_S):
        return {"state": DeliveryState.FAILED, "finished_at": database_now()}
    delay_s = RETRY_DELAYS_S[outcome.outgoing.attempt - 1]
    # Spread by a fifth, so that many retries do not come together.
    return {"next_attempt_at": database_now(delay_s * random.uniform(0.8, 1.2))}  # noqa: S311 - no secret


def _record_failure(outcome: Outcome) -> None:
    endpoint_id = outcome.outgoing.endpoint_id
    _change(endpoint_id, WebhookEndpoint.failing_since.is_(None), failing_since=utcnow())
    if outcome.is_gone:
        _disable(endpoint_id, DisabledReason.GONE)
    else:
        _disable(
            endpoint_id, DisabledReason.FAILING, WebhookEndpoint.failing_since < utcnow() - DISABLED_AFTER
        )


def _disable(endpoint_id: UUID, reason: DisabledReason, *conditions: Any) -> None:
    """Switch an endpoint off and tell the administrators, once."""
    is_changed = _change(
        endpoint_id,
        WebhookEndpoint.is_enabled,
        *conditions,
        is_enabled=False,
        disabled_reason=reason,
        disabled_at=utcnow(),
    )
    if not is_changed:
        return
    log.warning("webhook disabled", webhook_id=str(endpoint_id), reason=reason.value)
    admins = select(User.id).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    for admin_id in db.session.scalars(admins).all():
        send_mail(webhook_disabled_mail, to=admin_id, webhook_id=str(endpoint_id))


def _change(endpoint_id: UUID, *conditions: Any, **values: Any) -> bool:
    """Change an endpoint where `conditions` hold; tell whether they did. One UPDATE."""
    changed = (
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, *conditions)
        .values(version=WebhookEndpoint.version + 1, updated_at=utcnow(), **values)
    )
    return db.session.connection().execute(changed).rowcount == 1
