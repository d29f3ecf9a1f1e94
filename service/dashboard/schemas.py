"""Response models of the dashboard."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import INT64_MAX
from service.dashboard.queries import MONTHS, TOP_POSTS, TOP_TAGS
from service.models.posts import SLUG_MAX, TITLE_MAX
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX

ns = Namespace("dashboard", description="Statistics of posts, comments and tags.", path="/api/dashboard")


def _count(description: str, example: int) -> fields.Integer:
    return fields.Integer(required=True, min=0, max=INT64_MAX, description=description, example=example)


def _text(description: str, max_length: int, example: str) -> fields.String:
    return fields.String(required=True, max_length=max_length, description=description, example=example)


post_counts_output = ns.model(
    "PostCounts",
    {
        "draft": _count("Number of drafts.", 3),
        "scheduled": _count("Number of scheduled posts.", 1),
        "published": _count("Number of published posts.", 12),
        "archived": _count("Number of archived posts.", 1),
        "trashed": _count("Number of posts in the trash, whatever their status.", 0),
    },
)

month_output = ns.model(
    "MonthCounts",
    {
        "month": fields.String(
            required=True,
            max_length=7,
            pattern="^[0-9]{4}-(0[1-9]|1[0-2])$",
            description="Month in UTC, as `YYYY-MM`.",
            example="2026-11",
        ),
        "posts": _count("Number of posts first published in the month.", 4),
        "comments": _count("Number of comments created in the month.", 31),
    },
)

tag_output = ns.model(
    "TagCount",
    {
        "id": fields.Integer(required=True, min=1, max=INT64_MAX, description="ID of the tag.", example=3),
        "name": _text("Name of the tag.", TAG_NAME_MAX, "History"),
        "slug": _text("URL slug of the tag, also used in filters.", TAG_SLUG_MAX, "history"),
        "post_count": _count("Number of posts with the tag, including drafts.", 5),
    },
)

commented_output = ns.model(
    "CommentedPost",
    {
        "id": fields.String(
            required=True,
            format="uuid",
            description="ID of the post.",
            example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
        ),
        "title": _text("Title of the post.", TITLE_MAX, "The analytical engine"),
        "slug": _text("URL slug of the post.", SLUG_MAX, "the-analytical-engine"),
        "comment_count": _count("Number of comments on the post.", 9),
    },
)

dashboard_output = ns.model(
    "Dashboard",
    {
        "everyones": fields.Boolean(
            required=True,
            description="Whether the statistics are of all posts (editors and admins) or only of your own.",
            example=False,
        ),
        "posts": fields.Nested(post_counts_output, required=True, description="Number of posts by status."),
        "comments": _count("Number of comments on these posts, without posts in the trash.", 57),
        "months": fields.List(
            fields.Nested(month_output),
            required=True,
            # No `min_items`: TypeScript generators would declare a tuple of twelve elements.
            max_items=MONTHS,
            description=f"The last {MONTHS} months including the current one, oldest first, without gaps.",
            example=[
                {"month": month, "posts": number % 3, "comments": number * 2}
                for number, month in enumerate(["2025-12", *(f"2026-{number:02}" for number in range(1, 12))])
            ],
        ),
        "top_tags": fields.List(
            fields.Nested(tag_output),
            required=True,
            max_items=TOP_TAGS,
            description=f"Up to {TOP_TAGS} most used tags, most used first.",
        ),
        "most_commented": fields.List(
            fields.Nested(commented_output),
            required=True,
            max_items=TOP_POSTS,
            description=f"Up to {TOP_POSTS} posts with the most comments, most comments first.",
        ),
    },
)
