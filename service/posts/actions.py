"""Create, update, soft-delete (trash), restore and purge posts; status changes are in `publishing`.

A soft delete sets `trashed_at`: the post is in no list and can be restored until it is purged. Row locks are taken in
one order everywhere: the account, tags by id, then posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.contract.problems import Conflict, Forbidden, NotFound
from service.contract.validated_request import IfMatch
from service.core.etags import entity_tag
from service.core.identity import Identity
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.posts import Post as PostRow
from service.models.posts import PostStatus
from service.models.users import User
from service.posts.content import changed_content, new_content, rendering, set_content
from service.posts.permissions import may_edit, may_read
from service.posts.queries import written_post
from service.posts.read_models import Post
from service.posts.slugs import add_at_free_slug, add_at_slug, leave_slug
from service.tags.tagging import ClaimedTag, claim_tags, give_tags


class NotYourPost(Forbidden):
    """Only the author of the post, editors and administrators can change it."""

    code = "NOT_YOUR_POST"


class NotInTrash(Conflict):
    """The post is not in the trash. Only trashed posts can be restored."""

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
    """Create a draft. Its slug is generated from the title unless given; tags that do not exist are created.

    `fields` are columns that are stored as they are sent. Raise `SlugTaken`.
    """
    now = utcnow()
    post = PostRow(id=uuid7(), author_id=caller.id, status=PostStatus.DRAFT)
    set_content(post, {**new_content(title, body, excerpt), **fields})
    post.listed_at = post.created_at = post.updated_at = now
    _hold_account(caller)
    locked_tags = claim_tags(tags)
    post.tag_list = _shown(locked_tags)
    if slug is None:
        add_at_free_slug(post)
    else:
        add_at_slug(post, slug)
    give_tags(post.id, locked_tags)
    return written_post(post.id)


def replace_post(
    caller: Identity, post_id: UUID, condition: IfMatch, *, tags: Sequence[str] | None = None, **fields: Any
) -> Post:
    """Replace all fields that an author writes; `None` clears a field, except the slug, which stays.

    Raise as `update_post`.
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
    """Update the given fields of a post. Without a difference there is no new version.

    Raise `NotFound`, `NotYourPost`, `PreconditionFailed`, `SlugTaken`.
    """
    # Rendered before the first lock, so that no other request waits for it.
    rendered = rendering(changes["body"]) if "body" in changes else {}
    # Tags are locked before the post: see the order of row locks in `tags.tagging`.
    locked_tags = None if tags is None else claim_tags(tags)
    post = post_to_edit(caller, post_id, condition)
    former_slug, former_tags = post.slug, post.tag_list
    set_content(post, changed_content(post, changes, rendered))
    post.slug = slug or former_slug
    post.tag_list = former_tags if locked_tags is None else _shown(locked_tags)
    store(post)
    if locked_tags is not None and post.tag_list != former_tags:
        give_tags(post.id, locked_tags)
    if post.slug != former_slug:
        leave_slug(post, former_slug)
    return written_post(post.id)


def trash_post(caller: Identity, post_id: UUID, condition: IfMatch) -> None:
    """Move a post to the trash; its status stays. Raise `NotFound`, `NotYourPost`, `PreconditionFailed`."""
    post = post_to_edit(caller, post_id, condition)
    post.trashed_at = utcnow()
    db.session.flush()


def restore_post(caller: Identity, post_id: UUID) -> Post:
    """Restore a post from the trash with its former status. Raise `NotFound`, `NotYourPost`, `NotInTrash`."""
    post = _hold(post_id)
    if post.trashed_at is None:
        _refuse_strangers(caller, post)
        raise NotInTrash
    _refuse_strangers_to_trash(caller, post)
    post.trashed_at = None
    db.session.flush()
    return written_post(post.id)


def purge_post(caller: Identity, post_id: UUID) -> None:
    """Permanently delete a post in the trash with its comments and slugs. Raise `NotFound`."""
    post = _hold(post_id)
    _refuse_strangers_to_trash(caller, post)
    db.session.delete(post)
    db.session.flush()


def post_to_edit(caller: Identity, post_id: UUID, condition: IfMatch) -> PostRow:
    """Lock a post until the transaction ends, and check that `caller` can edit it and the precondition holds.

    Raise `NotFound` if `caller` cannot read it, `NotYourPost`, `PreconditionFailed`.
    """
    post = _hold(post_id)
    _refuse_strangers(caller, post)
    # After the lock: the version that is compared is the one that is changed.
    condition.check(entity_tag(post.version))
    return post


def store(post: PostRow) -> None:
    """Flush the changes of a post; set `updated_at` if there are any."""
    if db.session.is_modified(post):
        post.updated_at = utcnow()
    db.session.flush()


def _hold_account(caller: Identity) -> None:
    """Lock the caller's account against deletion until the transaction ends; raise `TokenRevoked` if it is gone."""
    account = select(User.id).where(User.id == caller.id).with_for_update(read=True, key_share=True)
    if db.session.scalar(account) is None:
        raise TokenRevoked


def _hold(post_id: UUID) -> PostRow:
    # FOR NO KEY UPDATE: comments, which take FOR KEY SHARE of their post, need not wait for its author.
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
    # 404 for others, not 403: the response must not disclose which posts are in the trash.
    if post.trashed_at is None or not may_edit(caller, post):
        raise NotFound


def _shown(tags: Sequence[ClaimedTag]) -> list[dict[str, Any]]:
    return [{"name": tag.name, "slug": tag.slug} for tag in tags]
