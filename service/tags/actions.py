"""What may be done to a tag, and what must then become of the posts that carry it?"""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from service.contract.calls import IfMatch
from service.contract.problems import Conflict, NotFound
from service.extensions import db
from service.models.folding import fold
from service.models.tags import PostTag
from service.models.tags import Tag as TagRow
from service.tags.queries import Tag, written_tag
from service.tags.tagging import free_slug, hold_posts, show_tags, tidy


class TagNameTaken(Conflict):
    """Another tag has this name already, in whatever case; the two can be merged."""

    code = "TAG_NAME_TAKEN"
    constraint = "uq_tags_name_key"


class TagSlugTaken(Conflict):
    """Another tag has this slug already."""

    code = "TAG_SLUG_TAKEN"
    constraint = "uq_tags_slug"


class SameTag(Conflict):
    """A tag cannot be merged into itself."""

    code = "SAME_TAG"


class MergeTargetNotFound(Conflict):
    """The tag to merge into does not exist."""

    code = "MERGE_TARGET_NOT_FOUND"


def create_tag(*, name: str, slug: str | None = None) -> Tag:
    """Make a tag; its slug is made from the name unless one is given.

    That name or slug are taken is found out by the database: `TagNameTaken`, `TagSlugTaken`.
    """
    name = tidy(name)
    made = TagRow(name=name, name_key=fold(name), slug=slug or free_slug(name))
    db.session.add(made)
    db.session.flush()
    return written_tag(made.id)


def rename_tag(tag_id: int, condition: IfMatch, *, name: str | None = None, slug: str | None = None) -> Tag:
    """Give a tag another name, another slug or both; the posts that carry it show it at once, as a new version.

    Raise `NotFound`, `PreconditionFailed`; `TagNameTaken` and `TagSlugTaken` are found out by the database.
    """
    tag = _hold(tag_id)
    condition.check(written_tag(tag_id).etag)
    if name is not None:
        tag.name = tidy(name)
        tag.name_key = fold(tag.name)
    tag.slug = slug or tag.slug
    if db.session.is_modified(tag):
        db.session.flush()
        show_tags(hold_posts(tag_id))
    return written_tag(tag_id)


def merge_tag(tag_id: int, into: int) -> Tag:
    """Have every post of a tag carry the tag `into` in its place, delete the former and return the latter.

    Raise `NotFound`, `SameTag`, `MergeTargetNotFound`.
    """
    held = {number: _find_and_hold(number) for number in sorted({tag_id, into})}
    if held[tag_id] is None:
        raise NotFound
    if tag_id == into:
        raise SameTag
    if held[into] is None:
        raise MergeTargetNotFound
    posts = hold_posts(tag_id)
    other = aliased(PostTag)
    with_both = select(other.post_id).where(other.tag_id == into)
    moved = update(PostTag).where(PostTag.tag_id == tag_id, PostTag.post_id.not_in(with_both))
    db.session.execute(moved.values(tag_id=into), execution_options={"synchronize_session": False})
    _remove(tag_id)
    show_tags(posts)
    return written_tag(into)


def delete_tag(tag_id: int, condition: IfMatch) -> None:
    """Delete a tag; the posts that carried it are a new version without it.

    Raise `NotFound`, `PreconditionFailed`.
    """
    _hold(tag_id)
    condition.check(written_tag(tag_id).etag)
    posts = hold_posts(tag_id)
    _remove(tag_id)
    show_tags(posts)


def _hold(tag_id: int) -> TagRow:
    """Return the tag as `_find_and_hold` does; raise `NotFound`."""
    tag = _find_and_hold(tag_id)
    if tag is None:
        raise NotFound
    return tag


def _find_and_hold(tag_id: int) -> TagRow | None:
    """Return the tag, kept from changing and from being given to a post until the transaction ends."""
    return db.session.get(TagRow, tag_id, with_for_update=True, populate_existing=True)


def _remove(tag_id: int) -> None:
    """Delete the row and what still refers to it."""
    without_session = {"synchronize_session": False}
    db.session.execute(delete(PostTag).where(PostTag.tag_id == tag_id), execution_options=without_session)
    db.session.execute(delete(TagRow).where(TagRow.id == tag_id), execution_options=without_session)
