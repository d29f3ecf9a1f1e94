"""Selects of comments: the thread of a post with both kinds of pagination, and single comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

import orjson
from sqlalchemy import BigInteger, Integer, bindparam, func, select, tuple_

from service.contract.problems import NotFound
from service.core.cursor_pagination import CursorPage, CursorRequest, encode_cursor
from service.core.database import read_connection
from service.core.etags import entity_tag
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.models.base import UtcDateTime
from service.models.comments import Comment as CommentRow
from service.models.posts import Post, PostStatus
from service.models.users import User
from service.posts.permissions import can_read_post
from service.posts.read_models import Author, make_author


@dataclass(slots=True)
class Comment:
    """A comment."""

    id: int
    post_id: UUID
    parent_id: int | None
    depth: int
    author: Author
    body: str
    body_html: str
    created_at: datetime
    edited_at: datetime | None
    etag: str


@dataclass(slots=True)
class ThreadComment:
    """A comment in the list of a post, with its cursor. A deleted one has no author and no text."""

    id: int
    post_id: UUID
    parent_id: int | None
    depth: int
    deleted: bool
    author: Author | None
    body: str | None
    body_html: str | None
    created_at: datetime
    edited_at: datetime | None
    cursor: str


class PostAccessRow(NamedTuple):
    """The columns of a post that decide who can read it."""

    author_id: int | None
    status: PostStatus
    trashed_at: datetime | None


_access_columns = select(Post.author_id, Post.status, Post.trashed_at).where(Post.id == bindparam("post_id"))
# A subquery of the access check, to save a statement. Soft-deleted comments count, because they are listed.
_total = select(func.count()).select_from(CommentRow).where(CommentRow.post_id == Post.id).scalar_subquery()
_access_columns_and_total = _access_columns.add_columns(_total.label("total"))
_columns = select(
    CommentRow.id,
    CommentRow.post_id,
    CommentRow.parent_id,
    CommentRow.depth,
    CommentRow.author_id,
    CommentRow.body,
    CommentRow.body_html,
    CommentRow.created_at,
    CommentRow.edited_at,
    CommentRow.deleted_at,
    User.username,
    User.display_name,
    User.avatar,
).join(User, User.id == CommentRow.author_id, isouter=True)
_place = (CommentRow.created_at, CommentRow.id)
_limit, _offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
_thread = _columns.where(CommentRow.post_id == bindparam("post_id")).order_by(*_place).limit(_limit)
_page = _thread.offset(_offset)
# Keyset pagination: a row-value comparison, for which both databases use ix_comments_thread.
_after = _thread.where(
    tuple_(*_place) > tuple_(bindparam("instant", type_=UtcDateTime()), bindparam("id", type_=BigInteger()))
)
_one = (
    _columns.add_columns(
        CommentRow.version,
        Post.author_id.label("post_author_id"),
        Post.status,
        Post.trashed_at,
    )
    .join(Post, Post.id == CommentRow.post_id)
    .where(CommentRow.id == bindparam("comment_id"), CommentRow.post_id == bindparam("post_id"))
)


def list_comments(
    viewer: Identity | None, post_id: UUID, page_request: PageRequest | CursorRequest
) -> OffsetPage[ThreadComment] | CursorPage[ThreadComment]:
    """Return a page of the comments on a post, oldest first. Two statements.

    A reply comes after its parent. Deleted comments are included while they have replies. Raise `NotFound` if there
    is no post that `viewer` can read.
    """
    connection, post = read_connection(), {"post_id": post_id}
    if isinstance(page_request, CursorRequest):
        _readable(viewer, connection.execute(_access_columns, post).one_or_none())
        # One row more than the page: its presence tells whether there is a next page.
        position = {"instant": page_request.timestamp, "id": page_request.id, "limit": page_request.size + 1}
        rows = connection.execute(_after, {**post, **position}).all()
        comments = [_listed(row) for row in rows[: page_request.size]]
        return CursorPage(comments, comments[-1].cursor if len(rows) > page_request.size else None)
    total = _readable(viewer, connection.execute(_access_columns_and_total, post).one_or_none()).total
    rows = connection.execute(
        _page, {**post, "limit": page_request.limit, "offset": page_request.offset}
    ).all()
    return OffsetPage([_listed(row) for row in rows], total, page_request)


def get_comment(viewer: Identity | None, post_id: UUID, comment_id: int) -> Comment:
    """Return the comment; raise `NotFound` if it is deleted or `viewer` cannot read the post. One statement."""
    row = read_connection().execute(_one, {"post_id": post_id, "comment_id": comment_id}).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFound
    _readable(viewer, PostAccessRow(row.post_author_id, row.status, row.trashed_at))
    return _comment(row, _author(row))


def comment_from_row(comment: CommentRow) -> Comment:
    """Return the comment from its row in the session; the author must be loaded."""
    user = comment.author
    names = (user.id, user.username, user.display_name, user.avatar) if user else (None, None, None, None)
    return _comment(comment, make_author(*names))


def _readable(viewer: Identity | None, post: Any) -> Any:
    if post is None or not can_read_post(viewer, post):
        raise NotFound
    return post


def _author(row: Any) -> Author:
    return make_author(row.author_id, row.username, row.display_name, row.avatar)


def _comment(row: Any, author: Author) -> Comment:
    # The author is part of the response but not of the row: the ETag must change when names or avatar do.
    shown = crc32(orjson.dumps(tuple(author)))
    return Comment(
        id=row.id,
        post_id=row.post_id,
        parent_id=row.parent_id,
        depth=row.depth,
        author=author,
        body=row.body,
        body_html=row.body_html,
        created_at=row.created_at,
        edited_at=row.edited_at,
        etag=entity_tag(row.version, variant=f".{shown:08x}"),
    )


def _listed(row: Any) -> ThreadComment:
    deleted = row.deleted_at is not None
    return ThreadComment(
        id=row.id,
        post_id=row.post_id,
        parent_id=row.parent_id,
        depth=row.depth,
        deleted=deleted,
        author=None if deleted else _author(row),
        body=None if deleted else row.body,
        body_html=None if deleted else row.body_html,
        created_at=row.created_at,
        edited_at=row.edited_at,
        cursor=encode_cursor(row.created_at, row.id),
    )
