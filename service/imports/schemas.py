"""Form, query parameters and response models of imports."""

from __future__ import annotations

from flask_restx import fields, reqparse
from werkzeug.datastructures import FileStorage

from service.contract import Namespace
from service.contract.types import boolean, integer, string
from service.core.pagination import pagination_arguments
from service.models.imports import (
    FILE_NAME_MAX,
    ITEM_NOTES_MAX,
    ITEM_PATH_MAX,
    ITEM_REASON_MAX,
    SITE_URL_MAX,
    SITE_URLS_MAX,
    SUMMARY_MAX,
    ItemOutcome,
)
from service.models.jobs import ERROR_MAX, JobState
from service.models.posts import SLUG_MAX, TITLE_MAX, PostStatus
from service.users.schemas import INT8_MAX, display_name_field, id_field, username_field

IMPORT_EXAMPLE = "01a22786-6f0a-7e55-8c21-90d3b7a4e612"
JOB_EXAMPLE = "01a22786-6f0a-7e56-a7d0-41f5c8e20b93"
POST_EXAMPLE = "01a22786-7005-7b14-9d42-3c6e5f8a1b20"
SITE_URL_PATTERN = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"
SUMMARY_EXAMPLE = (
    "Zola: 750 posts from 2014-09-15 to 2026-11-20, 0 of them drafts, by 60 authors, with 0 tags, 740 old addresses "
    "and 110 raster images; 754 Markdown files (750 with toml front matter)."
)
COUNTS_EXAMPLE = {
    "posts": 750,
    "created": 748,
    "updated": 0,
    "unchanged": 1,
    "skipped": 4,
    "failed": 1,
    "notes": 12,
    "images": 236,
}
# In a form the archive is a file: bytes, with a name.
FORM_EXAMPLE = {
    "archive": "the bytes of rust-blog.zip",
    "dry_run": False,
    "site_url": ["https://blog.rust-lang.org"],
}

ns = Namespace(
    "imports",
    description="Imports of posts and images from zip archives of Zola, Hugo, Jekyll or Next.js sites, or of an "
    "export. For administrators.",
    path="/api/imports",
)

import_form = reqparse.RequestParser()
import_form.add_argument(
    "archive",
    type=FileStorage,
    location="files",
    required=True,
    help="Zip archive of the folder of a site, or of its posts. If all its files are in one folder, that is the root.",
)
import_form.add_argument(
    "dry_run",
    type=boolean,
    location="form",
    default=False,
    help="Check and render all posts, but write none. The import can be resumed then, and writes them.",
)
import_form.add_argument(
    "author_id",
    type=integer(1, INT8_MAX),
    location="form",
    help="ID of the author of posts without one. Default: you.",
)
import_form.add_argument(
    "site_url",
    type=string(max_length=SITE_URL_MAX, pattern=SITE_URL_PATTERN),
    location="form",
    action="append",
    help="URL of the site, to recognize links between its posts, in addition to that in its settings. At most "
    f"{SITE_URLS_MAX}.",
)

list_arguments = pagination_arguments.copy()
list_arguments.add_argument(
    "state", type=JobState, location="args", help="Return only imports in this state."
)

item_arguments = pagination_arguments.copy()
item_arguments.add_argument(
    "outcome", type=ItemOutcome, location="args", help="Return only files of which this has become."
)
item_arguments.add_argument(
    "has_notes", type=boolean, location="args", help="Return only files with notes, or only those without."
)

import_account_output = ns.model(
    "ImportAccount",
    {
        "id": id_field(),
        "username": username_field(required=True, example="admin"),
        "display_name": display_name_field(required=True, output=True, example="Admin"),
    },
)


def _count(description: str) -> fields.Integer:
    return fields.Integer(required=True, min=0, max=INT8_MAX, description=description, example=0)


import_counts_output = ns.model(
    "ImportCounts",
    {
        "posts": fields.Integer(
            min=0,
            max=INT8_MAX,
            description="Number of posts in the archive; null until it has been read.",
            example=750,
        ),
        "created": _count("Number of posts that were created; in a dry run, that would be."),
        "updated": _count("Number of posts that were updated; in a dry run, that would be."),
        "unchanged": _count("Number of posts whose files have not changed since the last import."),
        "skipped": _count("Number of files that are no posts, or whose posts are in the trash."),
        "failed": _count("Number of files that could not be imported."),
        "notes": _count("Number of notes: what was left out of posts that were imported."),
        "images": _count(
            "Number of images and other files that were added to the media, without those that were there already. "
            "In a dry run, that would be: an image that many posts show may count several times then."
        ),
    },
)


def _time(description: str, example: str, *, required: bool = False) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example=example)


import_output = ns.model(
    "Import",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the import.", example=IMPORT_EXAMPLE
        ),
        "job_id": fields.String(
            required=True,
            format="uuid",
            description="ID of the job that does the work: follow it, or cancel it.",
            example=JOB_EXAMPLE,
        ),
        "state": fields.String(
            required=True,
            enum=JobState,
            description="State of the import. `waiting`: for a worker. `running`: under way. `succeeded`: all files "
            "have been read; see `counts.failed`. `failed` and `cancelled`: it has stopped behind a batch, and can be "
            "resumed while its archive is kept.",
            example="succeeded",
        ),
        "error": fields.String(
            max_length=ERROR_MAX,
            description="Why the last attempt failed; null if none has, or a later one succeeded.",
            example=None,
        ),
        "file_name": fields.String(
            required=True,
            min_length=1,
            max_length=FILE_NAME_MAX,
            description="Name of the archive.",
            example="rust-blog.zip",
        ),
        "size_bytes": fields.Integer(
            required=True, min=0, max=INT8_MAX, description="Size of the archive.", example=48_200_113
        ),
        "has_archive": fields.Boolean(
            required=True,
            description="Whether the archive is still kept: until an import succeeds, or for 7 days.",
            example=False,
        ),
        "dry_run": fields.Boolean(
            required=True, description="Whether it only checks and writes nothing.", example=False
        ),
        "site_urls": fields.List(
            fields.String(max_length=SITE_URL_MAX),
            required=True,
            max_items=SITE_URLS_MAX,
            description="URLs of the site besides that in its settings.",
            example=["https://blog.rust-lang.org"],
        ),
        "author": fields.Nested(
            import_account_output,
            allow_null=True,
            description="Author of posts without one; null if that account was deleted.",
        ),
        "generator": fields.String(
            max_length=40,
            description="Site generator whose rules are followed; null until the archive has been read.",
            example="Zola",
        ),
        "summary": fields.String(
            max_length=SUMMARY_MAX,
            description="What the archive holds, in a sentence; null until it has been read.",
            example=SUMMARY_EXAMPLE,
        ),
        "counts": fields.Nested(
            import_counts_output, required=True, description="The numbers so far.", example=COUNTS_EXAMPLE
        ),
        "created_by": fields.Nested(
            import_account_output,
            allow_null=True,
            description="Who started the import; null if that account was deleted.",
        ),
        "created_at": _time("Time when the archive was uploaded.", "2026-11-29T20:15:00Z", required=True),
        "started_at": _time("Time when the first batch was done; null before that.", "2026-11-29T20:15:02Z"),
        "finished_at": _time("Time when all was done; null before that.", "2026-11-29T20:15:30Z"),
    },
)

# A dry run that is resumed has been read already.
RESUMED_EXAMPLE = {
    "state": "waiting",
    "has_archive": True,
    "counts": {**dict.fromkeys(COUNTS_EXAMPLE, 0), "posts": None},
    "started_at": None,
    "finished_at": None,
}
WAITING_EXAMPLE = {**RESUMED_EXAMPLE, "generator": None, "summary": None}

item_output = ns.model(
    "ImportItem",
    {
        "id": fields.Integer(
            required=True, min=1, max=INT8_MAX, description="ID of the item, ascending.", example=17
        ),
        "path": fields.String(
            required=True,
            max_length=ITEM_PATH_MAX,
            description="Path of the file in the archive.",
            example="Rust-1.12/index.md",
        ),
        "outcome": fields.String(
            required=True,
            enum=ItemOutcome,
            description="What became of it. In a dry run, what would have: `created` then has no post.",
            example="created",
        ),
        "reason": fields.String(
            max_length=ITEM_REASON_MAX,
            description="Why it was skipped or failed; null otherwise.",
            example=None,
        ),
        "notes": fields.List(
            fields.String(max_length=ITEM_REASON_MAX),
            required=True,
            max_items=ITEM_NOTES_MAX,
            description="What was left out of its post, such as an image that is not in the archive.",
            example=["link to old-error.svg: file type not imported"],
        ),
        "post_id": fields.String(
            format="uuid",
            description="ID of its post; null if there is none, or it was deleted.",
            example=POST_EXAMPLE,
        ),
        "slug": fields.String(max_length=SLUG_MAX, description="Slug of its post now.", example="rust-1-12"),
        "title": fields.String(
            max_length=TITLE_MAX, description="Title of its post now.", example="Announcing Rust 1.12"
        ),
        "status": fields.String(
            enum=PostStatus,
            description="Status of its post now: readers see published and archived posts.",
            example="published",
        ),
    },
)
