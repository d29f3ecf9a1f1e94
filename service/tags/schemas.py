"""Request and response models of tags, and the query parameters of the tag list."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX, NO_NUL, string, with_error
from service.core.pagination import pagination_arguments
from service.core.texts import SINGLE_LINE_PATTERN
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX

SLUG_PATTERN = with_error(
    "^[a-z0-9]+(-[a-z0-9]+)*$",
    "It must consist of lowercase letters and digits, with single hyphens between them.",
)
SEARCH_MAX = 100

ns = Namespace("tags", description="Tags of posts.", path="/api/tags")


def tag_name_field(*, required: bool, output: bool = False) -> fields.String:
    """Return the field of a tag's name. An output has no pattern: older rules allowed more."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=TAG_NAME_MAX,
        pattern=None if output else SINGLE_LINE_PATTERN,
        description="Name of the tag; unique (case-insensitive). Leading and trailing spaces are removed.",
        example="Release notes",
    )


def tag_slug_field(*, required: bool) -> fields.String:
    """Return the field of a tag's slug."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=TAG_SLUG_MAX,
        pattern=SLUG_PATTERN,
        description="URL slug of the tag, also used in filters; unique.",
        example="release-notes",
    )


tag_output = ns.model(
    "Tag",
    {
        "id": fields.Integer(
            required=True, min=1, max=INT64_MAX, description="ID of the tag. IDs are never reused.", example=7
        ),
        "name": tag_name_field(required=True, output=True),
        "slug": tag_slug_field(required=True),
        "post_count": fields.Integer(
            required=True,
            min=0,
            max=INT64_MAX,
            description="Number of published posts with the tag.",
            example=12,
        ),
        "created_at": fields.DateTime(
            required=True, description="Time when the tag was created.", example="2026-11-21T09:30:00Z"
        ),
    },
)

tag_input = ns.model(
    "NewTag",
    {
        "name": tag_name_field(required=True),
        "slug": tag_slug_field(required=False),
    },
)

changes_input = ns.model(
    "TagChanges",
    {
        "name": tag_name_field(required=False),
        "slug": tag_slug_field(required=False),
    },
)

merge_input = ns.model(
    "TagMerge",
    {
        "into": fields.Integer(
            required=True, min=1, max=INT64_MAX, description="ID of the target tag, which is kept.", example=3
        ),
    },
)

list_arguments = pagination_arguments.copy()
list_arguments.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX, pattern=NO_NUL),
    location="args",
    help="Return only tags whose name contains this text (case-insensitive).",
)
