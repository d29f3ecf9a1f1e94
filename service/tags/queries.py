"""Selects of tags with the number of their published posts: a single tag, and the tag list with search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select

from service.contract.problems import NotFound
from service.core.database import read_connection
from service.core.etags import entity_tag
from service.core.pagination import OffsetPage, PageRequest
from service.core.read_models import select_read_model
from service.extensions import db
from service.models.casefolding import LIKE_ESCAPE, like_pattern
from service.models.posts import Post, PostStatus
from service.models.tags import PostTag
from service.models.tags import Tag as TagRow


@dataclass(slots=True)
class Tag:
    """A tag with the number of its published posts."""

    id: int
    name: str
    slug: str
    post_count: int
    created_at: datetime
    version: int

    @property
    def etag(self) -> str:
        """Return the entity tag of this version."""
        # The count is part of the response but not of the row: without it the ETag would survive the publication of a
        # post.
        return entity_tag(self.version, variant=f".{self.post_count}")


# Counts what a reader finds in the list of the tag: archived posts are in no list.
_post_count = (
    select(func.count())
    .select_from(PostTag)
    .join(Post, Post.id == PostTag.post_id)
    .where(PostTag.tag_id == TagRow.id, Post.status == PostStatus.PUBLISHED, Post.trashed_at.is_(None))
    .scalar_subquery()
)
_tags = select_read_model(Tag, TagRow, post_count=_post_count)
_one = _tags.where(TagRow.id == bindparam("tag_id"))


def list_tags(page: PageRequest, search: str | None = None) -> OffsetPage[Tag]:
    """Return a page of tags by name; `search` matches a part of the name, ignoring case. Two statements."""
    values: dict[str, Any] = {} if search is None else {"search": like_pattern(search)}
    connection = read_connection()
    total = connection.execute(_count(bool(values)), values).scalar_one()
    rows = connection.execute(_page(bool(values)), {**values, "limit": page.limit, "offset": page.offset})
    return OffsetPage([Tag(*row) for row in rows], total, page)


def get_tag(tag_id: int) -> Tag:
    """Return the tag; raise `NotFound` if there is none. One statement."""
    row = read_connection().execute(_one, {"tag_id": tag_id}).one_or_none()
    if row is None:
        raise NotFound
    return Tag(*row)


def reload_tag(tag_id: int) -> Tag:
    """Return the tag as the current session has flushed it."""
    return Tag(*db.session.execute(_one, {"tag_id": tag_id}).one())


def _matching(searched: bool) -> list[ColumnElement[bool]]:
    return [TagRow.name_key.like(bindparam("search"), escape=LIKE_ESCAPE)] if searched else []


@cache
def _count(searched: bool) -> Select[int]:
    return select(func.count()).select_from(TagRow).where(*_matching(searched))


@cache
def _page(searched: bool) -> Select[Any]:
    limit, offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
    tags = _tags.where(*_matching(searched)).order_by(TagRow.name_key, TagRow.id)
    return tags.limit(limit).offset(offset)
