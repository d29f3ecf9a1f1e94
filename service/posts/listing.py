"""Post lists with filters, sorting and both kinds of pagination; single posts are in `queries`.

A SELECT is built once for each combination of filters and cached; the values are bind parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from service.contract.problems import NotFound, Unauthorized
from service.core.cursor_pagination import CursorPage, CursorRequest
from service.core.database import read_connection
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.models.base import UtcDateTime
from service.models.casefolding import LIKE_ESCAPE, casefold, like_pattern
from service.models.posts import PUBLICLY_LISTED_STATUSES, PostStatus
from service.models.posts import Post as PostRow
from service.models.tags import PostTag, Tag
from service.models.users import User
from service.posts.permissions import can_read_all_posts
from service.posts.read_models import PostSummary, TrashedPost, select_posts

_SORT_COLUMNS: Mapping[str, InstrumentedAttribute[datetime]] = {
    "published_at": PostRow.listed_at,
    "created_at": PostRow.created_at,
    "updated_at": PostRow.updated_at,
    # `listed_at` is the time of a scheduled post too, and only it is in an index.
    "scheduled_at": PostRow.listed_at,
}
SORT_OPTIONS = tuple(sort for name in _SORT_COLUMNS for sort in (f"-{name}", name))


@dataclass(frozen=True, slots=True)
class PostFilters:
    """Filter and sort options of a post list; all filters that are not None apply.

    `author` is a username and `tag` a slug. `published_after` and `scheduled_after` are inclusive, `published_before`
    and `scheduled_before` exclusive.
    """

    status: PostStatus = PostStatus.PUBLISHED
    author: str | None = None
    author_id: int | None = None
    tag: str | None = None
    search: str | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    scheduled_after: datetime | None = None
    scheduled_before: datetime | None = None
    sort: str = SORT_OPTIONS[0]


def _as_it_is(value: Any) -> Any:
    return value


_was_published = and_(PostRow.published_at.is_not(None), PostRow.scheduled_at.is_(None))
_is_scheduled = PostRow.scheduled_at.is_not(None)

# By filter: its condition, with a bind parameter of the same name, and the conversion of its value to that parameter.
_FILTERS: Mapping[str, tuple[ColumnElement[bool], Callable[[Any], Any]]] = {
    "status": (PostRow.status == bindparam("status"), _as_it_is),
    "viewer_id": (PostRow.author_id == bindparam("viewer_id"), _as_it_is),
    "author_id": (PostRow.author_id == bindparam("author_id"), _as_it_is),
    "author": (
        PostRow.author_id
        == select(User.id).where(User.username_key == bindparam("author")).correlate(None).scalar_subquery(),
        casefold,
    ),
    "tag": (
        PostRow.id.in_(
            select(PostTag.post_id).join(Tag, Tag.id == PostTag.tag_id).where(Tag.slug == bindparam("tag"))
        ),
        _as_it_is,
    ),
    "search": (PostRow.search_key.like(bindparam("search"), escape=LIKE_ESCAPE), like_pattern),
    # `listed_at` equals `scheduled_at`, else `published_at`, if one is set, and only it is in the indexes of the lists.
    "published_after": (and_(PostRow.listed_at >= bindparam("published_after"), _was_published), _as_it_is),
    "published_before": (and_(PostRow.listed_at < bindparam("published_before"), _was_published), _as_it_is),
    "scheduled_after": (and_(PostRow.listed_at >= bindparam("scheduled_after"), _is_scheduled), _as_it_is),
    "scheduled_before": (and_(PostRow.listed_at < bindparam("scheduled_before"), _is_scheduled), _as_it_is),
}
_limit, _offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
_cursor_position = tuple_(
    bindparam("instant", type_=UtcDateTime()),
    bindparam("id", type_=Uuid()),
)
_trashed = select_posts(TrashedPost)
_account = select(User.id).where(User.id == bindparam("user_id"))


def list_posts(
    viewer: Identity | None, filters: PostFilters, page_request: PageRequest | CursorRequest
) -> OffsetPage[PostSummary] | CursorPage[PostSummary]:
    """Return a page of the posts that `viewer` can list: one statement with a cursor, two with a page number.

    Everybody can list published posts; authors also their own of another status, editors those of all. Raise
    `Unauthorized` if an anonymous caller asks for posts that are not published.
    """
    values = _bind_values(viewer, filters)
    names = frozenset(values)
    if isinstance(page_request, CursorRequest):
        return _cursor_page(filters.sort, names, values, page_request)
    connection = read_connection()
    total = connection.execute(_count(names), values).scalar_one()
    bounds = {"limit": page_request.limit, "offset": page_request.offset}
    rows = connection.execute(_offset_select(filters.sort, names), {**values, **bounds})
    return OffsetPage([PostSummary(*row) for row in rows], total, page_request)


def list_user_posts(
    viewer: Identity | None, user_id: int, filters: PostFilters, page_request: PageRequest | CursorRequest
) -> OffsetPage[PostSummary] | CursorPage[PostSummary]:
    """Return a page of the posts of a user, as `list_posts`; raise `NotFound` if there is no such user.

    One more statement if the page is empty, to tell whether the user exists.
    """
    page = list_posts(viewer, filters, page_request)
    if not page.items and read_connection().execute(_account, {"user_id": user_id}).one_or_none() is None:
        raise NotFound
    return page


def list_trash(viewer: Identity, page: PageRequest) -> OffsetPage[TrashedPost]:
    """Return a page of the viewer's trashed posts, for editors of all, most recently deleted first. Two statements."""
    own = () if can_read_all_posts(viewer) else (PostRow.author_id == viewer.id,)
    conditions = (PostRow.trashed_at.is_not(None), *own)
    connection = read_connection()
    total = connection.execute(select(func.count()).select_from(PostRow).where(*conditions)).scalar_one()
    newest = _trashed.where(*conditions).order_by(PostRow.trashed_at.desc(), PostRow.id.desc())
    rows = connection.execute(newest.limit(page.limit).offset(page.offset))
    return OffsetPage([TrashedPost(*row) for row in rows], total, page)


def _bind_values(viewer: Identity | None, filters: PostFilters) -> dict[str, Any]:
    """Return the bind parameters of the filters that apply; their names are the key of the cached SELECTs."""
    if filters.status not in PUBLICLY_LISTED_STATUSES and viewer is None:
        raise Unauthorized
    values = {
        name: convert(value)
        for name, (_, convert) in _FILTERS.items()
        if (value := getattr(filters, name, None)) is not None
    }
    # An additional condition instead of an error: the filter is valid, the list has only what the viewer can edit.
    if (
        viewer is not None
        and filters.status not in PUBLICLY_LISTED_STATUSES
        and not can_read_all_posts(viewer)
    ):
        values["viewer_id"] = viewer.id
    return values


def _cursor_page(
    sort: str, names: frozenset[str], values: dict[str, Any], page_request: CursorRequest
) -> CursorPage[PostSummary]:
    # One row more than the page: its presence tells whether there is a next page.
    position = {
        "instant": page_request.timestamp,
        "id": UUID(int=page_request.id),
        "limit": page_request.size + 1,
    }
    rows = read_connection().execute(_cursor_select(sort, names), {**values, **position}).all()
    posts = [PostSummary(*row) for row in rows[: page_request.size]]
    return CursorPage(posts, posts[-1].cursor if len(rows) > page_request.size else None)


def _conditions(names: frozenset[str]) -> list[ColumnElement[bool]]:
    return [PostRow.trashed_at.is_(None), *(_FILTERS[name][0] for name in sorted(names))]


@cache
def _count(names: frozenset[str]) -> Select[int]:
    return select(func.count()).select_from(PostRow).where(*_conditions(names))


@cache
def _offset_select(sort: str, names: frozenset[str]) -> Select[Any]:
    return _ordered_select(sort, names).limit(_limit).offset(_offset)


@cache
def _cursor_select(sort: str, names: frozenset[str]) -> Select[Any]:
    # Keyset pagination: a row-value comparison, for which both databases use the index on (status, timestamp, id).
    # The id breaks ties, so that no post is skipped or repeated.
    position = tuple_(_SORT_COLUMNS[sort.removeprefix("-")], PostRow.id)
    beyond = position < _cursor_position if sort[0] == "-" else position > _cursor_position
    return _ordered_select(sort, names).where(beyond).limit(_limit)


def _ordered_select(sort: str, names: frozenset[str]) -> Select[Any]:
    instant = _SORT_COLUMNS[sort.removeprefix("-")]
    order = (instant.desc(), PostRow.id.desc()) if sort[0] == "-" else (instant.asc(), PostRow.id.asc())
    posts = select_posts(PostSummary, sorted_by=instant.expression)
    return posts.where(*_conditions(names)).order_by(*order)
