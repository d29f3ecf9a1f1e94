"""Background tasks of authentication: the daily deletion of what has expired."""

from __future__ import annotations

from service.auth.actions import purge_expired
from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task


@task("auth.purge_expired", every_s=86_400, result=DELETED)
def purge_expired_rows() -> bool:
    """Do what `flask purge-sessions` does, one batch after the other."""
    return add_deleted(purge_expired())
