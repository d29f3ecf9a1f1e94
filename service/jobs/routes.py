"""Routes /api/jobs*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional_get,
    openapi_links,
    parameters,
    raises,
    response_example,
    response_headers,
)
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers
from service.core.permissions import can_manage_jobs
from service.jobs import actions, queries
from service.jobs.schemas import JOB_EXAMPLE, job_output, list_arguments, ns

OF_JOB = {"job_id": {"description": "ID of the job.", "example": JOB_EXAMPLE}}
_THE_JOB = {"job_id": "$response.body#/id"}


@ns.route("")
class Jobs(Resource):
    """The collection of jobs."""

    @ns.doc(id="listJobs")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(job_output, description="A page of jobs")
    @openapi_links(Link("getJob", "Get the newest job.", {"job_id": "$response.body#/0/id"}))
    @response_headers(PAGE_HEADERS)
    @authenticated(permission=can_manage_jobs)
    def get(self) -> Any:
        """List background jobs, newest first (admins). Finished jobs are kept for `JOB_RETENTION_DAYS`."""
        arguments = parameters()
        filters = queries.JobFilters(arguments.state, arguments.task)
        jobs = queries.list_jobs(filters, PageRequest(arguments.page, arguments.per_page))
        return jobs.items, 200, page_headers(jobs)


@ns.route("/<uuid:job_id>")
@ns.doc(params=OF_JOB)
class Job(Resource):
    """A job."""

    @ns.doc(id="getJob")
    @ns.marshal_with(job_output, description="The job")
    @openapi_links(
        Link("cancelJob", "Cancel the job.", _THE_JOB), Link("retryJob", "Run the job again.", _THE_JOB)
    )
    @conditional_get
    @authenticated(permission=can_manage_jobs)
    def get(self, job_id: UUID) -> Any:
        """Get a background job (admins)."""
        return queries.get_job(job_id)


@ns.route("/<uuid:job_id>/cancel")
@ns.doc(params=OF_JOB)
class Cancellation(Resource):
    """The cancellation of a job."""

    @ns.doc(id="cancelJob")
    @ns.marshal_with(job_output, description="The cancelled job")
    @response_example(state="cancelled", attempts=0)
    @raises(actions.JobFinished)
    @authenticated(permission=can_manage_jobs)
    def post(self, job_id: UUID) -> Any:
        """Cancel a waiting or running job (admins). What a running attempt has done so far is not kept."""
        return actions.cancel_job(job_id)


@ns.route("/<uuid:job_id>/retry")
@ns.doc(params=OF_JOB)
class Retry(Resource):
    """Another run of a job."""

    @ns.doc(id="retryJob")
    @ns.marshal_with(job_output, description="The job, which waits for a worker")
    @response_example(state="waiting", attempts=0, finished_at=None)
    @raises(actions.JobNotFailed, actions.JobAlreadyQueued)
    @authenticated(permission=can_manage_jobs)
    def post(self, job_id: UUID) -> Any:
        """Run a failed or cancelled job again, with all its attempts (admins)."""
        return actions.retry_job(job_id)
