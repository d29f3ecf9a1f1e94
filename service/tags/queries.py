"""Which tags are there, and how many published posts carry each?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select

from service.contract.problems import NotFound
from service.core.builds import entity_tag
from service.core.database import read_connection
from service.core.paging import Page, Slice
from service.core.read_models import select_read_model
from service.extensions import db
from service.models.folding import LIKE_ESCAPE, containing
from service.models.posts import Post, PostStatus
from service.models.tags import PostTag
from service.models.tags import Tag as TagRow


@dataclass(slots=True)
class Tag:
    """A tag, and how many posts a reader finds under it."""

    id: int
    name: str
    slug: str
    post_count: int
    created_at: datetime
    version: int

    @property
    def etag(self) -> str:
        """Return the entity tag of this version; with the same name and another count it is another one."""
        return entity_tag(self.version, audience=f".{self.post_count}")


# Archived posts have left the lists, so that they do not count.
_post_count = (
    select(func.count())
    .select_from(PostTag)
    .join(Post, Post.id == PostTag.post_id)
    .where(PostTag.tag_id == TagRow.id, Post.status == PostStatus.PUBLISHED, Post.trashed_at.is_(None))
    .scalar_subquery()
)
_tags = select_read_model(Tag, TagRow, post_count=_post_count)
_one = _tags.where(TagRow.id == bindparam("tag_id"))


def list_tags(page: Page, search: str | None = None) -> Slice[Tag]:
    """Return tags by name, of those whose name contains `search`, whatever its case. Two statements."""
    values: dict[str, Any] = {} if search is None else {"search": containing(search)}
    connection = read_connection()
    total = connection.execute(_count(bool(values)), values).scalar_one()
    rows = connection.execute(_page(bool(values)), {**values, "limit": page.limit, "offset": page.offset})
    return Slice([Tag(*row) for row in rows], total, page)


def get_tag(tag_id: int) -> Tag:
    """Return the tag; raise `NotFound` if there is none. One statement."""
    row = read_connection().execute(_one, {"tag_id": tag_id}).one_or_none()
    if row is None:
        raise NotFound
    return Tag(*row)


def written_tag(tag_id: int) -> Tag:
    """Return a tag as the session of this request has written it."""
    return Tag(*db.session.execute(_one, {"tag_id": tag_id}).one())


def _matching(searched: bool) -> list[ColumnElement[bool]]:
    return [TagRow.name_key.like(bindparam("search"), escape=LIKE_ESCAPE)] if searched else []


@cache
def _count(searched: bool) -> Select[int]:
    return select(func.count()).select_from(TagRow).where(*_matching(searched))


@cache
def _page(searched: bool) -> Select[Any]:
    limit, offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
    found = _tags.where(*_matching(searched)).order_by(TagRow.name_key, TagRow.id)
    return found.limit(limit).offset(offset)
