"""Selects of comments across posts, for moderators: filters and both kinds of pagination. Threads are in queries.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, func, select, tuple_

from service.core.cursor_pagination import CursorPage, CursorRequest, encode_cursor
from service.core.database import read_connection
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.models.base import UtcDateTime
from service.models.casefolding import LIKE_ESCAPE, casefold, like_pattern
from service.models.comments import Comment as CommentRow
from service.models.posts import Post, PostStatus
from service.models.users import User
from service.posts.permissions import can_read_all_posts
from service.posts.read_models import Author, make_author


class CommentPost(NamedTuple):
    """The post of a comment."""

    id: UUID
    title: str
    slug: str
    status: PostStatus


@dataclass(frozen=True, slots=True)
class ModeratedComment:
    """A comment with its post."""

    id: int
    post: CommentPost
    parent_id: int | None
    depth: int
    author: Author
    body: str
    body_html: str
    created_at: datetime
    edited_at: datetime | None

    @property
    def cursor(self) -> str:
        """Return the position in the list, for the `after` parameter."""
        return encode_cursor(self.created_at, self.id)


@dataclass(frozen=True, slots=True)
class CommentFilters:
    """Filters of the list; None does not filter. `author` is the username of who wrote the comment."""

    post_id: UUID | None = None
    author: str | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def _as_it_is(value: Any) -> Any:
    return value


# By filter: its condition, with a bind parameter of the same name, and the conversion of its value to that parameter.
_FILTERS: Mapping[str, tuple[ColumnElement[bool], Callable[[Any], Any]]] = {
    "viewer_id": (Post.author_id == bindparam("viewer_id"), _as_it_is),
    "post_id": (CommentRow.post_id == bindparam("post_id"), _as_it_is),
    "author": (
        CommentRow.author_id
        == select(User.id).where(User.username_key == bindparam("author")).correlate(None).scalar_subquery(),
        casefold,
    ),
    "search": (CommentRow.body_key.like(bindparam("search"), escape=LIKE_ESCAPE), like_pattern),
    "created_after": (CommentRow.created_at >= bindparam("created_after", type_=UtcDateTime()), _as_it_is),
    "created_before": (CommentRow.created_at < bindparam("created_before", type_=UtcDateTime()), _as_it_is),
}
_place = (CommentRow.created_at, CommentRow.id)
_columns = (
    CommentRow.id,
    CommentRow.post_id,
    Post.title,
    Post.slug,
    Post.status,
    CommentRow.parent_id,
    CommentRow.depth,
    CommentRow.author_id,
    User.username,
    User.display_name,
    User.avatar,
    CommentRow.body,
    CommentRow.body_html,
    CommentRow.created_at,
    CommentRow.edited_at,
)


def list_moderated_comments(
    viewer: Identity, filters: CommentFilters, page_request: PageRequest | CursorRequest
) -> OffsetPage[ModeratedComment] | CursorPage[ModeratedComment]:
    """Return a page of the comments that `viewer` can delete as a moderator, newest first.

    For editors and admins these are all comments, for others those on their own posts; without deleted comments and
    without comments on posts in the trash. One statement with a cursor, two with a page number.
    """
    values = _bind_values(viewer, filters)
    names = frozenset(values)
    connection = read_connection()
    if isinstance(page_request, CursorRequest):
        # One row more than the page: its presence tells whether there is a next page.
        position = {"instant": page_request.timestamp, "id": page_request.id, "limit": page_request.size + 1}
        rows = connection.execute(_cursor_select(names), {**values, **position}).all()
        comments = [_comment(row) for row in rows[: page_request.size]]
        return CursorPage(comments, comments[-1].cursor if len(rows) > page_request.size else None)
    total = connection.execute(_count(names), values).scalar_one()
    bounds = {"limit": page_request.limit, "offset": page_request.offset}
    rows = connection.execute(_offset_select(names), {**values, **bounds}).all()
    return OffsetPage([_comment(row) for row in rows], total, page_request)


def _bind_values(viewer: Identity, filters: CommentFilters) -> dict[str, Any]:
    """Return the bind parameters of the filters that apply; their names are the key of the cached SELECTs."""
    values = {
        name: convert(value)
        for name, (_, convert) in _FILTERS.items()
        if (value := getattr(filters, name, None)) is not None
    }
    return values if can_read_all_posts(viewer) else {**values, "viewer_id": viewer.id}


def _matching(selected: Select[*tuple[Any, ...]], names: frozenset[str]) -> Select[Any]:
    shown = (Post.trashed_at.is_(None), CommentRow.deleted_at.is_(None))
    # An outer join, although every comment has a post: SQLite takes `trashed_at IS NULL` for selective, and with an
    # inner join would read all posts first and sort their comments.
    joined = selected.select_from(CommentRow).join(Post, Post.id == CommentRow.post_id, isouter=True)
    return joined.where(*shown, *(_FILTERS[name][0] for name in sorted(names)))


@cache
def _count(names: frozenset[str]) -> Select[Any]:
    return _matching(select(func.count()), names)


@cache
def _newest(names: frozenset[str]) -> Select[Any]:
    comments = _matching(select(*_columns), names).join(User, User.id == CommentRow.author_id, isouter=True)
    ordered = comments.order_by(*(column.desc() for column in _place))
    return ordered.limit(bindparam("limit", type_=Integer))


@cache
def _offset_select(names: frozenset[str]) -> Select[Any]:
    return _newest(names).offset(bindparam("offset", type_=Integer))


@cache
def _cursor_select(names: frozenset[str]) -> Select[Any]:
    # Keyset pagination: a row-value comparison, for which both databases use ix_comments_newest.
    position = tuple_(bindparam("instant", type_=UtcDateTime()), bindparam("id", type_=BigInteger()))
    return _newest(names).where(tuple_(*_place) < position)


def _comment(row: Any) -> ModeratedComment:
    return ModeratedComment(
        id=row.id,
        post=CommentPost(row.post_id, row.title, row.slug, row.status),
        parent_id=row.parent_id,
        depth=row.depth,
        author=make_author(row.author_id, row.username, row.display_name, row.avatar),
        body=row.body,
        body_html=row.body_html,
        created_at=row.created_at,
        edited_at=row.edited_at,
    )
