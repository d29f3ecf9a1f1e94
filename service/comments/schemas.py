"""What do comments look like on the wire?"""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX
from service.core.cursors import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN, cursor_arguments
from service.core.paging import page_arguments
from service.models.comments import COMMENT_MAX, DEPTH_MAX
from service.posts.schemas import author_output
from service.users.schemas import DISPLAY_NAME

# What must have something to see in it, on one line or several: as a display name.
SEEN = DISPLAY_NAME
HTML_MAX = 100_000  # `render_comment` makes at most about nine times as much of COMMENT_MAX characters
POST_EXAMPLE = "019aa44d-c27d-7e3e-bc8b-db37c2131658"
COMMENT_EXAMPLE = 31

ns = Namespace(
    "comments",
    description="What is said under posts, in threads.",
    path="/api/posts/<uuid:post_id>/comments",
)


def _body(*, required: bool, description: str, example: str = "Well *said*.") -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=COMMENT_MAX,
        pattern=SEEN,
        description=description,
        example=example,
    )


_WRITTEN = (
    "What it says: Markdown without images, headings, tables and HTML. Lines break where they are broken."
)

comment_input = ns.model(
    "NewComment",
    {
        "body": _body(required=True, description=_WRITTEN),
        "parent_id": fields.Integer(
            nullable=True,
            min=1,
            max=INT64_MAX,
            description="The comment that this one answers; null or left out for none.",
            example=COMMENT_EXAMPLE - 1,
        ),
    },
)

changes_input = ns.model(
    "CommentChanges",
    {"body": _body(required=True, description=_WRITTEN, example="Very well *said*.")},
)

_place = {
    "id": fields.Integer(
        required=True,
        min=1,
        max=INT64_MAX,
        description="The comment's number, never used again.",
        example=COMMENT_EXAMPLE,
    ),
    "post_id": fields.String(
        required=True, format="uuid", description="The post it was written under.", example=POST_EXAMPLE
    ),
    "parent_id": fields.Integer(
        min=1,
        max=INT64_MAX,
        description="The comment that it answers; null if none.",
        example=COMMENT_EXAMPLE - 1,
    ),
    "depth": fields.Integer(
        required=True,
        min=0,
        max=DEPTH_MAX,
        description="0 for a comment on the post itself, else one more than what it answers.",
        example=1,
    ),
}
_created_at = {
    "created_at": fields.DateTime(
        required=True, description="When it was written.", example="2026-11-21T09:30:00Z"
    ),
}
_edited_at = {
    "edited_at": fields.DateTime(description="When its author last changed it; null if never."),
}


def _content(*, required: bool, otherwise: str = "") -> dict[str, Any]:
    return {
        "author": fields.Nested(
            author_output,
            required=required,
            allow_null=not required,
            description=f"Who wrote it{otherwise}.",
        ),
        "body": _body(required=required, description=f"What it says, in Markdown{otherwise}."),
        "body_html": fields.String(
            required=required,
            max_length=HTML_MAX,
            description=f"The same as HTML that is safe on any page{otherwise}.",
            example="<p>Well <em>said</em>.</p>\n",
        ),
    }


comment_output = ns.model(
    "Comment",
    {
        **_place,
        **_content(required=True),
        **_created_at,
        **_edited_at,
        "etag": fields.String(
            required=True,
            max_length=200,
            description="The entity tag of this version, for `If-Match`.",
            example='"1.8e36b3a1-5f2b8c1d0e"',
        ),
    },
)

thread_output = ns.model(
    "ThreadComment",
    {
        **_place,
        "deleted": fields.Boolean(
            required=True,
            description="Whether only the place is left, because others have answered there.",
            example=False,
        ),
        **_content(required=False, otherwise="; null of a deleted comment"),
        **_created_at,
        **_edited_at,
        "cursor": fields.String(
            required=True,
            min_length=CURSOR_LENGTH,
            max_length=CURSOR_LENGTH,
            pattern=CURSOR_PATTERN,
            description="The place in this list; `after` takes it.",
            example=CURSOR_EXAMPLE,
        ),
    },
)

list_arguments = page_arguments.copy()
list_arguments.args.extend(cursor_arguments.args)
