"""Read models of posts: the fields of a post in lists, alone and in the trash, and the SELECT of each.

Each field is the column of `posts` with its name, or an expression in `_EXPRESSIONS`; a value derived from other
fields is a property. The SELECT and the objects made from its rows both come from the fields, so that a field is
written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func

from service.core.cursor_pagination import encode_cursor
from service.core.etags import entity_tag
from service.core.read_models import select_read_model
from service.models.posts import Post as PostRow
from service.models.posts import PostStatus, PublicationFailure
from service.models.users import User

FORMER_AUTHOR = "Former author"


class Author(NamedTuple):
    """The author of a post; without id and username if the account was deleted."""

    id: int | None
    username: str | None
    display_name: str
    avatar: dict[str, Any] | None = None


@dataclass(slots=True)
class PostBase:
    """Fields that all read models of posts have."""

    id: UUID
    title: str
    slug: str
    excerpt: str
    status: PostStatus
    created_at: datetime
    updated_at: datetime
    author_id: int | None
    author_username: str | None
    author_display_name: str | None
    author_avatar: dict[str, Any] | None

    @property
    def author(self) -> Author:
        """Return the author of the post."""
        return make_author(self.author_id, self.author_username, self.author_display_name, self.author_avatar)


@dataclass(slots=True)
class TrashedPost(PostBase):
    """A post in the trash."""

    trashed_at: datetime


@dataclass(slots=True)
class PostOverview(PostBase):
    """Fields that lists and single posts have in common."""

    word_count: int
    reading_minutes: int
    tags: list[dict[str, Any]]
    cover: dict[str, Any] | None
    card: dict[str, Any] | None
    canonical_url: str | None
    seo_title: str
    seo_description: str
    published_at: datetime | None
    scheduled_at: datetime | None
    publication_failure: PublicationFailure | None


@dataclass(slots=True)
class PostSummary(PostOverview):
    """A post in a list; `sorted_by` is the column that the list is sorted by, which the list adds to the SELECT."""

    sorted_by: datetime

    @property
    def cursor(self) -> str:
        """Return the position in the list, for the `after` parameter."""
        return encode_cursor(self.sorted_by, self.id.int)


@dataclass(slots=True)
class Post(PostOverview):
    """A single post; `trashed_at` decides with `status` and `author_id` who may read it."""

    body: str
    body_html: str
    contents: list[dict[str, Any]]
    images: list[dict[str, Any]]
    cover_alt_text: str | None
    cover_caption: str | None
    trashed_at: datetime | None
    version: int
    images_version: int

    @property
    def etag(self) -> str:
        """Return the entity tag of this version with its images."""
        return version_etag(self.version, self.images_version)


# The fields that are not the column of `posts` with the same name.
_EXPRESSIONS: dict[str, ColumnElement[Any]] = {
    "author_username": User.username.expression,
    "author_display_name": User.display_name.expression,
    "author_avatar": User.avatar.expression,
    "tags": PostRow.tag_list.expression,
    "seo_title": func.coalesce(PostRow.seo_title, PostRow.title),
    "seo_description": func.coalesce(PostRow.seo_description, PostRow.excerpt),
}


def select_posts(read_model: type[PostBase], **expressions: ColumnElement[Any]) -> Select[Any]:
    """Return the SELECT of all posts as `read_model`, deleted authors included; `expressions` are further fields."""
    columns = select_read_model(read_model, PostRow, **_EXPRESSIONS, **expressions)
    return columns.join(User, User.id == PostRow.author_id, isouter=True)


def version_etag(version: int, images_version: int) -> str:
    """Return the entity tag of a post; `If-Match` compares it without `images_version`."""
    return entity_tag(version, variant=f".{images_version}")


def make_author(
    author_id: int | None, username: str | None, display_name: str | None, avatar: dict[str, Any] | None
) -> Author:
    """Return the author from these columns, which are None if the account was deleted."""
    if author_id is None or display_name is None:
        return Author(None, None, FORMER_AUTHOR)
    return Author(author_id, username, display_name, avatar)
