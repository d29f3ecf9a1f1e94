"""Request and response models of posts."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX
from service.core.cursor_pagination import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN
from service.core.texts import SINGLE_LINE_PATTERN
from service.models.posts import (
    BODY_MAX,
    EXCERPT_MAX,
    PATH_MAX,
    SEO_DESCRIPTION_MAX,
    SEO_TITLE_MAX,
    SLUG_MAX,
    TAGS_MAX,
    TITLE_MAX,
    URL_MAX,
    PostStatus,
    PublicationFailure,
)
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX
from service.models.users import DISPLAY_NAME_MAX, USERNAME_MAX
from service.posts.http_urls import HTTP_URL
from service.posts.image_schemas import image_inputs, post_images, summary_images
from service.tags.schemas import SLUG_PATTERN
from service.users.schemas import avatar_field

HTML_MAX = 15 * BODY_MAX  # rendering stops at six times the length of a text; the rest is escaped
COUNT_MAX = 1_000_000
# Within the ten years for as long as possible: examples are requests that succeed.
SCHEDULE_EXAMPLE = "2035-01-01T08:00:00Z"

ns = Namespace("posts", description="Create, publish and read posts.", path="/api")


def _title(*, required: bool, output: bool = False) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=TITLE_MAX,
        pattern=None if output else SINGLE_LINE_PATTERN,  # older rules allowed more
        description="Title of the post: one line of plain text.",
        example="The analytical engine",
    )


def _body(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        max_length=BODY_MAX,
        description="Body in Markdown: CommonMark with tables, footnotes, strikethrough and task lists. Elements "
        "nested more than 50 deep are flattened. The rest of a body is shown as source when its HTML reaches 50,000 "
        "pieces (starts, ends and texts of elements; in short bodies 20,000 and a quarter of the length) or 600,000 "
        "characters (20,000 and five times the length).",
        example="## The store\n\nIt weaves **algebraic patterns**.",
    )


def _slug(*, required: bool, description: str) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=SLUG_MAX,
        pattern=SLUG_PATTERN,
        description=description,
        example="the-analytical-engine",
    )


def _instant(
    description: str, *, required: bool = True, example: str | None = "2026-11-21T09:30:00Z"
) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example=example)


def _written(*, required: bool) -> dict[str, Any]:
    """Return the fields that an author writes; `required` makes title and body required."""
    return {
        "title": _title(required=required),
        "body": _body(required=required),
        "slug": _slug(
            required=False,
            description="URL slug of the post. If omitted, a new post gets one generated from its title, an "
            "existing post keeps its slug. The previous slug of a post that was ever published redirects to the new "
            "one.",
        ),
        "excerpt": fields.String(
            nullable=True,
            min_length=1,
            max_length=EXCERPT_MAX,
            description="Summary in plain text, shown in lists. Null (default): the beginning of the body.",
            example="What the engine can do, and what it cannot.",
        ),
        "tags": fields.List(
            fields.String(
                min_length=1,
                max_length=TAG_NAME_MAX,
                pattern=SINGLE_LINE_PATTERN,
                description="Name of a tag (case-insensitive).",
                example="History",
            ),
            max_items=TAGS_MAX,
            description="Names of the tags, in order. Tags that do not exist are created.",
            example=["History"],
        ),
        "seo_title": fields.String(
            nullable=True,
            min_length=1,
            max_length=SEO_TITLE_MAX,
            pattern=SINGLE_LINE_PATTERN,
            description="Title for search engines. Null (default): the title of the post.",
            example="The analytical engine, explained",
        ),
        "seo_description": fields.String(
            nullable=True,
            min_length=1,
            max_length=SEO_DESCRIPTION_MAX,
            description="Description for search engines. Null (default): the excerpt.",
            example="What the first computer was meant to do.",
        ),
        "canonical_url": fields.String(
            nullable=True,
            max_length=URL_MAX,
            pattern=HTTP_URL,
            description="Canonical URL, if the text was first published elsewhere.",
            example="https://example.org/engine",
        ),
        **image_inputs(),
    }


post_input = ns.model("NewPost", _written(required=True))
replacement_input = ns.model("PostReplacement", _written(required=True))
changes_input = ns.model("PostChanges", _written(required=False))
# The values of fields that a replacement omits.
replacement_defaults = {name: field.default for name, field in replacement_input.items()}

schedule_input = ns.model(
    "PostSchedule",
    {
        "publish_at": _instant(
            "Time when the post is to be published: in the future, within ten years.",
            example=SCHEDULE_EXAMPLE,
        ),
    },
)
publication_input = ns.model(
    "PostPublication",
    {
        "published_at": _instant(
            "Time of publication to show, which cannot be in the future. Only editors and admins can set it.",
            required=False,
        ),
    },
)

author_output = ns.model(
    "PostAuthor",
    {
        "id": fields.Integer(
            min=1, max=INT64_MAX, description="ID of the user; null if the account was deleted.", example=1001
        ),
        "username": fields.String(
            max_length=USERNAME_MAX,
            description="Unique username; null if the account was deleted.",
            example="ada",
        ),
        "display_name": fields.String(
            required=True,
            max_length=DISPLAY_NAME_MAX,
            description='Display name; "Former author" if the account was deleted.',
            example="Ada Lovelace",
        ),
        "avatar": avatar_field(),
    },
)

tag_output = ns.model(
    "PostTag",
    {
        "name": fields.String(
            required=True, max_length=TAG_NAME_MAX, description="Name of the tag.", example="History"
        ),
        "slug": fields.String(
            required=True,
            max_length=TAG_SLUG_MAX,
            description="URL slug of the tag, also used in filters.",
            example="history",
        ),
    },
)

heading_output = ns.model(
    "Heading",
    {
        "level": fields.Integer(required=True, min=1, max=6, description="Heading level, 1 to 6.", example=2),
        "text": fields.String(
            required=True, max_length=200, description="Plain text of the heading.", example="The store"
        ),
        "anchor": fields.String(
            required=True,
            max_length=200,
            description="`id` attribute of the heading in `body_html`.",
            example="user-content-the-store",
        ),
    },
)

_identified = {
    "id": fields.String(
        required=True,
        format="uuid",
        description="ID of the post. IDs are never reused.",
        example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
    ),
    "title": _title(required=True, output=True),
    "slug": _slug(required=True, description="URL slug of the post."),
    "excerpt": fields.String(
        required=True,
        max_length=EXCERPT_MAX,
        description="Summary in plain text: written by the author, or the beginning of the body.",
        example="What the engine can do, and what it cannot.",
    ),
    "author": fields.Nested(author_output, required=True, description="Author of the post."),
}

_shown = {
    "word_count": fields.Integer(
        required=True, min=0, max=COUNT_MAX, description="Number of words in the body.", example=6
    ),
    "reading_minutes": fields.Integer(
        required=True, min=0, max=COUNT_MAX, description="Estimated reading time in minutes.", example=1
    ),
    "tags": fields.List(
        fields.Nested(tag_output),
        required=True,
        max_items=TAGS_MAX,
        description="Tags of the post, in the order set by the author.",
    ),
    **summary_images,
    "canonical_url": fields.String(
        max_length=URL_MAX,
        pattern=HTTP_URL,
        description="Canonical URL; null if the text was first published here.",
        example="https://example.org/engine",
    ),
    "seo_title": fields.String(
        required=True,
        max_length=SEO_TITLE_MAX,
        description="Title for search engines; the title of the post unless set.",
        example="The analytical engine, explained",
    ),
    "seo_description": fields.String(
        required=True,
        max_length=SEO_DESCRIPTION_MAX,
        description="Description for search engines; the excerpt unless set.",
        example="What the first computer was meant to do.",
    ),
}

_status = {
    "status": fields.String(
        required=True,
        enum=PostStatus,
        description="Status of the post. `draft`: visible to its author and editors. `scheduled`: the same, until "
        "`scheduled_at`. `published`: visible to everyone. `archived`: available at its URL but in no list.",
        example="published",
    ),
}
_dates = {
    "created_at": _instant("Time when the post was created."),
    "updated_at": _instant("Time when the content or status was last changed."),
}
_instants = {
    "published_at": _instant(
        "Time of publication: of the first one, unless the post was scheduled or back-dated since; null if never "
        "published.",
        required=False,
    ),
    "scheduled_at": _instant(
        "Time when the post will be published; null unless its status is `scheduled`.",
        required=False,
        example=None,
    ),
    "publication_failure": fields.String(
        enum=PublicationFailure,
        description="Why the post was not published at its time and is a draft again; null otherwise, and once it is "
        "scheduled or published. `author_inactive`: the account of its author is deactivated. `author_not_permitted`: "
        "its author can no longer publish posts. `author_deleted`: the account of its author was deleted.",
        example=None,
    ),
    **_dates,
}

post_output = ns.model(
    "Post",
    {
        **_identified,
        "body": _body(required=True),
        "body_html": fields.String(
            required=True,
            max_length=HTML_MAX,
            description="Body as sanitized HTML.",
            example='<h2 id="user-content-the-store">The store</h2>\n'
            "<p>It weaves <strong>algebraic patterns</strong>.</p>\n",
        ),
        "contents": fields.List(
            fields.Nested(heading_output),
            required=True,
            max_items=500,
            description="Table of contents: the headings of the body, in order.",
        ),
        **post_images,
        **_shown,
        **_status,
        **_instants,
        "etag": fields.String(
            required=True,
            max_length=200,
            description="Entity tag of this version, for `If-Match`.",
            example='"1-5f2b8c1d0e"',
        ),
    },
)

summary_output = ns.model(
    "PostSummary",
    {
        **_identified,
        **_shown,
        **_status,
        **_instants,
        "cursor": fields.String(
            required=True,
            min_length=CURSOR_LENGTH,
            max_length=CURSOR_LENGTH,
            pattern=CURSOR_PATTERN,
            description="Cursor of this item, for the `after` parameter.",
            example=CURSOR_EXAMPLE,
        ),
    },
)

trashed_output = ns.model(
    "TrashedPost",
    {
        **_identified,
        **_status,
        **_dates,
        "trashed_at": _instant("Time when the post was moved to the trash."),
    },
)

month_output = ns.model(
    "MonthOfPosts",
    {
        "month": fields.String(
            required=True,
            max_length=7,
            pattern="^[0-9]{4}-(0[1-9]|1[0-2])$",
            description="Month in the publication's time zone (`SITE_TIME_ZONE`), as `YYYY-MM`.",
            example="2026-11",
        ),
        "starts_at": _instant(
            "Time when the month begins, for `published_after`.", example="2026-11-01T00:00:00Z"
        ),
        "count": fields.Integer(
            required=True,
            min=1,
            max=INT64_MAX,
            attribute="post_count",
            description="Number of posts published in the month.",
            example=4,
        ),
    },
)

redirect_output = ns.model(
    "Redirect",
    {
        "path": fields.String(
            required=True,
            max_length=PATH_MAX,
            description="URL path that was looked up.",
            example="/2014/12/12/engine.html",
        ),
        "post_id": fields.String(
            required=True,
            format="uuid",
            description="ID of the post.",
            example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
        ),
        "slug": _slug(required=True, description="Current URL slug of the post."),
    },
)
