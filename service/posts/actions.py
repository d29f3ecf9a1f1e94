"""What may be done to a post's content, and by whom? Its state changes in `publishing`, never here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.contract.calls import IfMatch
from service.contract.problems import Conflict, Forbidden, NotFound
from service.core.builds import entity_tag
from service.core.identity import Identity
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.posts import Post as PostRow
from service.models.posts import PostStatus
from service.models.users import User
from service.posts.addresses import add_at_free_slug, add_at_slug, leave_slug
from service.posts.content import changed_content, new_content, rendering, set_content
from service.posts.permissions import may_edit, may_read
from service.posts.queries import written_post
from service.posts.read_models import Post
from service.tags.tagging import ClaimedTag, claim_tags, give_tags


class NotYourPost(Forbidden):
    """Only the post's author, editors and administrators may change it."""

    code = "NOT_YOUR_POST"


class NotInTrash(Conflict):
    """The post is not in the trash."""

    code = "NOT_IN_TRASH"


def create_post(
    caller: Identity,
    *,
    title: str,
    body: str,
    slug: str | None = None,
    excerpt: str | None = None,
    tags: Sequence[str] = (),
    **fields: Any,
) -> Post:
    """Write a draft; its slug is made from the title unless one is given, and the tags it names where missing.

    `fields` are columns that are stored as they are sent. Raise `SlugTaken`.
    """
    now = utcnow()
    post = PostRow(id=uuid7(), author_id=caller.id, status=PostStatus.DRAFT)
    set_content(post, {**new_content(title, body, excerpt), **fields})
    post.listed_at = post.created_at = post.updated_at = now
    _hold_account(caller)
    claimed = claim_tags(tags)
    post.tag_list = _shown(claimed)
    if slug is None:
        add_at_free_slug(post)
    else:
        add_at_slug(post, slug)
    give_tags(post.id, claimed)
    return written_post(post.id)


def replace_post(
    caller: Identity, post_id: UUID, condition: IfMatch, *, tags: Sequence[str] | None = None, **fields: Any
) -> Post:
    """Replace all fields that an author writes; `None` clears one, except the slug, which stays.

    Errors as of `update_post`.
    """
    return update_post(caller, post_id, condition, tags=tags or (), **fields)


def update_post(
    caller: Identity,
    post_id: UUID,
    condition: IfMatch,
    *,
    slug: str | None = None,
    tags: Sequence[str] | None = None,
    **changes: Any,
) -> Post:
    """Change the given fields of a post; a change that changes nothing is no new version.

    Raise `NotFound`, `NotYourPost`, `PreconditionFailed`, `SlugTaken`.
    """
    rendered = rendering(changes["body"]) if "body" in changes else {}
    # Tags before the post: see the order of locks in `service.tags.tagging`.
    claimed = None if tags is None else claim_tags(tags)
    post = post_to_edit(caller, post_id, condition)
    former_slug, former_tags = post.slug, post.tag_list
    set_content(post, changed_content(post, changes, rendered))
    post.slug = slug or former_slug
    post.tag_list = former_tags if claimed is None else _shown(claimed)
    store(post)
    if claimed is not None and post.tag_list != former_tags:
        give_tags(post.id, claimed)
    if post.slug != former_slug:
        leave_slug(post, former_slug)
    return written_post(post.id)


def trash_post(caller: Identity, post_id: UUID, condition: IfMatch) -> None:
    """Put a post into the trash, state and all. Raise `NotFound`, `NotYourPost`, `PreconditionFailed`."""
    post = post_to_edit(caller, post_id, condition)
    post.trashed_at = utcnow()
    db.session.flush()


def restore_post(caller: Identity, post_id: UUID) -> Post:
    """Take a post out of the trash, as it was. Raise `NotFound`, `NotYourPost`, `NotInTrash`."""
    post = _hold(post_id)
    if post.trashed_at is None:
        _refuse_strangers(caller, post)
        raise NotInTrash
    _refuse_strangers_to_trash(caller, post)
    post.trashed_at = None
    db.session.flush()
    return written_post(post.id)


def purge_post(caller: Identity, post_id: UUID) -> None:
    """Delete a post that is in the trash, with its comments and slugs, for ever. Raise `NotFound`."""
    post = _hold(post_id)
    _refuse_strangers_to_trash(caller, post)
    db.session.delete(post)
    db.session.flush()


def post_to_edit(caller: Identity, post_id: UUID, condition: IfMatch) -> PostRow:
    """Return a post that `caller` may change, as `condition` knows it, kept from changing until the transaction ends.

    Raise `NotFound` for what it may not even read, `NotYourPost`, `PreconditionFailed`.
    """
    post = _hold(post_id)
    _refuse_strangers(caller, post)
    condition.check(entity_tag(post.version))
    return post


def store(post: PostRow) -> None:
    """Write what was changed of a post, and when, if anything was."""
    if db.session.is_modified(post):
        post.updated_at = utcnow()
    db.session.flush()


def _hold_account(caller: Identity) -> None:
    """Keep the caller's account from being deleted until the transaction ends; `TokenRevoked` if it has just been."""
    account = select(User.id).where(User.id == caller.id).with_for_update(read=True, key_share=True)
    if db.session.scalar(account) is None:
        raise TokenRevoked


def _hold(post_id: UUID) -> PostRow:
    post = db.session.get(PostRow, post_id, with_for_update={"key_share": True}, populate_existing=True)
    if post is None:
        raise NotFound
    return post


def _refuse_strangers(caller: Identity, post: PostRow) -> None:
    if not may_read(caller, post):
        raise NotFound
    if not may_edit(caller, post):
        raise NotYourPost


def _refuse_strangers_to_trash(caller: Identity, post: PostRow) -> None:
    if post.trashed_at is None or not may_edit(caller, post):
        raise NotFound


def _shown(tags: Sequence[ClaimedTag]) -> list[dict[str, Any]]:
    return [{"name": tag.name, "slug": tag.slug} for tag in tags]
