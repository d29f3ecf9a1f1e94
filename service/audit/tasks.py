"""Background tasks of the audit log: appending entries to the chain, and retention."""

from __future__ import annotations

from service.audit.chain import extend_chain
from service.audit.retention import delete_expired
from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task

CHAIN_EVERY_S = 60


@task("audit.extend_chain", every_s=CHAIN_EVERY_S, concurrency=1)
def extend() -> bool:
    """Append what was recorded since the last time to the chain, one batch after the other."""
    return extend_chain() > 0


@task("audit.purge_expired", every_s=86_400, result=DELETED)
def purge_expired() -> bool:
    """Delete entries older than `AUDIT_RETENTION_DAYS`, one batch after the other."""
    return add_deleted(delete_expired())
