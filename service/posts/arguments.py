"""What may be asked for in the query of an operation on posts?"""

from __future__ import annotations

from flask_restx import reqparse

from service.contract.types import NO_NUL, instant, string
from service.core.cursors import cursor_arguments
from service.core.paging import page_arguments
from service.models.posts import PATH_MAX, PostStatus
from service.models.tags import TAG_SLUG_MAX
from service.models.users import USERNAME_MAX
from service.posts.listing import SORTS
from service.tags.schemas import SLUG
from service.users.queries import USERNAME

SEARCH_MAX = 100
PATH = r"^/[^\u0000-\u0020\u007f]*$"

_filters = reqparse.RequestParser()
_filters.add_argument(
    "status",
    type=PostStatus,
    default=PostStatus.PUBLISHED,
    location="args",
    help="Drafts and archived posts are listed for those who may edit them: their author and editors.",
)
_filters.add_argument(
    "tag",
    type=string(min_length=1, max_length=TAG_SLUG_MAX, pattern=SLUG),
    location="args",
    help="Only posts that carry the tag of this slug.",
)
_filters.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX, pattern=NO_NUL),
    location="args",
    help="Only posts whose title, excerpt or body contains this, whatever the case.",
)
_filters.add_argument(
    "published_after", type=instant, location="args", help="Only posts published at this instant or later."
)
_filters.add_argument(
    "published_before", type=instant, location="args", help="Only posts published before this instant."
)
_filters.add_argument(
    "sort",
    type=str,
    choices=SORTS,
    default=SORTS[0],
    location="args",
    help="By which instant, the latest first with `-`. What was never published stands by its `created_at`.",
)
FILTERS = tuple(argument.name for argument in _filters.args)


def _together(*parsers: reqparse.RequestParser) -> reqparse.RequestParser:
    joined = reqparse.RequestParser()
    for parser in parsers:
        joined.args.extend(parser.args)
    return joined


user_list_arguments = _together(_filters, page_arguments, cursor_arguments)
list_arguments = user_list_arguments.copy()
list_arguments.add_argument(
    "author",
    type=string(min_length=3, max_length=USERNAME_MAX, pattern=USERNAME),
    location="args",
    help="Only posts by the account of this username, whatever its case.",
)

redirect_arguments = reqparse.RequestParser()
redirect_arguments.add_argument(
    "path",
    type=string(min_length=1, max_length=PATH_MAX, pattern=PATH, example="/2014/12/12/engine.html"),
    required=True,
    location="args",
    help="A path on an earlier site, with or without a slash at its end.",
)
