"""Create, rename, merge and delete tags, and update the denormalized tag lists of their posts.

The order of row locks is in `tags.tagging`.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from service.contract.problems import Conflict, NotFound
from service.contract.validated_request import IfMatch
from service.core.events import emit
from service.extensions import db
from service.models.casefolding import casefold
from service.models.tags import PostTag
from service.models.tags import Tag as TagRow
from service.tags.queries import Tag, reload_tag
from service.tags.tagging import lock_tagged_posts, normalize_tag_name, refresh_tag_lists, unique_tag_slug


class TagNameTaken(Conflict):
    """Another tag already has this name (case-insensitive). Choose a different name or merge the two tags."""

    code = "TAG_NAME_TAKEN"
    constraint = "uq_tags_name_key"


class TagSlugTaken(Conflict):
    """Another tag already has this slug. Choose a different slug."""

    code = "TAG_SLUG_TAKEN"
    constraint = "uq_tags_slug"


class SameTag(Conflict):
    """A tag cannot be merged into itself. Choose a different target tag."""

    code = "SAME_TAG"


class MergeTargetNotFound(Conflict):
    """The target tag does not exist. Choose an existing tag."""

    code = "MERGE_TARGET_NOT_FOUND"


def create_tag(*, name: str, slug: str | None = None) -> Tag:
    """Create a tag; its slug is generated from the name unless given.

    The unique constraints of the table raise `TagNameTaken` and `TagSlugTaken`.
    """
    name = normalize_tag_name(name)
    tag = TagRow(name=name, name_key=casefold(name), slug=slug or unique_tag_slug(name))
    db.session.add(tag)
    db.session.flush()
    emit("tag.created", tag_id=tag.id)
    return reload_tag(tag.id)


def rename_tag(
    tag_id: int, precondition: IfMatch, *, name: str | None = None, slug: str | None = None
) -> Tag:
    """Change the name, the slug or both of a tag. Its posts show it at once and get a new version.

    Raise `NotFound`, `PreconditionFailed`; the unique constraints raise `TagNameTaken` and `TagSlugTaken`.
    """
    tag = _lock_tag(tag_id)
    precondition.check(reload_tag(tag_id).etag)
    if name is not None:
        tag.name = normalize_tag_name(name)
        tag.name_key = casefold(tag.name)
    former_slug, tag.slug = tag.slug, slug or tag.slug
    if db.session.is_modified(tag):
        db.session.flush()
        refresh_tag_lists(lock_tagged_posts(tag_id))
        emit("tag.updated", tag_id=tag_id, former_slug=former_slug)
    return reload_tag(tag_id)


def merge_tag(tag_id: int, into: int) -> Tag:
    """Replace a tag by the tag `into` on all its posts, delete it, and return the tag `into`.

    Raise `NotFound`, `SameTag`, `MergeTargetNotFound`.
    """
    # Both locked in the order of their ids: two merges in opposite directions must not deadlock.
    locked = {number: _lock_tag_or_none(number) for number in sorted({tag_id, into})}
    if locked[tag_id] is None:
        raise NotFound
    if tag_id == into:
        raise SameTag
    if locked[into] is None:
        raise MergeTargetNotFound
    posts = lock_tagged_posts(tag_id)
    emit("tag.merged", tag_id=tag_id, into_id=into)
    # A post with both tags keeps its row for `into`: a second one would violate the primary key of `post_tags`.
    other = aliased(PostTag)
    with_both = select(other.post_id).where(other.tag_id == into)
    reassign = update(PostTag).where(PostTag.tag_id == tag_id, PostTag.post_id.not_in(with_both))
    db.session.execute(reassign.values(tag_id=into), execution_options={"synchronize_session": False})
    _delete_tag_rows(tag_id)
    refresh_tag_lists(posts)
    return reload_tag(into)


def delete_tag(tag_id: int, precondition: IfMatch) -> None:
    """Delete a tag and remove it from its posts, which get a new version.

    Raise `NotFound`, `PreconditionFailed`.
    """
    _lock_tag(tag_id)
    precondition.check(reload_tag(tag_id).etag)
    # Read before the associations go: afterwards nothing tells which posts had the tag.
    posts = lock_tagged_posts(tag_id)
    emit("tag.deleted", tag_id=tag_id)
    _delete_tag_rows(tag_id)
    refresh_tag_lists(posts)


def _lock_tag(tag_id: int) -> TagRow:
    """Lock the tag until the transaction ends; raise `NotFound` if there is none."""
    tag = _lock_tag_or_none(tag_id)
    if tag is None:
        raise NotFound
    return tag


def _lock_tag_or_none(tag_id: int) -> TagRow | None:
    """Lock the tag until the transaction ends; None if there is none.

    FOR UPDATE also keeps posts from being tagged with it: `get_or_create_tags` takes FOR SHARE.
    """
    return db.session.get(TagRow, tag_id, with_for_update=True, populate_existing=True)


def _delete_tag_rows(tag_id: int) -> None:
    """Delete the row and its associations with posts."""
    without_session = {"synchronize_session": False}
    db.session.execute(delete(PostTag).where(PostTag.tag_id == tag_id), execution_options=without_session)
    db.session.execute(delete(TagRow).where(TagRow.id == tag_id), execution_options=without_session)
