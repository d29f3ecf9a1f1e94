"""Selects of the dashboard: one aggregate statement for each kind of statistics, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Label, Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from service.core.database import read_connection
from service.core.etags import BUILD_ID
from service.core.identity import Identity
from service.models.base import UtcDateTime, utcnow
from service.models.comments import Comment
from service.models.posts import PUBLIC_STATUSES, Post, PostStatus
from service.models.tags import PostTag, Tag
from service.posts.permissions import can_read_all_posts

# The result of a select whose columns are generated, so that their types cannot be listed.
Rows = Select[*tuple[Any, ...]]

MONTHS = 12
TOP_TAGS = 10
TOP_POSTS = 5


class PostCounts(NamedTuple):
    """Number of posts by status; a post in the trash counts only as `trashed`."""

    draft: int
    scheduled: int
    published: int
    archived: int
    trashed: int


class MonthCounts(NamedTuple):
    """Number of new posts and comments in a month (UTC), such as `2026-11`."""

    month: str
    posts: int
    comments: int


class TagCount(NamedTuple):
    """A tag with the number of its posts."""

    id: int
    name: str
    slug: str
    post_count: int


class CommentedPost(NamedTuple):
    """A post with the number of its comments."""

    id: UUID
    title: str
    slug: str
    comment_count: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The statistics of the viewer's posts, or of all posts if `everyones`."""

    everyones: bool
    posts: PostCounts
    comments: int
    months: Sequence[MonthCounts]
    top_tags: Sequence[TagCount]
    most_commented: Sequence[CommentedPost]
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the ETag from a digest of the content: no row has a version that changes with all of it."""
        content = (self.everyones, self.posts, self.comments, self.months, self.top_tags, self.most_commented)
        digest = blake2b(repr(content).encode(), digest_size=8).hexdigest()
        object.__setattr__(self, "etag", f'"{digest}-{BUILD_ID}"')


def get_dashboard(viewer: Identity) -> Dashboard:
    """Return the statistics of the posts of `viewer`, for editors of all posts. Four statements.

    The months are the last twelve in UTC, oldest first and without gaps; posts count by `published_at`, comments by
    `created_at`. Posts in the trash count only as `trashed`, deleted comments not at all.
    """
    everyones, starts = can_read_all_posts(viewer), month_starts(utcnow())
    values: dict[str, Any] = {f"start_{number}": start for number, start in enumerate(starts)}
    owner = {} if everyones else {"author_id": viewer.id}
    connection = read_connection()
    posts = connection.execute(_posts(everyones), {**values, **owner}).one()
    comments = connection.execute(_comments(everyones), {**values, **owner}).one()
    # `starts` has one bound more than there are months; the counts by month follow the totals.
    months = zip(starts, posts[len(PostCounts._fields) :], comments[1:], strict=False)
    return Dashboard(
        everyones=everyones,
        posts=PostCounts(*posts[: len(PostCounts._fields)]),
        comments=comments[0],
        months=[MonthCounts(f"{start:%Y-%m}", *counts) for start, *counts in months],
        top_tags=[TagCount(*row) for row in connection.execute(_top_tags(everyones), owner)],
        most_commented=[CommentedPost(*row) for row in connection.execute(_most_commented(everyones), owner)],
    )


def month_starts(now: datetime) -> list[datetime]:
    """Return the starts of the last twelve months in UTC, the current one included, and of the next month."""
    this = now.year * 12 + now.month - 1
    return [
        datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in range(this - MONTHS + 1, this + 2)
    ]


def _whose(everyones: bool) -> list[ColumnElement[bool]]:
    return [] if everyones else [Post.author_id == bindparam("author_id")]


def _kept(everyones: bool) -> list[ColumnElement[bool]]:
    return [Post.trashed_at.is_(None), *_whose(everyones)]


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _by_month(column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> Iterable[Label[int]]:
    """Yield a count for each month.

    The bounds are parameters: the date functions of the databases differ and depend on the session's time zone.
    """
    # One filtered count for each month: GROUP BY would omit months without rows, and need the date functions.
    starts = [bindparam(f"start_{number}", type_=UtcDateTime()) for number in range(MONTHS + 1)]
    for number in range(MONTHS):
        within = (column >= starts[number]) & (column < starts[number + 1])
        for condition in conditions:
            within &= condition
        yield _counted(within).label(f"month_{number}")


@cache
def _posts(everyones: bool) -> Rows:
    listed = Post.trashed_at.is_(None)
    # All counts of posts in one pass over the table.
    by_status = (_counted((Post.status == status) & listed).label(status) for status in PostStatus)
    trashed = _counted(Post.trashed_at.is_not(None)).label("trashed")
    months = _by_month(Post.published_at, listed, Post.status.in_(PUBLIC_STATUSES))
    return select(*by_status, trashed, *months).select_from(Post).where(*_whose(everyones))


@cache
def _comments(everyones: bool) -> Rows:
    return (
        select(func.count().label("total"), *_by_month(Comment.created_at))
        .select_from(Comment)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.deleted_at.is_(None), *_kept(everyones))
    )


@cache
def _top_tags(everyones: bool) -> Rows:
    count = func.count().label("post_count")
    return (
        select(Tag.id, Tag.name, Tag.slug, count)
        .join(PostTag, PostTag.tag_id == Tag.id)
        .join(Post, Post.id == PostTag.post_id)
        .where(*_kept(everyones))
        .group_by(Tag.id)
        .order_by(count.desc(), Tag.name_key)
        .limit(TOP_TAGS)
    )


@cache
def _most_commented(everyones: bool) -> Rows:
    count = func.count().label("comment_count")
    return (
        select(Post.id, Post.title, Post.slug, count)
        .join(Comment, Comment.post_id == Post.id)
        .where(Comment.deleted_at.is_(None), *_kept(everyones))
        .group_by(Post.id)
        .order_by(count.desc(), Post.listed_at.desc(), Post.id)
        .limit(TOP_POSTS)
    )
