"""Response model of the export of an account's data."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.exports.schemas import SHA256_EXAMPLE
from service.models.jobs import ERROR_MAX, JobState
from service.users.schemas import INT8_MAX

EXPORT_EXAMPLE = "01a22786-8b52-7d13-a2b5-7f30a1e46c29"
JOB_EXAMPLE = "01a22786-8b52-7d13-b04d-3bc95f8821de"

ns = Namespace(
    "account-exports",
    description="The authenticated user's own data: profile, sessions, posts, comments and files in a zip archive.",
    path="/api/auth/me/export",
)

account_export_output = ns.model(
    "AccountExport",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the export.", example=EXPORT_EXAMPLE
        ),
        "job_id": fields.String(
            required=True,
            format="uuid",
            description="ID of the job that writes the archive.",
            example=JOB_EXAMPLE,
        ),
        "state": fields.String(
            required=True,
            enum=JobState,
            description="State of the export. `succeeded`: the archive can be downloaded. Otherwise that of its job.",
            example="succeeded",
        ),
        "error": fields.String(
            max_length=ERROR_MAX,
            description="Why the last attempt to write it failed; null if none has, or a later one succeeded.",
            example=None,
        ),
        "size_bytes": fields.Integer(
            min=0,
            max=INT8_MAX,
            description="Size of the archive; null until it is written.",
            example=2_310_427,
        ),
        "sha256": fields.String(
            min_length=64,
            max_length=64,
            pattern="^[0-9a-f]{64}$",
            description="SHA-256 of the archive, in hexadecimal digits; null until it is written.",
            example=SHA256_EXAMPLE,
        ),
        "created_at": fields.DateTime(
            required=True, description="Time when the export was asked for.", example="2026-11-29T20:15:00Z"
        ),
        "expires_at": fields.DateTime(
            required=True,
            description="Time from which the export and its archive are deleted.",
            example="2026-12-06T20:15:00Z",
        ),
        "finished_at": fields.DateTime(
            description="Time when the archive was written; null before that.", example="2026-11-29T20:16:10Z"
        ),
    },
)

WAITING_EXAMPLE = {"state": "waiting", "size_bytes": None, "sha256": None, "finished_at": None}
