"""Selects of tags with the number of their published posts: a single tag, and the tag list with search.

A tag is public as soon as one post that everybody can read has it. Its name may tell what a draft is about: until then
it exists only for editors and for the authors of its posts. Authors also choose from tags that no post has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select

from service.contract.problems import NotFound
from service.core.database import read_connection
from service.core.etags import entity_tag
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.core.permissions import can_edit_all_posts, can_write_posts
from service.core.read_models import select_read_model
from service.extensions import db
from service.models.casefolding import LIKE_ESCAPE, like_pattern
from service.models.posts import PUBLIC_STATUSES, Post, PostStatus
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
_is_public = (
    select(PostTag.post_id)
    .join(Post, Post.id == PostTag.post_id)
    .where(PostTag.tag_id == TagRow.id, Post.status.in_(PUBLIC_STATUSES), Post.trashed_at.is_(None))
    .exists()
)
_is_unused = ~select(PostTag.post_id).where(PostTag.tag_id == TagRow.id).exists()
_is_own = (
    select(PostTag.post_id)
    .join(Post, Post.id == PostTag.post_id)
    .where(PostTag.tag_id == TagRow.id, Post.author_id == bindparam("viewer_id"))
    .exists()
)


class _Visible(Enum):
    """The tags that a viewer can see."""

    PUBLIC = "public"
    OWN = "public ones, unused ones and those of one's own posts"
    ALL = "all"


_CONDITIONS: dict[_Visible, list[ColumnElement[bool]]] = {
    _Visible.PUBLIC: [_is_public],
    _Visible.OWN: [or_(_is_public, _is_unused, _is_own)],
    _Visible.ALL: [],
}
_one = _tags.where(TagRow.id == bindparam("tag_id"))


def list_tags(viewer: Identity | None, page: PageRequest, search: str | None = None) -> OffsetPage[Tag]:
    """Return a page of the tags that `viewer` can see, by name. Two statements.

    `search` matches a part of the name, ignoring case.
    """
    visible, values = _visible_to(viewer)
    which = (search is not None, visible)
    if search is not None:
        values["search"] = like_pattern(search)
    connection = read_connection()
    total = connection.execute(_count(*which), values).scalar_one()
    rows = connection.execute(_page(*which), {**values, "limit": page.limit, "offset": page.offset})
    return OffsetPage([Tag(*row) for row in rows], total, page)


def get_tag(viewer: Identity | None, tag_id: int) -> Tag:
    """Return the tag; raise `NotFound` if there is none that `viewer` can see. One statement."""
    visible, values = _visible_to(viewer)
    row = read_connection().execute(_one_visible(visible), {**values, "tag_id": tag_id}).one_or_none()
    if row is None:
        raise NotFound
    return Tag(*row)


def reload_tag(tag_id: int) -> Tag:
    """Return the tag as the current session has flushed it."""
    return Tag(*db.session.execute(_one, {"tag_id": tag_id}).one())


def _visible_to(viewer: Identity | None) -> tuple[_Visible, dict[str, Any]]:
    """Return which tags `viewer` can see, and the values of the conditions for it."""
    if viewer is None or not can_write_posts(viewer):
        return _Visible.PUBLIC, {}
    if can_edit_all_posts(viewer):
        return _Visible.ALL, {}
    return _Visible.OWN, {"viewer_id": viewer.id}


@cache
def _one_visible(visible: _Visible) -> Select[Any]:
    return _one.where(*_CONDITIONS[visible])


def _matching(searched: bool, visible: _Visible) -> list[ColumnElement[bool]]:
    conditions = list(_CONDITIONS[visible])
    if searched:
        conditions.append(TagRow.name_key.like(bindparam("search"), escape=LIKE_ESCAPE))
    return conditions


@cache
def _count(searched: bool, visible: _Visible) -> Select[int]:
    return select(func.count()).select_from(TagRow).where(*_matching(searched, visible))


@cache
def _page(searched: bool, visible: _Visible) -> Select[Any]:
    limit, offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
    tags = _tags.where(*_matching(searched, visible)).order_by(TagRow.name_key, TagRow.id)
    return tags.limit(limit).offset(offset)
