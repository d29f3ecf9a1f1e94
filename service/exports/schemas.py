"""Response model of exports."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.models.jobs import ERROR_MAX, JobState
from service.users.schemas import INT8_MAX, display_name_field, id_field, username_field

EXPORT_EXAMPLE = "01a22786-7d41-7c02-b1a4-6e2f90d35b18"
JOB_EXAMPLE = "01a22786-7d41-7c02-9f3c-2ab84e7710cd"
SHA256_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

ns = Namespace(
    "exports",
    description="Exports of all posts and images to zip archives of Markdown files. For administrators.",
    path="/api/exports",
)

export_account_output = ns.model(
    "ExportAccount",
    {
        "id": id_field(),
        "username": username_field(required=True, example="admin"),
        "display_name": display_name_field(required=True, output=True, example="Admin"),
    },
)


def _count(description: str, example: int) -> fields.Integer:
    return fields.Integer(min=0, max=INT8_MAX, description=description, example=example)


export_output = ns.model(
    "Export",
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
        "posts": _count("Number of posts in the archive; null until it is written.", 750),
        "images": _count("Number of images in the archive; null until it is written.", 312),
        "size_bytes": _count("Size of the archive; null until it is written.", 48_200_113),
        "sha256": fields.String(
            min_length=64,
            max_length=64,
            pattern="^[0-9a-f]{64}$",
            description="SHA-256 of the archive, in hexadecimal digits; null until it is written.",
            example=SHA256_EXAMPLE,
        ),
        "created_by": fields.Nested(
            export_account_output,
            allow_null=True,
            description="Who asked for the export; null if that account was deleted.",
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

WAITING_EXAMPLE = {
    "state": "waiting",
    "posts": None,
    "images": None,
    "size_bytes": None,
    "sha256": None,
    "finished_at": None,
}
