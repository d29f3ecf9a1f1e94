"""Response model and query parameters of jobs."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import string
from service.core.pagination import pagination_arguments
from service.models.jobs import ERROR_MAX, TASK_NAME_MAX, JobState

JOB_EXAMPLE = "01a22786-3310-7137-8d61-f0667b81d6ea"
TASK_PATTERN = r"^[a-z_]+\.[a-z_]+$"

ns = Namespace(
    "jobs",
    description="Background jobs, which a worker runs outside of requests. For administrators.",
    path="/api/jobs",
)

list_arguments = pagination_arguments.copy()
list_arguments.add_argument("state", type=JobState, location="args", help="Return only jobs in this state.")
list_arguments.add_argument(
    "task",
    type=string(max_length=TASK_NAME_MAX, pattern=TASK_PATTERN),
    location="args",
    help="Return only jobs of this task.",
)


def _time(description: str, example: str, *, required: bool = False) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example=example)


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
            "is under way. `succeeded`: done. `failed`: the last attempt has failed. `cancelled`: cancelled by an "
            "administrator.",
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
            description="Why the last attempt failed; null if none has.",
            example="The time limit of 60 s was exceeded.",
        ),
        "created_at": _time("Time when the job was created.", "2026-11-29T13:37:16Z", required=True),
        "due_at": _time(
            "Time from which the job, or its next attempt, can run.", "2026-11-29T13:39:20Z", required=True
        ),
        "started_at": _time(
            "Time when the last attempt began; null before the first one.", "2026-11-29T13:39:20Z"
        ),
        "finished_at": _time(
            "Time when the job succeeded, failed or was cancelled; null before that.", "2026-11-29T13:40:20Z"
        ),
    },
)
