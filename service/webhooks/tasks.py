"""Background tasks of webhooks: sending, looking for what nobody sends, and deleting old deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from service.config import settings
from service.core.database import database_now, read_connection, transaction
from service.core.jobs.concurrency import delete_waiting
from service.core.jobs.queue import enqueue_all
from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task
from service.extensions import db
from service.models.webhooks import WebhookDelivery
from service.webhooks.sending import has_due, send_due

# After everything else: mails and publications never wait for it.
PRIORITY = 200
# Longer than a slice and two attempts.
TIME_LIMIT_S = 120
SWEEP_S = 60
PURGE_BATCH_SIZE = 1_000
_DAY_S = 86_400


# One job over all workers: it sends to all endpoints, and an endpoint gets one message at a time.
@task("webhooks.send", priority=PRIORITY, time_limit_s=TIME_LIMIT_S, concurrency=1, kept=False)
def send() -> bool | datetime | None:
    """Send what is due, and come again when the next attempt is.

    Each change adds a job, in its own transaction, without touching a row that others touch too. The first of them that
    runs does the work of all that wait.
    """
    with transaction():
        delete_waiting(send)
    return send_due()


@task("webhooks.find_due", every_s=SWEEP_S)
def find_due() -> None:
    """Add a job if something is due: that of the change may have failed, or been cancelled."""
    if has_due(read_connection(), ()):
        enqueue_all([(send, {})])


@task("webhooks.purge_deliveries", every_s=3_600, result=DELETED)
def purge_deliveries() -> bool:
    """Delete deliveries older than `WEBHOOK_RETENTION_DAYS`, one batch after the other."""
    limit = database_now(-settings().webhook_retention_days * _DAY_S)
    old = select(WebhookDelivery.id).where(WebhookDelivery.created_at < limit).limit(PURGE_BATCH_SIZE)
    deleted = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old))
    return add_deleted(db.session.connection().execute(deleted).rowcount)
