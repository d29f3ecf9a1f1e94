"""How do posts come to carry tags, and how do they go on telling the truth about them?

Locks are taken in one order everywhere: tags by id, then posts by id. Whoever writes a post holds its tags,
so that none of them is renamed, merged or deleted before that post can be seen by whoever does it.
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
from service.core.slugs import slugify, unique_slug
from service.extensions import db
from service.models.folding import fold
from service.models.posts import Post
from service.models.tags import TAG_SLUG_MAX, PostTag, Tag

# A try is lost to another transaction that made or removed one of the same tags in between.
TRIES = 5
AT_ONCE = 1_000  # ids in one statement: below every driver's limit of parameters

_SPACES = re.compile(" +")
_UNIQUE = frozenset({"uq_tags_name_key", "uq_tags_slug"})
_show_tags = (
    update(Post.__table__)  # type: ignore[arg-type]  # of the declarative base it is a FromClause
    .where(Post.__table__.c.id == bindparam("post"))
    .values(tag_list=bindparam("shown"), version=Post.__table__.c.version + 1)
)


@dataclass(frozen=True, slots=True)
class ClaimedTag:
    """A tag that stays as it is until the transaction ends."""

    id: int
    name: str
    slug: str


def tidy(name: str) -> str:
    """Return the name of a tag as it is kept: without spaces around it, and single ones within."""
    return _SPACES.sub(" ", name.strip(" "))


def free_slug(name: str) -> str:
    """Return a slug for a tag of this name that no other tag has at the moment."""
    return unique_slug(slugify(name, TAG_SLUG_MAX, fallback="tag"), _is_taken, TAG_SLUG_MAX)


def claim_tags(names: Iterable[str]) -> list[ClaimedTag]:
    """Return the tags of these names, in their order, each once; those that are missing are made.

    Names are the same whatever their case. The tags are kept from changing until the transaction ends. One
    SQL statement where all exist. Raise `ServiceUnavailable` if others keep making and removing the same tags.
    """
    wanted: dict[str, str] = {}
    for name in map(tidy, names):
        wanted.setdefault(fold(name), name)
    for _ in range(TRIES if wanted else 0):
        found = _held(wanted)
        missing = wanted.keys() - found.keys()
        if not missing:
            return [found[key] for key in wanted]
        for key in sorted(missing):  # in one order: two writers must not wait for each other
            _make(wanted[key], key)
    if wanted:
        raise ServiceUnavailable
    return []


def give_tags(post_id: UUID, tags: Sequence[ClaimedTag]) -> None:
    """Have a post carry these tags, in this order, and no others. Its own `tag_list` is the caller's to set."""
    db.session.execute(delete(PostTag).where(PostTag.post_id == post_id))
    if tags:
        carried = [
            {"post_id": post_id, "tag_id": tag.id, "position": position} for position, tag in enumerate(tags)
        ]
        db.session.execute(insert(PostTag), carried)


def hold_posts(*tag_ids: int) -> list[UUID]:
    """Return the posts that carry any of these tags, those in the trash too, kept from changing until the end."""
    carrying = select(PostTag.post_id).where(PostTag.tag_id.in_(tag_ids))
    posts = select(Post.id).where(Post.id.in_(carrying)).order_by(Post.id)
    return list(db.session.scalars(posts.with_for_update(key_share=True)))


def show_tags(post_ids: Collection[UUID]) -> None:
    """Write anew what these posts show of their tags, and count it as a change of each."""
    for ids in _portions(sorted(post_ids)):
        shown: dict[UUID, list[dict[str, str]]] = {post_id: [] for post_id in ids}
        rows = db.session.execute(
            select(PostTag.post_id, Tag.name, Tag.slug)
            .join(Tag, Tag.id == PostTag.tag_id)
            .where(PostTag.post_id.in_(ids))
            .order_by(PostTag.post_id, PostTag.position, PostTag.tag_id)
        )
        for post_id, carried in groupby(rows, key=lambda row: row.post_id):
            shown[post_id] = [{"name": tag.name, "slug": tag.slug} for tag in carried]
        changes = [{"post": post_id, "shown": tags} for post_id, tags in shown.items()]
        db.session.connection().execute(_show_tags, changes)


def _held(keys: Iterable[str]) -> dict[str, ClaimedTag]:
    tags = select(Tag.id, Tag.name, Tag.slug, Tag.name_key).where(Tag.name_key.in_(list(keys)))
    rows = db.session.execute(tags.order_by(Tag.id).with_for_update(read=True))
    return {row.name_key: ClaimedTag(row.id, row.name, row.slug) for row in rows}


def _make(name: str, key: str) -> None:
    """Insert a tag, unless another transaction has just taken its name or slug."""
    try:
        with db.session.begin_nested():
            db.session.add(Tag(name=name, name_key=key, slug=free_slug(name)))
    except IntegrityError as error:
        if violated_constraint(error) not in _UNIQUE:
            raise


def _is_taken(slug: str) -> bool:
    return bool(db.session.scalar(select(exists().where(Tag.slug == slug))))


def _portions(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
