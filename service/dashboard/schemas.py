"""What does the dashboard look like on the wire?"""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX
from service.dashboard.queries import MONTHS, TOP_POSTS, TOP_TAGS
from service.models.posts import SLUG_MAX, TITLE_MAX
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX

ns = Namespace("dashboard", description="How one's publication is doing.", path="/api/dashboard")


def _count(description: str, example: int) -> fields.Integer:
    return fields.Integer(required=True, min=0, max=INT64_MAX, description=description, example=example)


def _text(description: str, max_length: int, example: str) -> fields.String:
    return fields.String(required=True, max_length=max_length, description=description, example=example)


post_counts_output = ns.model(
    "PostCounts",
    {
        "draft": _count("How many are drafts.", 3),
        "published": _count("How many are published.", 12),
        "archived": _count("How many are archived.", 1),
        "trashed": _count("How many are in the trash, in whichever state.", 0),
    },
)

month_output = ns.model(
    "MonthCounts",
    {
        "month": fields.String(
            required=True,
            max_length=7,
            pattern="^[0-9]{4}-(0[1-9]|1[0-2])$",
            description="A month in UTC.",
            example="2026-11",
        ),
        "posts": _count("How many posts were first published in it.", 4),
        "comments": _count("How many comments were written in it.", 31),
    },
)

tag_output = ns.model(
    "TagCount",
    {
        "id": fields.Integer(required=True, min=1, max=INT64_MAX, description="The tag's number.", example=3),
        "name": _text("The name to show.", TAG_NAME_MAX, "History"),
        "slug": _text("The tag in addresses and filters.", TAG_SLUG_MAX, "history"),
        "post_count": _count("How many of the posts carry it, drafts included.", 5),
    },
)

commented_output = ns.model(
    "CommentedPost",
    {
        "id": fields.String(
            required=True,
            format="uuid",
            description="The post's id.",
            example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
        ),
        "title": _text("The post's title.", TITLE_MAX, "The analytical engine"),
        "slug": _text("The name in the post's address.", SLUG_MAX, "the-analytical-engine"),
        "comment_count": _count("How many comments are on it.", 9),
    },
)

dashboard_output = ns.model(
    "Dashboard",
    {
        "everyones": fields.Boolean(
            required=True,
            description="Whether the posts of all are counted, as for editors and admins, or one's own.",
            example=False,
        ),
        "posts": fields.Nested(post_counts_output, required=True, description="The posts by their state."),
        "comments": _count("How many comments are on them, without those on posts in the trash.", 57),
        "months": fields.List(
            fields.Nested(month_output),
            required=True,
            # No `min_items`: generators of TypeScript would write a tuple of twelve.
            max_items=MONTHS,
            description="The last twelve months, oldest first, each of them present.",
            example=[
                {"month": month, "posts": number % 3, "comments": number * 2}
                for number, month in enumerate(["2025-12", *(f"2026-{number:02}" for number in range(1, 12))])
            ],
        ),
        "top_tags": fields.List(
            fields.Nested(tag_output),
            required=True,
            max_items=TOP_TAGS,
            description="The tags that most of the posts carry, most first.",
        ),
        "most_commented": fields.List(
            fields.Nested(commented_output),
            required=True,
            max_items=TOP_POSTS,
            description="The posts with the most comments, most first.",
        ),
    },
)
