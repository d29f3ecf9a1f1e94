"""Reads single posts by id or slug, their ETags, redirects and the monthly archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, bindparam, extract, func, select

from service.config import settings
from service.contract.problems import NotFound
from service.core.database import read_connection
from service.core.identity import Identity
from service.extensions import db
from service.models.posts import Post as PostRow
from service.models.posts import PostSlug, PostStatus, Redirect
from service.posts.permissions import can_read_post
from service.posts.read_models import Post, select_posts, version_etag


@dataclass(frozen=True, slots=True)
class PostReference:
    """The current slug of a post, for a redirect, with the columns that permissions depend on."""

    id: UUID
    slug: str
    status: PostStatus
    author_id: int | None


class Month(NamedTuple):
    """A month, such as `2026-11`, with the instant at which it begins and the number of its published posts."""

    month: str
    starts_at: datetime
    post_count: int


class PathRedirect(NamedTuple):
    """A URL path of a previous site, with the id and slug of its post."""

    path: str
    post_id: UUID
    slug: str


# Selected by every statement below: no row may be used before `can_read_post` has checked these columns.
_access_columns = (PostRow.author_id, PostRow.status, PostRow.trashed_at)
_post_columns = select_posts(Post)
_by_id = _post_columns.where(PostRow.id == bindparam("post_id"))
_by_slug = _post_columns.where(PostRow.slug == bindparam("slug"))

_etag_columns = select(PostRow.version, PostRow.images_version, *_access_columns)
_etag_by_id = _etag_columns.where(PostRow.id == bindparam("post_id"))
_etag_by_slug = _etag_columns.where(PostRow.slug == bindparam("slug"))

_key = select(PostRow.id, PostRow.slug, *_access_columns)
_key_by_old_slug = _key.join(PostSlug, PostSlug.post_id == PostRow.id).where(
    PostSlug.slug == bindparam("slug")
)
_key_by_path = _key.join(Redirect, Redirect.post_id == PostRow.id).where(Redirect.path == bindparam("path"))

# PostgreSQL's own function; core.database gives it to SQLite.
_published = (
    select(func.timezone(bindparam("zone"), PostRow.published_at, type_=DateTime).label("at"))
    .where(PostRow.status == PostStatus.PUBLISHED, PostRow.trashed_at.is_(None))
    .subquery()
)
_year, _month = extract("year", _published.c.at), extract("month", _published.c.at)
_months = (
    select(_year.label("year"), _month.label("month"), func.count().label("post_count"))
    .group_by(_year, _month)
    .order_by(_year.desc(), _month.desc())
)


def get_post(viewer: Identity | None, post_id: UUID) -> Post:
    """Return the post; raise `NotFound` if there is none that `viewer` can read. One statement."""
    return _post(viewer, read_connection().execute(_by_id, {"post_id": post_id}).one_or_none())


def current_etag(viewer: Identity | None, **key: UUID | str) -> str | None:
    """Return the ETag of the post with this `post_id` or `slug`; None if `viewer` can read none. One statement.

    It selects no text columns: a 304 response costs one index look-up.
    """
    statement = _etag_by_id if "post_id" in key else _etag_by_slug
    row = read_connection().execute(statement, key).one_or_none()
    if row is None or not can_read_post(viewer, row):
        return None
    return version_etag(row.version, row.images_version)


def get_post_by_slug(viewer: Identity | None, slug: str) -> Post | PostReference:
    """Return the post with this slug, or the current slug of the post that had it before.

    Raise `NotFound` if there is none that `viewer` can read. One statement; two if no post has the slug now.
    """
    connection = read_connection()
    row = connection.execute(_by_slug, {"slug": slug}).one_or_none()
    if row is not None:
        return _post(viewer, row)
    # Only after the current slugs: the post that has the slug now takes precedence over a redirect.
    return _post_key(
        _require_readable(viewer, connection.execute(_key_by_old_slug, {"slug": slug}).one_or_none())
    )


def look_up_redirect(viewer: Identity | None, path: str) -> PathRedirect:
    """Return the post for a URL path of a previous site, with or without a trailing slash.

    Raise `NotFound` if there is none that `viewer` can read. One statement.
    """
    # Paths are stored without a trailing slash.
    row = read_connection().execute(_key_by_path, {"path": path.rstrip("/") or "/"}).one_or_none()
    post = _require_readable(viewer, row)
    return PathRedirect(path, post.id, post.slug)


def count_posts_by_month() -> Sequence[Month]:
    """Return the months, in the site's time zone, with their number of published posts, newest first. One statement."""
    rows = read_connection().execute(_months, {"zone": settings().site_time_zone})
    return [
        Month(f"{int(year):04}-{int(month):02}", _start_of_month(int(year), int(month)), post_count)
        for year, month, post_count in rows
    ]


def _start_of_month(year: int, month: int) -> datetime:
    try:
        return datetime(year, month, 1, tzinfo=settings().site_zone).astimezone(UTC)
    except OverflowError:
        # East of Greenwich the first month begins before the first instant that there is.
        return datetime.min.replace(tzinfo=UTC)


def reload_post(post_id: UUID) -> Post:
    """Return a post as the current session has flushed it. One statement."""
    return Post(*db.session.execute(_by_id, {"post_id": post_id}).one())


def _require_readable(viewer: Identity | None, row: Any) -> Any:
    if row is None or not can_read_post(viewer, row):
        raise NotFound
    return row


def _post(viewer: Identity | None, row: Any) -> Post:
    return Post(*_require_readable(viewer, row))


def _post_key(row: Any) -> PostReference:
    return PostReference(row.id, row.slug, row.status, row.author_id)
