"""Assignment of tags to posts: get-or-create by name, post_tags rows, and the denormalized `tag_list` of posts.

Row locks are taken in one order everywhere: tags by id, then posts by id. A transaction that writes a post locks its
tags FOR SHARE until it commits. A transaction that renames, merges or deletes a tag locks it FOR UPDATE, so that it
waits for such a post and then finds it. On SQLite there are no row locks: it has one writer at a time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.contract.problems import ServiceUnavailable
from service.core.database_errors import violated_constraint
from service.core.events import emit
from service.core.slugs import slugify, unique_slug
from service.extensions import db
from service.models.casefolding import casefold
from service.models.posts import Post
from service.models.tags import TAG_SLUG_MAX, PostTag, Tag

# An attempt fails when another transaction creates or deletes one of the same tags in between.
MAX_ATTEMPTS = 5
CHUNK_SIZE = 1_000  # ids in one statement: below the parameter limits of both drivers

_SPACES = re.compile(" +")
_UNIQUE = frozenset({"uq_tags_name_key", "uq_tags_slug"})
_show_tags = (
    update(Post.__table__)  # type: ignore[arg-type]  # of the declarative base it is a FromClause
    .where(Post.__table__.c.id == bindparam("post"))
    .values(tag_list=bindparam("tags"), version=Post.__table__.c.version + 1)
)


@dataclass(frozen=True, slots=True)
class LockedTag:
    """A tag whose row is locked until the transaction ends."""

    id: int
    name: str
    slug: str


def normalize_tag_name(name: str) -> str:
    """Return a tag name as it is stored: trimmed, with runs of spaces collapsed to one."""
    return _SPACES.sub(" ", name.strip(" "))


def unique_tag_slug(name: str) -> str:
    """Return a slug for a tag with this name that is not in use at the moment."""
    return unique_slug(slugify(name, TAG_SLUG_MAX, fallback="tag"), _is_taken, TAG_SLUG_MAX)


def get_or_create_tags(names: Iterable[str]) -> list[LockedTag]:
    """Return the tags with these names, in their order and without duplicates; create those that do not exist.

    Names are compared ignoring case. The tags are locked until the transaction ends. One SQL statement if all of them
    exist. Raise `ServiceUnavailable` if other transactions keep creating and deleting the same tags.
    """
    names_by_key: dict[str, str] = {}
    for name in map(normalize_tag_name, names):
        names_by_key.setdefault(casefold(name), name)
    for _ in range(MAX_ATTEMPTS if names_by_key else 0):
        locked = _lock_tags(names_by_key)
        missing = names_by_key.keys() - locked.keys()
        if not missing:
            return [locked[key] for key in names_by_key]
        # Inserted in the order of their keys: two transactions that create the same tags must not deadlock.
        for key in sorted(missing):
            _insert_tag(names_by_key[key], key)
    if names_by_key:
        raise ServiceUnavailable
    return []


def set_post_tags(post_id: UUID, tags: Sequence[LockedTag]) -> None:
    """Replace the tags of a post, in this order. The caller sets the post's `tag_list`."""
    db.session.execute(delete(PostTag).where(PostTag.post_id == post_id))
    if tags:
        rows = [
            {"post_id": post_id, "tag_id": tag.id, "position": position} for position, tag in enumerate(tags)
        ]
        db.session.execute(insert(PostTag), rows)


def lock_tagged_posts(*tag_ids: int) -> list[UUID]:
    """Lock the posts with any of these tags until the transaction ends, also those in the trash; return their ids."""
    tagged = select(PostTag.post_id).where(PostTag.tag_id.in_(tag_ids))
    # Ordered by id, as everywhere. FOR NO KEY UPDATE: comments, which take FOR KEY SHARE of their post, need not wait.
    posts = select(Post.id).where(Post.id.in_(tagged)).order_by(Post.id)
    return list(db.session.scalars(posts.with_for_update(key_share=True)))


def refresh_tag_lists(post_ids: Collection[UUID]) -> None:
    """Rewrite the `tag_list` of these posts and increment their versions. One SELECT and one batch per 1,000 posts."""
    for ids in _chunks(sorted(post_ids)):
        # A post that has lost its last tag has no row below and needs its empty list.
        tag_lists: dict[UUID, list[dict[str, str]]] = {post_id: [] for post_id in ids}
        rows = db.session.execute(
            select(PostTag.post_id, Tag.name, Tag.slug)
            .join(Tag, Tag.id == PostTag.tag_id)
            .where(PostTag.post_id.in_(ids))
            .order_by(PostTag.post_id, PostTag.position, PostTag.tag_id)
        )
        for post_id, tags in groupby(rows, key=lambda row: row.post_id):
            tag_lists[post_id] = [{"name": tag.name, "slug": tag.slug} for tag in tags]
        changes = [{"post": post_id, "tags": tag_list} for post_id, tag_list in tag_lists.items()]
        db.session.connection().execute(_show_tags, changes)


def _lock_tags(keys: Iterable[str]) -> dict[str, LockedTag]:
    """Lock the tags with these keys FOR SHARE, in the order of their ids; return them by key."""
    tags = select(Tag.id, Tag.name, Tag.slug, Tag.name_key).where(Tag.name_key.in_(list(keys)))
    rows = db.session.execute(tags.order_by(Tag.id).with_for_update(read=True))
    return {row.name_key: LockedTag(row.id, row.name, row.slug) for row in rows}


def _insert_tag(name: str, key: str) -> None:
    """Insert a tag; do nothing if another transaction has just taken its name or slug.

    The savepoint keeps the transaction usable after the constraint violation; the next attempt reads the other tag.
    """
    try:
        with db.session.begin_nested():
            tag = Tag(name=name, name_key=key, slug=unique_tag_slug(name))
            db.session.add(tag)
            db.session.flush()
            emit("tag.created", tag_id=tag.id)
    except IntegrityError as error:
        if violated_constraint(error) not in _UNIQUE:
            raise


def _is_taken(slug: str) -> bool:
    return bool(db.session.scalar(select(exists().where(Tag.slug == slug))))


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), CHUNK_SIZE):
        yield ids[start : start + CHUNK_SIZE]
