"""What do posts look like on the wire?"""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX, NO_NUL
from service.core.cursors import CURSOR_EXAMPLE, CURSOR_LENGTH, CURSOR_PATTERN
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
)
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX
from service.models.users import DISPLAY_NAME_MAX, USERNAME_MAX
from service.tags.schemas import LINE, SLUG

HTML_MAX = 15 * BODY_MAX  # six times a text at most, then the rest as it was written, escaped
COUNT_MAX = 1_000_000
# RFC 3986, of http and https with the name of a host. A pattern alone says it all; with `format: uri` beside it
# generators of examples would make URIs of any scheme and throw nearly all of them away.
_HOST = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
_PART = "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_REST = "([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
HTTP_URL = rf"^https?://{_HOST}(/{_PART})?(\?{_REST})?(#{_REST})?$"

ns = Namespace("posts", description="What is written, published and read.", path="/api")


def _title(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=TITLE_MAX,
        pattern=LINE,
        description="The title: one line, without markup.",
        example="The analytical engine",
    )


def _body(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        max_length=BODY_MAX,
        description="The text in Markdown: CommonMark, tables, footnotes, strikethrough, task lists.",
        example="## The store\n\nIt weaves **algebraic patterns**.",
    )


def _slug(*, required: bool, description: str) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=SLUG_MAX,
        pattern=SLUG,
        description=description,
        example="the-analytical-engine",
    )


def _instant(description: str, *, required: bool = True) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example="2026-11-21T09:30:00Z")


def _written(*, required: bool) -> dict[str, Any]:
    """Return the fields that an author writes; `required` are those a post cannot do without."""
    return {
        "title": _title(required=required),
        "body": _body(required=required),
        "slug": _slug(
            required=False,
            description="The name in the post's address. Left out, a new post gets one made from its title, and others "
            "keep theirs. The former one of a post that was ever published redirects.",
        ),
        "excerpt": fields.String(
            nullable=True,
            min_length=1,
            max_length=EXCERPT_MAX,
            pattern=NO_NUL,
            description="A few sentences of plain text for lists; null or left out, the beginning of the body.",
            example="What the engine can do, and what it cannot.",
        ),
        "tags": fields.List(
            fields.String(
                min_length=1,
                max_length=TAG_NAME_MAX,
                pattern=LINE,
                description="A tag's name, whatever its case.",
                example="History",
            ),
            max_items=TAGS_MAX,
            description="The names of the post's tags, in their order; those that do not exist are made.",
            example=["History"],
        ),
        "seo_title": fields.String(
            nullable=True,
            min_length=1,
            max_length=SEO_TITLE_MAX,
            pattern=LINE,
            description="The title for search engines; null or left out, the post's title.",
            example="The analytical engine, explained",
        ),
        "seo_description": fields.String(
            nullable=True,
            min_length=1,
            max_length=SEO_DESCRIPTION_MAX,
            pattern=NO_NUL,
            description="The description for search engines; null or left out, the excerpt.",
            example="What the first computer was meant to do.",
        ),
        "canonical_url": fields.String(
            nullable=True,
            max_length=URL_MAX,
            pattern=HTTP_URL,
            description="Where the text was published first, when that was elsewhere.",
            example="https://example.org/engine",
        ),
    }


post_input = ns.model("NewPost", _written(required=True))
replacement_input = ns.model("PostReplacement", _written(required=True))
changes_input = ns.model("PostChanges", _written(required=False))
# The values of what a replacement omits.
replacement_defaults = {name: field.default for name, field in replacement_input.items()}

author_output = ns.model(
    "PostAuthor",
    {
        "id": fields.Integer(
            min=1, max=INT64_MAX, description="The account; null when it is gone.", example=1001
        ),
        "username": fields.String(
            max_length=USERNAME_MAX,
            description="The unique name; null when the account is gone.",
            example="ada",
        ),
        "display_name": fields.String(
            required=True,
            max_length=DISPLAY_NAME_MAX,
            description='The name to show; "Former author" when the account is gone.',
            example="Ada Lovelace",
        ),
    },
)

tag_output = ns.model(
    "PostTag",
    {
        "name": fields.String(
            required=True, max_length=TAG_NAME_MAX, description="The name to show.", example="History"
        ),
        "slug": fields.String(
            required=True, max_length=TAG_SLUG_MAX, description="The tag in filters.", example="history"
        ),
    },
)

heading_output = ns.model(
    "Heading",
    {
        "level": fields.Integer(required=True, min=1, max=6, description="1 is the highest.", example=2),
        "text": fields.String(
            required=True, max_length=200, description="What it says, without markup.", example="The store"
        ),
        "anchor": fields.String(
            required=True,
            max_length=200,
            description="Its `id` in `body_html`.",
            example="user-content-the-store",
        ),
    },
)

_identified = {
    "id": fields.String(
        required=True,
        format="uuid",
        description="The post's id, never used again.",
        example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
    ),
    "title": _title(required=True),
    "slug": _slug(required=True, description="The name in the post's address."),
    "excerpt": fields.String(
        required=True,
        max_length=EXCERPT_MAX,
        description="What the author wrote for lists, or the beginning of the body; plain text.",
        example="What the engine can do, and what it cannot.",
    ),
    "author": fields.Nested(author_output, required=True, description="Who wrote it."),
}

_shown = {
    "word_count": fields.Integer(
        required=True, min=0, max=COUNT_MAX, description="How many words the body has.", example=6
    ),
    "reading_minutes": fields.Integer(
        required=True, min=0, max=COUNT_MAX, description="How long it takes to read.", example=1
    ),
    "tags": fields.List(
        fields.Nested(tag_output),
        required=True,
        max_items=TAGS_MAX,
        description="What it is about, in the author's order.",
    ),
    "canonical_url": fields.String(
        max_length=URL_MAX,
        pattern=HTTP_URL,
        description="Where the text was published first; null when that is here.",
        example="https://example.org/engine",
    ),
    "seo_title": fields.String(
        required=True,
        max_length=SEO_TITLE_MAX,
        description="What a page should use for its title: the one that was set, else the post's.",
        example="The analytical engine, explained",
    ),
    "seo_description": fields.String(
        required=True,
        max_length=SEO_DESCRIPTION_MAX,
        description="What a page should use for its description: the one that was set, else the excerpt.",
        example="What the first computer was meant to do.",
    ),
}

_status = {
    "status": fields.String(
        required=True,
        enum=PostStatus,
        description="`draft`: for its author and editors. `published`: for everyone. `archived`: for everyone who has "
        "its address, and in no list.",
        example="published",
    ),
}
_dates = {
    "created_at": _instant("When it was first written."),
    "updated_at": _instant("When its author or an editor last changed it."),
}
_instants = {
    "published_at": _instant("When it was first published; null if it never was.", required=False),
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
            description="The body as HTML that is safe on any page.",
            example='<h2 id="user-content-the-store">The store</h2>\n'
            "<p>It weaves <strong>algebraic patterns</strong>.</p>\n",
        ),
        "contents": fields.List(
            fields.Nested(heading_output),
            required=True,
            max_items=500,
            description="The headings of the body, in order.",
        ),
        **_shown,
        **_status,
        **_instants,
        "etag": fields.String(
            required=True,
            max_length=200,
            description="The entity tag of this version, for `If-Match`.",
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
            description="The place in this list; `after` takes it.",
            example=CURSOR_EXAMPLE,
        ),
    },
)

trashed_output = ns.model(
    "TrashedPost",
    {**_identified, **_status, **_dates, "trashed_at": _instant("When it was put into the trash.")},
)

month_output = ns.model(
    "MonthOfPosts",
    {
        "month": fields.String(
            required=True,
            max_length=7,
            pattern="^[0-9]{4}-(0[1-9]|1[0-2])$",
            description="A month in UTC.",
            example="2026-11",
        ),
        "count": fields.Integer(
            required=True,
            min=1,
            max=INT64_MAX,
            attribute="post_count",
            description="How many posts were published in it.",
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
            description="The path that was looked up.",
            example="/2014/12/12/engine.html",
        ),
        "post_id": fields.String(
            required=True,
            format="uuid",
            description="The post that it stands for.",
            example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
        ),
        "slug": _slug(required=True, description="Where that post is now."),
    },
)
