"""The response 202 of operations whose work a job does: `return accepted(job)` and `@openapi_links(*JOB_LINKS)`."""

from __future__ import annotations

from service.contract import Link
from service.jobs.queries import Job

_THE_JOB = {"job_id": "$response.body#/id"}
GET = Link("getJob", "See how far the work has come.", _THE_JOB)
STREAM = Link("streamJob", "Follow the work.", _THE_JOB)
CANCEL = Link("cancelJob", "Cancel the job.", _THE_JOB)
RETRY = Link("retryJob", "Run the job again.", _THE_JOB)
JOB_LINKS = (GET, STREAM, CANCEL)


def accepted(job: Job) -> tuple[Job, int, dict[str, str]]:
    """Return the response: the job, and where to see how far it has come.

    The operation declares it with `@ns.marshal_with(job_output, code=202)`.
    """
    return job, 202, {"Location": f"/api/jobs/{job.id}"}
