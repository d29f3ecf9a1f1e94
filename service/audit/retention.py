"""Retention of the audit log: the oldest part of the chain is deleted, behind a signed checkpoint."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from service.config import settings
from service.core.audit_macs import AuditKeys, checkpoint_message
from service.extensions import db
from service.models.audit import AuditCheckpoint, AuditEntry
from service.models.base import utcnow

BATCH_SIZE = 10_000


def delete_expired() -> int:
    """Delete a batch of entries older than `AUDIT_RETENTION_DAYS` from the beginning of the chain; return how many.

    What comes after the first entry that is to be kept stays, however old it is. The triggers of the table refuse to
    delete what no checkpoint covers.
    """
    before = utcnow() - timedelta(days=settings().audit_retention_days)
    oldest = db.session.execute(
        select(AuditEntry.position, AuditEntry.recorded_at, AuditEntry.chain_mac)
        .where(AuditEntry.position.is_not(None))
        .order_by(AuditEntry.position)
        .limit(BATCH_SIZE)
    )
    last = None
    for entry in oldest:
        if entry.recorded_at >= before:
            break
        last = entry
    if last is None:
        return 0
    _sign_checkpoint(last.position, last.chain_mac)
    expired = delete(AuditEntry).where(AuditEntry.position <= last.position)
    return db.session.connection().execute(expired).rowcount


def _sign_checkpoint(position: int, chain_mac: bytes) -> None:
    signature = AuditKeys.load(create=True).sign(checkpoint_message(position, chain_mac))
    db.session.add(AuditCheckpoint(position=position, chain_mac=chain_mac, signature=signature))
    db.session.flush()
