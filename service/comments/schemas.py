"""Request and response models of comments, and the query parameters of their lists."""

from __future__ import annotations

from typing import Any

from flask_restx import fields, reqparse

from service.contract import Namespace
from service.contract.types import INT64_MAX, string, timestamp, uuid
from service.core.cursor_pagination import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN, cursor_arguments
from service.core.pagination import pagination_arguments
from service.core.texts import VISIBLE_TEXT_PATTERN
from service.models.comments import COMMENT_MAX, DEPTH_MAX
from service.models.posts import SLUG_MAX, TITLE_MAX, PostStatus
from service.models.users import USERNAME_MAX
from service.posts.schemas import author_output
from service.users.queries import USERNAME_PATTERN

HTML_MAX = 100_000  # `render_comment` returns at most about nine times COMMENT_MAX characters
POST_EXAMPLE = "019aa44d-c27d-7e3e-bc8b-db37c2131658"
COMMENT_EXAMPLE = 31
SEARCH_MAX = 100

ns = Namespace("comments", description="Comments on posts, with threaded replies.", path="/api")


def _body(
    *, required: bool, description: str, example: str = "Well *said*.", output: bool = False
) -> fields.String:
    # An output has no pattern: older rules allowed more.
    return fields.String(
        required=required,
        min_length=1,
        max_length=COMMENT_MAX,
        pattern=None if output else VISIBLE_TEXT_PATTERN,
        description=description,
        example=example,
    )


_BODY_INPUT = (
    "Text of the comment in Markdown, without images, headings, tables and HTML. Line breaks are kept."
)

comment_input = ns.model(
    "NewComment",
    {
        "body": _body(required=True, description=_BODY_INPUT),
        "parent_id": fields.Integer(
            nullable=True,
            min=1,
            max=INT64_MAX,
            description="ID of the parent comment, for a reply. Null or omitted for a top-level comment.",
            example=COMMENT_EXAMPLE - 1,
        ),
    },
)

changes_input = ns.model(
    "CommentChanges",
    {"body": _body(required=True, description=_BODY_INPUT, example="Very well *said*.")},
)

_place = {
    "id": fields.Integer(
        required=True,
        min=1,
        max=INT64_MAX,
        description="ID of the comment. IDs are never reused.",
        example=COMMENT_EXAMPLE,
    ),
    "post_id": fields.String(
        required=True, format="uuid", description="ID of the post.", example=POST_EXAMPLE
    ),
    "parent_id": fields.Integer(
        min=1,
        max=INT64_MAX,
        description="ID of the parent comment; null for a top-level comment.",
        example=COMMENT_EXAMPLE - 1,
    ),
    "depth": fields.Integer(
        required=True,
        min=0,
        max=DEPTH_MAX,
        description="Depth in the thread: 0 for a top-level comment, one more than its parent for a reply.",
        example=1,
    ),
}
_created_at = {
    "created_at": fields.DateTime(
        required=True, description="Time when the comment was created.", example="2026-11-21T09:30:00Z"
    ),
}
_edited_at = {
    "edited_at": fields.DateTime(description="Time when the comment was last edited; null if never."),
}
_cursor = {
    "cursor": fields.String(
        required=True,
        min_length=CURSOR_LENGTH,
        max_length=CURSOR_LENGTH,
        pattern=CURSOR_PATTERN,
        description="Cursor of this item, for the `after` parameter.",
        example=CURSOR_EXAMPLE,
    ),
}


def _content(*, required: bool, otherwise: str = "") -> dict[str, Any]:
    return {
        "author": fields.Nested(
            author_output,
            required=required,
            allow_null=not required,
            description=f"Author of the comment{otherwise}.",
        ),
        "body": _body(
            required=required, description=f"Text of the comment in Markdown{otherwise}.", output=True
        ),
        "body_html": fields.String(
            required=required,
            max_length=HTML_MAX,
            description=f"Text of the comment as sanitized HTML{otherwise}.",
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
            description="Entity tag of this version, for `If-Match`.",
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
            description="Whether the comment was deleted. Deleted comments are listed while they have replies.",
            example=False,
        ),
        **_content(required=False, otherwise="; null if it was deleted"),
        **_created_at,
        **_edited_at,
        **_cursor,
    },
)

post_output = ns.model(
    "CommentPost",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the post.", example=POST_EXAMPLE
        ),
        "title": fields.String(
            required=True,
            max_length=TITLE_MAX,
            description="Title of the post.",
            example="The analytical engine",
        ),
        "slug": fields.String(
            required=True,
            max_length=SLUG_MAX,
            description="URL slug of the post.",
            example="the-analytical-engine",
        ),
        "status": fields.String(
            required=True,
            enum=PostStatus,
            description="Status of the post. Only published posts take new comments.",
            example="published",
        ),
    },
)

moderated_output = ns.model(
    "ModeratedComment",
    {
        "id": _place["id"],
        "post": fields.Nested(post_output, required=True, description="Post of the comment."),
        "parent_id": _place["parent_id"],
        "depth": _place["depth"],
        **_content(required=True),
        **_created_at,
        **_edited_at,
        **_cursor,
    },
)

list_arguments = pagination_arguments.copy()
list_arguments.args.extend(cursor_arguments.args)

moderation_arguments = reqparse.RequestParser()
moderation_arguments.add_argument(
    "post_id", type=uuid, location="args", help="Return only comments on the post with this ID."
)
moderation_arguments.add_argument(
    "author",
    type=string(min_length=3, max_length=USERNAME_MAX, pattern=USERNAME_PATTERN),
    location="args",
    help="Return only comments by the user with this username (case-insensitive).",
)
moderation_arguments.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX),
    location="args",
    help="Return only comments whose text contains this text (case-insensitive).",
)
moderation_arguments.add_argument(
    "created_after",
    type=timestamp,
    location="args",
    help="Return only comments created at or after this time.",
)
moderation_arguments.add_argument(
    "created_before", type=timestamp, location="args", help="Return only comments created before this time."
)
MODERATION_FILTERS = tuple(argument.name for argument in moderation_arguments.args)
moderation_arguments.args.extend([*pagination_arguments.args, *cursor_arguments.args])
