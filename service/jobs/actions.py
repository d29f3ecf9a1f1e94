"""Cancel jobs, run them again, and run periodic tasks at once; raises this feature's errors."""

from __future__ import annotations

from uuid import UUID

from service.contract import Conflict, NotFound
from service.core.audit_log import record
from service.core.identity import Identity
from service.core.jobs import queue
from service.core.jobs.tasks import declared_tasks, periodic_key
from service.extensions import db
from service.jobs.queries import Job, get_job


class JobFinished(Conflict):
    """The job has finished, so it cannot be cancelled."""

    code = "JOB_FINISHED"


class JobNotFailed(Conflict):
    """Only a job that has failed or was cancelled can be run again."""

    code = "JOB_NOT_FAILED"


class JobAlreadyQueued(Conflict):
    """Another job for the same work is waiting or running."""

    code = "JOB_ALREADY_QUEUED"
    constraint = "uq_jobs_unique_key"


def cancel_job(caller: Identity, job_id: UUID) -> Job:
    """Cancel a waiting or running job that the caller owns or manages; raise `NotFound` or `JobFinished`."""
    connection = db.session.connection()
    get_job(caller, job_id, connection)
    if not queue.cancel(job_id):
        raise JobFinished
    record("job.cancelled", job_id)
    return get_job(caller, job_id, connection)


def retry_job(caller: Identity, job_id: UUID) -> Job:
    """Let a failed or cancelled job run again, with all its attempts.

    Raise `NotFound` or `JobNotFailed`; the unique index raises `JobAlreadyQueued`.
    """
    connection = db.session.connection()
    if not queue.retry(job_id):
        get_job(caller, job_id, connection)
        raise JobNotFailed
    record("job.retried", job_id)
    return get_job(caller, job_id, connection)


def run_periodic_task(caller: Identity, name: str) -> Job:
    """Let a periodic task run at once instead of at its time; if it is running, once more. Raise `NotFound`."""
    task = declared_tasks().get(name)
    if task is None or task.every_s is None:
        raise NotFound
    job_id = queue.enqueue(task, unique_key=periodic_key(task), owner=caller.id)
    record("job.requested", job_id, task=task.name)
    return get_job(caller, job_id, db.session.connection())
