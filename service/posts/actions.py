"""Create, update, soft-delete (trash), restore and purge posts; status changes are in `publishing`.

A soft delete sets `trashed_at`: the post is in no list and can be restored until it is purged. Row locks are taken in
one order everywhere: the account, tags by id, then posts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select

from service.contract.problems import Conflict, Forbidden, NotFound
from service.contract.validated_request import IfMatch
from service.core.audit_log import record
from service.core.etags import without_variant
from service.core.events import emit
from service.core.identity import Identity
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.posts import PUBLIC_STATUSES, PostStatus
from service.models.posts import Post as PostRow
from service.models.users import User
from service.posts.content import (
    apply_columns,
    changed_content_columns,
    content_columns,
    image_columns,
    rendered_columns,
)
from service.posts.images import IMAGE_INPUTS, record_uses, set_images
from service.posts.permissions import can_edit_post, can_read_post
from service.posts.queries import reload_post
from service.posts.read_models import Post, version_etag
from service.posts.slugs import insert_with_slug, insert_with_unique_slug, redirect_old_slug
from service.tags.tagging import LockedTag, get_or_create_tags, set_post_tags


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

    `fields` are columns that are stored as they are sent. Raise `SlugTaken`, `ImageNotFound`, `MediaNotImage`.
    """
    now = utcnow()
    post = PostRow(id=uuid7(), author_id=caller.id, status=PostStatus.DRAFT)
    apply_columns(post, {**content_columns(title, body, excerpt), **image_columns(fields)})
    post.listed_at = post.created_at = post.updated_at = now
    _lock_account(caller)
    locked_tags = get_or_create_tags(tags)
    post.tag_list = _tag_list_json(locked_tags)
    images = set_images([post], caller)
    if slug is None:
        insert_with_unique_slug(post)
    else:
        insert_with_slug(post, slug)
    set_post_tags(post.id, locked_tags)
    record_uses(images)
    record("post.created", post.id, author_id=caller.id)
    return reload_post(post.id)


def replace_post(
    caller: Identity,
    post_id: UUID,
    precondition: IfMatch,
    *,
    tags: Sequence[str] | None = None,
    **fields: Any,
) -> Post:
    """Replace all fields that an author writes; `None` clears a field, except the slug, which stays.

    Raise as `update_post`.
    """
    return update_post(caller, post_id, precondition, tags=tags or (), **fields)


def update_post(
    caller: Identity,
    post_id: UUID,
    precondition: IfMatch,
    *,
    slug: str | None = None,
    tags: Sequence[str] | None = None,
    **changes: Any,
) -> Post:
    """Update the given fields of a post. Without a difference there is no new version.

    Raise `NotFound`, `NotYourPost`, `PreconditionFailed`, `SlugTaken`, `ImageNotFound`, `MediaNotImage`.
    """
    # Rendered before the first lock, so that no other request waits for it.
    rendered = rendered_columns(changes["body"]) if "body" in changes else {}
    # Tags are locked before the post: see the order of row locks in `tags.tagging`.
    locked_tags = None if tags is None else get_or_create_tags(tags)
    post = lock_post_for_update(caller, post_id, precondition)
    former_slug, former_tags = post.slug, post.tag_list
    apply_columns(post, changed_content_columns(post, image_columns(changes, post.cover_id), rendered))
    images = set_images([post], caller) if _is_changed(post, IMAGE_INPUTS) else {}
    post.slug = slug or former_slug
    post.tag_list = former_tags if locked_tags is None else _tag_list_json(locked_tags)
    changed = _changed_fields(post, changes)
    is_changed = save_post(post)
    if locked_tags is not None and post.tag_list != former_tags:
        set_post_tags(post.id, locked_tags)
    record_uses(images)
    if post.slug != former_slug:
        redirect_old_slug(post, former_slug)
    if is_changed and post.status in PUBLIC_STATUSES:
        emit("post.updated", post_id=post.id, author_id=post.author_id)
    # Authors save their drafts all the time, which concerns nobody else.
    if is_changed and (post.status in PUBLIC_STATUSES or post.author_id != caller.id):
        record("post.updated", post.id, author_id=post.author_id, fields=changed)
    return reload_post(post.id)


def trash_post(caller: Identity, post_id: UUID, precondition: IfMatch) -> None:
    """Move a post to the trash; its status stays, but a scheduled post becomes a draft.

    Raise `NotFound`, `NotYourPost`, `PreconditionFailed`.
    """
    post = lock_post_for_update(caller, post_id, precondition)
    if post.status is PostStatus.SCHEDULED:
        # It might be restored after its time.
        cancel_schedule(post)
    post.trashed_at = utcnow()
    db.session.flush()
    emit("post.trashed", post_id=post.id, author_id=post.author_id)


def restore_post(caller: Identity, post_id: UUID) -> Post:
    """Restore a post from the trash with the status it has there. Raise `NotFound`, `NotYourPost`, `NotInTrash`."""
    post = _lock_post(post_id)
    if post.trashed_at is None:
        _require_editor(caller, post)
        raise NotInTrash
    _require_trash_access(caller, post)
    post.trashed_at = None
    db.session.flush()
    emit("post.restored", post_id=post.id, author_id=post.author_id)
    return reload_post(post.id)


def purge_post(caller: Identity, post_id: UUID) -> None:
    """Permanently delete a post in the trash with its comments and slugs. Raise `NotFound`."""
    post = _lock_post(post_id)
    _require_trash_access(caller, post)
    emit("post.deleted", post_id=post.id, author_id=post.author_id)
    db.session.delete(post)
    db.session.flush()


def lock_post_for_update(caller: Identity, post_id: UUID, precondition: IfMatch) -> PostRow:
    """Lock a post until the transaction ends, and check that `caller` can edit it and the precondition holds.

    Raise `NotFound` if `caller` cannot read it, `NotYourPost`, `PreconditionFailed`.
    """
    post = _lock_post(post_id)
    _require_editor(caller, post)
    # After the lock: the version that is compared is the one that is changed.
    precondition.check(version_etag(post.version, post.images_version), without_variant)
    return post


def save_post(post: PostRow) -> bool:
    """Flush the changes of a post; set `updated_at` if there are any. Return whether there were."""
    is_modified = db.session.is_modified(post)
    if is_modified:
        post.updated_at = utcnow()
    db.session.flush()
    return is_modified


def cancel_schedule(post: PostRow) -> None:
    """Make a scheduled post a draft again; the caller sets `updated_at`."""
    post.status = PostStatus.DRAFT
    post.scheduled_at = None
    post.listed_at = post.published_at or post.created_at
    emit("post.unscheduled", post_id=post.id, author_id=post.author_id)


def _lock_account(caller: Identity) -> None:
    """Lock the caller's account against deletion until the transaction ends; raise `TokenRevoked` if it is gone."""
    account = select(User.id).where(User.id == caller.id).with_for_update(read=True, key_share=True)
    if db.session.scalar(account) is None:
        raise TokenRevoked


def _lock_post(post_id: UUID) -> PostRow:
    # FOR NO KEY UPDATE: comments, which take FOR KEY SHARE of their post, need not wait for its author.
    post = db.session.get(PostRow, post_id, with_for_update={"key_share": True}, populate_existing=True)
    if post is None:
        raise NotFound
    return post


def _require_editor(caller: Identity, post: PostRow) -> None:
    if not can_read_post(caller, post):
        raise NotFound
    if not can_edit_post(caller, post):
        raise NotYourPost


def _require_trash_access(caller: Identity, post: PostRow) -> None:
    # 404 for others, not 403: the response must not disclose which posts are in the trash.
    if post.trashed_at is None or not can_edit_post(caller, post):
        raise NotFound


def _is_changed(post: PostRow, columns: Collection[str]) -> bool:
    """Return whether one of these columns has another value than the row."""
    return any(inspect(post).attrs[name].history.has_changes() for name in columns)


def _changed_fields(post: PostRow, given: Collection[str]) -> list[str]:
    """Return the names of those of the given fields, of slug and tags that have another value than the row."""
    columns = {**{name: name for name in given}, "slug": "slug", "tags": "tag_list"}
    return sorted(name for name, column in columns.items() if _is_changed(post, (column,)))


def _tag_list_json(tags: Sequence[LockedTag]) -> list[dict[str, Any]]:
    return [{"name": tag.name, "slug": tag.slug} for tag in tags]
