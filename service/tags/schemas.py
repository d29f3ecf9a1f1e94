"""What do tags look like on the wire?"""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX, NO_NUL, string
from service.core.paging import page_arguments
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX

# One line with something to see in it. Spelt out: what `\s` takes in differs between JavaScript, Python and Rust.
_BLANK = r"\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
LINE = rf"^[^\u0000-\u001f\u007f]*[^{_BLANK}][^\u0000-\u001f\u007f]*$"
SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
SEARCH_MAX = 100

ns = Namespace("tags", description="What posts are about.", path="/api/tags")


def tag_name_field(*, required: bool) -> fields.String:
    """Return the field of a tag's name, as it comes in."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=TAG_NAME_MAX,
        pattern=LINE,
        description="The name as it is shown, unique whatever its case. Spaces around it are dropped.",
        example="Release notes",
    )


def tag_slug_field(*, required: bool) -> fields.String:
    """Return the field of a tag's slug."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=TAG_SLUG_MAX,
        pattern=SLUG,
        description="The unique name in addresses and filters.",
        example="release-notes",
    )


tag_output = ns.model(
    "Tag",
    {
        "id": fields.Integer(
            required=True, min=1, max=INT64_MAX, description="Its number, never used again.", example=7
        ),
        "name": tag_name_field(required=True),
        "slug": tag_slug_field(required=True),
        "post_count": fields.Integer(
            required=True, min=0, max=INT64_MAX, description="How many published posts carry it.", example=12
        ),
        "created_at": fields.DateTime(
            required=True, description="When it was made.", example="2026-11-21T09:30:00Z"
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
            required=True, min=1, max=INT64_MAX, description="The id of the tag that remains.", example=3
        ),
    },
)

list_arguments = page_arguments.copy()
list_arguments.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX, pattern=NO_NUL),
    location="args",
    help="Only tags whose name contains this, whatever the case.",
)
