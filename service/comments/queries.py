"""What has been said under a post, and to whom does it show?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from sqlalchemy import BigInteger, Integer, bindparam, func, select, tuple_

from service.contract.problems import NotFound
from service.core.builds import entity_tag
from service.core.cursors import After, Stretch, write_cursor
from service.core.database import read_connection
from service.core.identity import Identity
from service.core.paging import Page, Slice
from service.models.base import UtcDateTime
from service.models.comments import Comment as CommentRow
from service.models.posts import Post, PostStatus
from service.models.users import User
from service.posts.permissions import may_read
from service.posts.read_models import Author, make_author


@dataclass(slots=True)
class Comment:
    """A comment, whole."""

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
    """A comment as the list shows it, and where in the list it stands; of a deleted one only the place is left."""

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


class Guards(NamedTuple):
    """What of a post decides who may read it."""

    author_id: int | None
    status: PostStatus
    trashed_at: datetime | None


_guards = select(Post.author_id, Post.status, Post.trashed_at).where(Post.id == bindparam("post_id"))
_total = select(func.count()).select_from(CommentRow).where(CommentRow.post_id == Post.id).scalar_subquery()
_guards_and_total = _guards.add_columns(_total.label("total"))
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
).join(User, User.id == CommentRow.author_id, isouter=True)
_place = (CommentRow.created_at, CommentRow.id)
_limit, _offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
_thread = _columns.where(CommentRow.post_id == bindparam("post_id")).order_by(*_place).limit(_limit)
_page = _thread.offset(_offset)
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
    viewer: Identity | None, post_id: UUID, part: Page | After
) -> Slice[ThreadComment] | Stretch[ThreadComment]:
    """Return a part of what was said under a post, oldest first. Two statements.

    Every answer comes after what it answers. A deleted comment is among them while there are answers to it. Raise
    `NotFound` if there is no post that `viewer` may read.
    """
    connection, post = read_connection(), {"post_id": post_id}
    if isinstance(part, After):
        _readable(viewer, connection.execute(_guards, post).one_or_none())
        # One more than is sent tells whether there is a next part.
        place = {"instant": part.instant, "id": part.id, "limit": part.size + 1}
        rows = connection.execute(_after, {**post, **place}).all()
        found = [_listed(row) for row in rows[: part.size]]
        return Stretch(found, found[-1].cursor if len(rows) > part.size else None)
    total = _readable(viewer, connection.execute(_guards_and_total, post).one_or_none()).total
    rows = connection.execute(_page, {**post, "limit": part.limit, "offset": part.offset}).all()
    return Slice([_listed(row) for row in rows], total, part)


def get_comment(viewer: Identity | None, post_id: UUID, comment_id: int) -> Comment:
    """Return the comment; raise `NotFound` if it is deleted, or under no post that `viewer` may read. One statement."""
    row = read_connection().execute(_one, {"post_id": post_id, "comment_id": comment_id}).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFound
    _readable(viewer, Guards(row.post_author_id, row.status, row.trashed_at))
    return _comment(row, _author(row))


def written_comment(comment: CommentRow) -> Comment:
    """Return a comment as the session has it; its author is loaded."""
    user = comment.author
    author = make_author(user.id, user.username, user.display_name) if user else make_author(None, None, None)
    return _comment(comment, author)


def _readable(viewer: Identity | None, post: Any) -> Any:
    if post is None or not may_read(viewer, post):
        raise NotFound
    return post


def _author(row: Any) -> Author:
    return make_author(row.author_id, row.username, row.display_name)


def _comment(row: Any, author: Author) -> Comment:
    # The author's names are shown too: renamed, the comment is another version.
    names = crc32(f"{author.id}\0{author.username}\0{author.display_name}".encode())
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
        etag=entity_tag(row.version, audience=f".{names:08x}"),
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
        cursor=write_cursor(row.created_at, row.id),
    )
