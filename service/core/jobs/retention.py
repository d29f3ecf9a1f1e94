"""The periodic task that deletes old jobs."""

from __future__ import annotations

from service.config import settings
from service.core.jobs.queue import purge_finished
from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task

_DAY_S = 86_400


@task("jobs.purge_finished", every_s=3_600, result=DELETED)
def purge_finished_jobs() -> bool:
    """Delete jobs that finished more than `JOB_RETENTION_DAYS` ago, one batch after the other."""
    return add_deleted(purge_finished(settings().job_retention_days * _DAY_S))
