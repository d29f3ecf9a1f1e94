"""The periodic task that deletes expired idempotency keys."""

from __future__ import annotations

from sqlalchemy import delete, select

from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task
from service.extensions import db
from service.models.base import utcnow
from service.models.idempotency_keys import IdempotencyKey

BATCH_SIZE = 1_000


@task("idempotency.purge_expired", every_s=3_600, result=DELETED)
def purge_expired_keys() -> bool:
    """Delete idempotency keys of more than 24 hours ago with their responses, one batch after the other."""
    return add_deleted(_purge_batch())


def _purge_batch() -> int:
    is_expired = IdempotencyKey.expires_at <= utcnow()
    batch = select(IdempotencyKey.key_hash).where(is_expired).limit(BATCH_SIZE)
    # Again outside: on PostgreSQL a request may take over a row that was selected before it is deleted.
    statement = delete(IdempotencyKey).where(IdempotencyKey.key_hash.in_(batch), is_expired)
    return db.session.connection().execute(statement).rowcount
