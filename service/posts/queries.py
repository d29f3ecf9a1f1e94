"""What does one post show, to whom, and where has it been before?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, extract, func, select

from service.contract.problems import NotFound
from service.core.builds import entity_tag
from service.core.database import read_connection
from service.core.identity import Identity
from service.extensions import db
from service.models.posts import Post as PostRow
from service.models.posts import PostSlug, PostStatus, Redirect
from service.models.users import User
from service.posts.permissions import may_read

FORMER_AUTHOR = "Former author"


class Author(NamedTuple):
    """Who wrote a post; without id and username when the account is gone."""

    id: int | None
    username: str | None
    display_name: str


@dataclass(slots=True)
class Post:
    """A post, whole."""

    id: UUID
    title: str
    slug: str
    body: str
    body_html: str
    excerpt: str
    word_count: int
    reading_minutes: int
    contents: list[dict[str, Any]]
    tags: list[dict[str, Any]]
    author: Author
    canonical_url: str | None
    seo_title: str
    seo_description: str
    status: PostStatus
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class PostKey:
    """What others need of a post that may be read: where it is, in which state, and whose it is."""

    id: UUID
    slug: str
    status: PostStatus
    author_id: int | None


class Month(NamedTuple):
    """A month, `2026-11`, and how many posts were published in it."""

    month: str
    post_count: int


class PathRedirect(NamedTuple):
    """The post that a path of an earlier site stands for."""

    path: str
    post_id: UUID
    slug: str


_guards = (PostRow.author_id, PostRow.status, PostRow.trashed_at)
_whole = select(
    PostRow.id,
    PostRow.title,
    PostRow.slug,
    PostRow.body,
    PostRow.body_html,
    PostRow.excerpt,
    PostRow.word_count,
    PostRow.reading_minutes,
    PostRow.contents,
    PostRow.tag_list,
    PostRow.canonical_url,
    PostRow.seo_title,
    PostRow.seo_description,
    PostRow.published_at,
    PostRow.created_at,
    PostRow.updated_at,
    PostRow.version,
    *_guards,
    User.username,
    User.display_name,
).join(User, User.id == PostRow.author_id, isouter=True)
_by_id = _whole.where(PostRow.id == bindparam("post_id"))
_by_slug = _whole.where(PostRow.slug == bindparam("slug"))

_tag_by_id = select(PostRow.version, *_guards).where(PostRow.id == bindparam("post_id"))
_tag_by_slug = select(PostRow.version, *_guards).where(PostRow.slug == bindparam("slug"))

_key = select(PostRow.id, PostRow.slug, *_guards)
_key_by_old_slug = _key.join(PostSlug, PostSlug.post_id == PostRow.id).where(
    PostSlug.slug == bindparam("slug")
)
_key_by_path = _key.join(Redirect, Redirect.post_id == PostRow.id).where(Redirect.path == bindparam("path"))

_year, _month = extract("year", PostRow.published_at), extract("month", PostRow.published_at)
_months = (
    select(_year.label("year"), _month.label("month"), func.count().label("post_count"))
    .where(PostRow.status == PostStatus.PUBLISHED, PostRow.trashed_at.is_(None))
    .group_by(_year, _month)
    .order_by(_year.desc(), _month.desc())
)


def get_post(viewer: Identity | None, post_id: UUID) -> Post:
    """Return the post; raise `NotFound` if there is none that `viewer` may read. One statement."""
    return _post(_readable(viewer, read_connection().execute(_by_id, {"post_id": post_id}).one_or_none()))


def current_tag(viewer: Identity | None, **key: UUID | str) -> str | None:
    """Return the entity tag of the post with this `post_id` or `slug`; None if `viewer` may read none. One statement.

    Reads one row by its index, and of that no text: it is what a 304 costs.
    """
    statement = _tag_by_id if "post_id" in key else _tag_by_slug
    row = read_connection().execute(statement, key).one_or_none()
    return entity_tag(row.version) if row is not None and may_read(viewer, row) else None


def get_post_by_slug(viewer: Identity | None, slug: str) -> Post | PostKey:
    """Return the post at this slug, or of one that has moved away from it where it is now.

    Raise `NotFound` if there is none that `viewer` may read. One statement; two where nothing is at the slug.
    """
    connection = read_connection()
    row = connection.execute(_by_slug, {"slug": slug}).one_or_none()
    if row is not None:
        return _post(_readable(viewer, row))
    return _post_key(_readable(viewer, connection.execute(_key_by_old_slug, {"slug": slug}).one_or_none()))


def look_up_redirect(viewer: Identity | None, path: str) -> PathRedirect:
    """Return the post that `path` of an earlier site stands for, with or without a slash at its end.

    Raise `NotFound` if there is none that `viewer` may read. One statement.
    """
    row = read_connection().execute(_key_by_path, {"path": path.rstrip("/") or "/"}).one_or_none()
    post = _readable(viewer, row)
    return PathRedirect(path, post.id, post.slug)


def months_of_posts() -> Sequence[Month]:
    """Return how many posts were published in each month (UTC) that has any, newest first. One statement."""
    rows = read_connection().execute(_months)
    return [Month(f"{int(row.year):04}-{int(row.month):02}", row.post_count) for row in rows]


def written_post(post_id: UUID) -> Post:
    """Return a post as the session of this request has written it. One statement."""
    return _post(db.session.execute(_by_id, {"post_id": post_id}).one())


def author_of(row: Any) -> Author:
    """Return the author of a row with `author_id`, `username` and `display_name`."""
    return author_named(row.author_id, row.username, row.display_name)


def author_named(author_id: int | None, username: str | None, display_name: str | None) -> Author:
    """Return the author of these columns, which are None where the account is gone."""
    if author_id is None or display_name is None:
        return Author(None, None, FORMER_AUTHOR)
    return Author(author_id, username, display_name)


def _readable(viewer: Identity | None, row: Any) -> Any:
    if row is None or not may_read(viewer, row):
        raise NotFound
    return row


def _post_key(row: Any) -> PostKey:
    return PostKey(row.id, row.slug, row.status, row.author_id)


def _post(row: Any) -> Post:
    return Post(
        id=row.id,
        title=row.title,
        slug=row.slug,
        body=row.body,
        body_html=row.body_html,
        excerpt=row.excerpt,
        word_count=row.word_count,
        reading_minutes=row.reading_minutes,
        contents=row.contents,
        tags=row.tag_list,
        author=author_of(row),
        canonical_url=row.canonical_url,
        seo_title=row.seo_title or row.title,
        seo_description=row.seo_description or row.excerpt,
        status=row.status,
        published_at=row.published_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        etag=entity_tag(row.version),
    )
