"""Response model and query parameters of jobs."""

from __future__ import annotations

from flask_restx import fields, reqparse

from service.contract import Namespace
from service.contract.types import string, timestamp
from service.core.cursor_pagination import (
    CURSOR_EXAMPLE,
    CURSOR_LENGTH,
    CURSOR_PATTERN,
    cursor_arguments,
)
from service.core.pagination import pagination_arguments
from service.models.jobs import ERROR_MAX, PROGRESS_MESSAGE_MAX, TASK_NAME_MAX, JobState
from service.users.schemas import INT8_MAX, display_name_field, id_field, username_field

JOB_EXAMPLE = "01a22786-3310-7137-8d61-f0667b81d6ea"
TASK_PATTERN = r"^[a-z_]+\.[a-z_]+$"

# The name of the events of a stream.
EVENT = "job"

ns = Namespace(
    "jobs",
    description="Background jobs, which a worker runs outside of requests: for those who asked for one, and "
    "administrators.",
    path="/api/jobs",
)
periodic_ns = Namespace(
    "periodic-tasks",
    description="Work that the service does by itself, again and again. For administrators.",
    path="/api/periodic-tasks",
)

list_arguments = pagination_arguments.copy()
list_arguments.args.extend(cursor_arguments.args)
list_arguments.add_argument("state", type=JobState, location="args", help="Return only jobs in this state.")
list_arguments.add_argument(
    "task",
    type=string(max_length=TASK_NAME_MAX, pattern=TASK_PATTERN),
    location="args",
    help="Return only jobs of this task.",
)
list_arguments.add_argument(
    "created_after", type=timestamp, location="args", help="Return only jobs created at or after this time."
)
list_arguments.add_argument(
    "created_before", type=timestamp, location="args", help="Return only jobs created before this time."
)

stream_arguments = reqparse.RequestParser()
stream_arguments.add_argument(
    "Last-Event-ID",
    type=string(max_length=200),
    location="headers",
    dest="last_event_id",
    help="ID of the last event that was received; nothing is sent again before the job changes.",
)


def _time(description: str, example: str, *, required: bool = False) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example=example)


job_owner_output = ns.model(
    "JobOwner",
    {
        "id": id_field(),
        "username": username_field(required=True),
        "display_name": display_name_field(required=True, output=True),
    },
)

job_progress_output = ns.model(
    "JobProgress",
    {
        "done": fields.Integer(
            required=True, min=0, max=INT8_MAX, description="How much is done.", example=40
        ),
        "total": fields.Integer(
            min=0,
            max=INT8_MAX,
            description="How much there is to do; null if that is not known.",
            example=120,
        ),
        "message": fields.String(
            max_length=PROGRESS_MESSAGE_MAX,
            description="What the job is at; null if it does not say.",
            example="40 of 120 rows deleted",
        ),
    },
)


class JsonObject(fields.Raw):
    """A JSON object, as it is stored."""

    __schema_type__ = "object"


job_output = ns.model(
    "Job",
    {
        "id": fields.String(required=True, format="uuid", description="ID of the job.", example=JOB_EXAMPLE),
        "task": fields.String(
            required=True,
            max_length=TASK_NAME_MAX,
            pattern=TASK_PATTERN,
            description="Name of the task that the job runs.",
            example="auth.purge_expired",
        ),
        "state": fields.String(
            required=True,
            enum=JobState,
            description="State of the job. `waiting`: runs when it is due and a worker is free. `running`: an attempt "
            "is under way. `succeeded`: done. `failed`: the last attempt has failed. `cancelled`: cancelled by its "
            "owner or an administrator.",
            example="failed",
        ),
        "attempts": fields.Integer(
            required=True,
            min=0,
            max=2**31 - 1,
            description="Number of attempts so far, the running one included.",
            example=5,
        ),
        "error": fields.String(
            max_length=ERROR_MAX,
            description="Why the last attempt failed; null if none has. Administrators see the error itself.",
            example="The time limit of 60 s was exceeded.",
        ),
        "progress": fields.Nested(
            job_progress_output,
            allow_null=True,
            description="How far the job has come; null if it has not said so.",
        ),
        "result": JsonObject(
            nullable=True,
            description="What came out, in the form of its task; null without a result. Kept as long as the job.",
            example={"deleted": 40},
        ),
        "owner": fields.Nested(
            job_owner_output,
            allow_null=True,
            description="Who asked for the job; null for the service itself.",
        ),
        "created_at": _time("Time when the job was created.", "2026-11-29T13:37:16Z", required=True),
        "updated_at": _time(
            "Time when the job was last asked for, began or ended; progress does not count. The list is in its order.",
            "2026-11-29T13:40:20Z",
            required=True,
        ),
        "due_at": _time(
            "Time from which the job, or its next attempt, can run.", "2026-11-29T13:39:20Z", required=True
        ),
        "started_at": _time(
            "Time when the last attempt began; null before the first one.", "2026-11-29T13:39:20Z"
        ),
        "finished_at": _time(
            "Time when the job succeeded, failed or was cancelled; null before that.", "2026-11-29T13:40:20Z"
        ),
        "cursor": fields.String(
            required=True,
            min_length=CURSOR_LENGTH,
            max_length=CURSOR_LENGTH,
            pattern=CURSOR_PATTERN,
            description="Cursor of the job in the list, for the `after` parameter.",
            example=CURSOR_EXAMPLE,
        ),
    },
)

WAITING_EXAMPLE = {
    "id": JOB_EXAMPLE,
    "task": "auth.purge_expired",
    "state": "waiting",
    "attempts": 0,
    "error": None,
    "progress": None,
    "result": None,
    "owner": None,
    "created_at": "2026-11-29T13:37:16Z",
    "updated_at": "2026-11-29T13:37:16Z",
    "due_at": "2026-11-30T13:37:16Z",
    "started_at": None,
    "finished_at": None,
    "cursor": CURSOR_EXAMPLE,
}

periodic_task_output = periodic_ns.model(
    "PeriodicTask",
    {
        "name": fields.String(
            required=True,
            max_length=TASK_NAME_MAX,
            pattern=TASK_PATTERN,
            description="Name of the task.",
            example="auth.purge_expired",
        ),
        "every_s": fields.Float(
            required=True,
            min=0,
            max=366 * 86_400,
            description="Seconds from the end of a run until the next one.",
            example=86400,
        ),
        "last_job": fields.Nested(
            job_output, allow_null=True, description="The last run that has ended; null before the first one."
        ),
        "next_job": fields.Nested(
            job_output,
            allow_null=True,
            description="The run that waits or is under way; null until a worker starts.",
            example=WAITING_EXAMPLE,
        ),
    },
)
