"""Request parsers for the query parameters of posts: filters, sorting, pagination, redirect look-up."""

from __future__ import annotations

from flask_restx import reqparse

from service.contract.types import NO_NUL, string, timestamp
from service.core.cursor_pagination import cursor_arguments
from service.core.pagination import pagination_arguments
from service.models.posts import PATH_MAX, PostStatus
from service.models.tags import TAG_SLUG_MAX
from service.models.users import USERNAME_MAX
from service.posts.listing import SORT_OPTIONS
from service.tags.schemas import SLUG_PATTERN
from service.users.queries import USERNAME_PATTERN

SEARCH_MAX = 100
PATH_PATTERN = r"^/[^\u0000-\u0020\u007f]*$"

_filters = reqparse.RequestParser()
_filters.add_argument(
    "status",
    type=PostStatus,
    default=PostStatus.PUBLISHED,
    location="args",
    help="Filter by status. Posts that are not published are listed only for their author and for editors.",
)
_filters.add_argument(
    "tag",
    type=string(min_length=1, max_length=TAG_SLUG_MAX, pattern=SLUG_PATTERN),
    location="args",
    help="Return only posts with the tag that has this slug.",
)
_filters.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX, pattern=NO_NUL),
    location="args",
    help="Return only posts whose title, excerpt or body contains this text (case-insensitive).",
)
_filters.add_argument(
    "published_after",
    type=timestamp,
    location="args",
    help="Return only posts published at or after this time.",
)
_filters.add_argument(
    "published_before", type=timestamp, location="args", help="Return only posts published before this time."
)
_filters.add_argument(
    "scheduled_after",
    type=timestamp,
    location="args",
    help="Return only posts that are scheduled for this time or later. Use it with `status=scheduled`.",
)
_filters.add_argument(
    "scheduled_before",
    type=timestamp,
    location="args",
    help="Return only posts that are scheduled for before this time. Use it with `status=scheduled`.",
)
_filters.add_argument(
    "sort",
    type=str,
    choices=SORT_OPTIONS,
    default=SORT_OPTIONS[0],
    location="args",
    help="Sort field; prefix with `-` for descending order. `published_at` and `scheduled_at` sort scheduled posts "
    "by `scheduled_at`, and posts that were never published by `created_at`.",
)
FILTERS = tuple(argument.name for argument in _filters.args)


def _merge_parsers(*parsers: reqparse.RequestParser) -> reqparse.RequestParser:
    merged = reqparse.RequestParser()
    for parser in parsers:
        merged.args.extend(parser.args)
    return merged


user_list_arguments = _merge_parsers(_filters, pagination_arguments, cursor_arguments)
list_arguments = user_list_arguments.copy()
list_arguments.add_argument(
    "author",
    type=string(min_length=3, max_length=USERNAME_MAX, pattern=USERNAME_PATTERN),
    location="args",
    help="Return only posts by the user with this username (case-insensitive).",
)

redirect_arguments = reqparse.RequestParser()
redirect_arguments.add_argument(
    "path",
    type=string(min_length=1, max_length=PATH_MAX, pattern=PATH_PATTERN, example="/2014/12/12/engine.html"),
    required=True,
    location="args",
    help="URL path of a previous site, with or without a trailing slash.",
)
