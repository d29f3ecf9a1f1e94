"""Routes /api/jobs* and /api/periodic-tasks*; logic is in actions, queries and streams."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional_get,
    openapi_links,
    parameters,
    produces_events,
    raises,
    response_example,
    response_headers,
)
from service.core.authorization import owner_or
from service.core.cursor_pagination import PAGINATION_HEADERS, pagination_headers, requested_page
from service.core.identity import current_user
from service.core.permissions import can_manage_jobs
from service.jobs import actions, queries, streams
from service.jobs.responses import CANCEL, GET, JOB_LINKS, RETRY, STREAM, accepted
from service.jobs.schemas import (
    EVENT,
    JOB_EXAMPLE,
    WAITING_EXAMPLE,
    job_output,
    list_arguments,
    ns,
    periodic_ns,
    periodic_task_output,
    stream_arguments,
)

OF_JOB = {"job_id": {"description": "ID of the job.", "example": JOB_EXAMPLE}}
STREAM_HEADERS = {
    "X-Accel-Buffering": {
        "description": "`no`: a proxy sends each event at once. nginx keeps the header for itself.",
        "required": False,
        "schema": {"type": "string", "const": "no"},
    }
}


@ns.route("")
class Jobs(Resource):
    """The collection of jobs."""

    @ns.doc(id="listJobs")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(job_output, description="A page of jobs")
    @openapi_links(
        Link("getJob", "Get the first job.", {"job_id": "$response.body#/0/id"}),
        Link("listJobs", "Get the jobs after the first.", {"after": "$response.body#/0/cursor"}),
    )
    @response_headers(PAGINATION_HEADERS)
    @authenticated(permission=can_manage_jobs, scope="jobs:read")
    def get(self) -> Any:
        """List background jobs, the last changed ones first (admins).

        A job comes first again when it is asked for again, begins or ends: see `updated_at`. To see all jobs while
        they change, follow the links with `after`. Finished jobs are kept for `JOB_RETENTION_DAYS`.
        """
        arguments = parameters()
        filters = queries.JobFilters(
            arguments.state, arguments.task, arguments.created_after, arguments.created_before
        )
        jobs = queries.list_jobs(filters, requested_page(arguments))
        return jobs.items, 200, pagination_headers(jobs)


@ns.route("/<uuid:job_id>")
@ns.doc(params=OF_JOB)
class Job(Resource):
    """A job."""

    @ns.doc(id="getJob")
    @ns.marshal_with(job_output, description="The job")
    @openapi_links(STREAM, CANCEL, RETRY)
    @conditional_get
    @authenticated(scope="jobs:read")
    @owner_or(can_manage_jobs)
    def get(self, job_id: UUID) -> Any:
        """Get a background job (its owner and admins)."""
        return queries.get_job(current_user(), job_id)


@ns.route("/<uuid:job_id>/events")
@ns.doc(params=OF_JOB)
class Events(Resource):
    """The events of a job."""

    @ns.doc(id="streamJob")
    @ns.expect(stream_arguments)
    @ns.response(200, "The events, of which the first is the job as it is now")
    @ns.response(204, "The job has finished, and its last event was received: do not connect again")
    @produces_events(EVENT, job_output)
    @response_headers(STREAM_HEADERS)
    @raises(streams.TooManyStreams)
    @authenticated(scope="jobs:read")
    @owner_or(can_manage_jobs)
    def get(self, job_id: UUID) -> Response:
        """Follow a background job (its owner and admins).

        An event with the whole job comes whenever the job has changed. The stream ends when the job has finished, or
        after 30 seconds; then connect again with `Last-Event-ID`, as browsers do by themselves. A server sends few
        streams at a time: after a 503, get the job every few seconds instead.
        """
        return streams.stream_job(current_user(), job_id, parameters().last_event_id)


@ns.route("/<uuid:job_id>/cancel")
@ns.doc(params=OF_JOB)
class Cancellation(Resource):
    """The cancellation of a job."""

    @ns.doc(id="cancelJob")
    @ns.marshal_with(job_output, description="The cancelled job")
    @response_example(state="cancelled", attempts=0, progress=None, result=None)
    @raises(actions.JobFinished)
    @authenticated(scope="jobs:write")
    @owner_or(can_manage_jobs)
    def post(self, job_id: UUID) -> Any:
        """Cancel a waiting or running job (its owner and admins). What a running attempt has done is not kept."""
        return actions.cancel_job(current_user(), job_id)


@ns.route("/<uuid:job_id>/retry")
@ns.doc(params=OF_JOB)
class Retry(Resource):
    """Another run of a job."""

    @ns.doc(id="retryJob")
    @ns.marshal_with(job_output, description="The job, which waits for a worker")
    @response_example(state="waiting", attempts=0, progress=None, result=None, finished_at=None)
    @openapi_links(GET)
    @raises(actions.JobNotFailed, actions.JobAlreadyQueued)
    @authenticated(permission=can_manage_jobs, scope="jobs:write")
    def post(self, job_id: UUID) -> Any:
        """Run a failed or cancelled job again, with all its attempts (admins)."""
        return actions.retry_job(current_user(), job_id)


@periodic_ns.route("")
class PeriodicTasks(Resource):
    """The collection of periodic tasks."""

    @periodic_ns.doc(id="listPeriodicTasks")
    @periodic_ns.marshal_list_with(periodic_task_output, description="All periodic tasks")
    @openapi_links(
        Link("runPeriodicTask", "Run the first task at once.", {"task_name": "$response.body#/0/name"})
    )
    @authenticated(permission=can_manage_jobs, scope="jobs:read")
    def get(self) -> Any:
        """List what the service does by itself, with the last and the next run (admins)."""
        return queries.list_periodic_tasks()


@periodic_ns.route("/<string(maxlength=80):task_name>/run")
@periodic_ns.param("task_name", "Name of the task.", _in="path", example="auth.purge_expired")
class Run(Resource):
    """A run of a periodic task."""

    @periodic_ns.doc(id="runPeriodicTask")
    @periodic_ns.marshal_with(job_output, code=202, description="The job, which waits for a worker")
    @response_example(**WAITING_EXAMPLE)
    @openapi_links(*JOB_LINKS)
    @authenticated(permission=can_manage_jobs, scope="jobs:write")
    def post(self, task_name: str) -> Any:
        """Run a periodic task now instead of at its time (admins). If it is running, it runs once more."""
        return accepted(actions.run_periodic_task(current_user(), task_name))
