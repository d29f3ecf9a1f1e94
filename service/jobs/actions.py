"""Cancel jobs and run them again; raises this feature's errors."""

from __future__ import annotations

from uuid import UUID

from service.contract import Conflict
from service.core.jobs import queue
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


def cancel_job(job_id: UUID) -> Job:
    """Cancel a waiting or running job; raise `NotFound` or `JobFinished`."""
    if not queue.cancel(job_id):
        get_job(job_id, db.session.connection())
        raise JobFinished
    return get_job(job_id, db.session.connection())


def retry_job(job_id: UUID) -> Job:
    """Let a failed or cancelled job run again, with all its attempts.

    Raise `NotFound` or `JobNotFailed`; the unique index raises `JobAlreadyQueued`.
    """
    if not queue.retry(job_id):
        get_job(job_id, db.session.connection())
        raise JobNotFailed
    return get_job(job_id, db.session.connection())
