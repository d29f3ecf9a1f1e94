"""Publishing workflow: publish, unpublish and archive at once; a publication at a later time is in `scheduling`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.contract.problems import Conflict, Forbidden
from service.contract.validated_request import IfMatch
from service.core.audit_log import record
from service.core.database import database_time
from service.core.events import emit
from service.core.identity import Identity
from service.core.permissions import can_edit_all_posts
from service.models.base import utcnow
from service.models.posts import PostStatus
from service.posts.actions import lock_post_for_update, save_post
from service.posts.queries import reload_post
from service.posts.read_models import Post


class AlreadyPublished(Conflict):
    """The post is already published."""

    code = "ALREADY_PUBLISHED"


class AlreadyDraft(Conflict):
    """The post is already a draft."""

    code = "ALREADY_DRAFT"


class PostScheduled(Conflict):
    """The post is scheduled, so there is nothing to unpublish. Cancel its schedule to make it a draft."""

    code = "POST_SCHEDULED"


class PublishedAtInFuture(Conflict):
    """The time of publication is in the future. Schedule the post instead."""

    code = "PUBLISHED_AT_IN_FUTURE"


class EditorOnly(Forbidden):
    """Only editors and administrators can set the time of publication. Publish the post without it."""

    code = "EDITOR_ONLY"


class NotPublished(Conflict):
    """Only published posts can be archived. Publish the post first."""

    code = "NOT_PUBLISHED"


def publish_post(
    caller: Identity, post_id: UUID, precondition: IfMatch, *, published_at: datetime | None = None
) -> Post:
    """Publish a draft, a scheduled or an archived post, by default with the time of its first publication.

    With `published_at` it is back-dated, by editors only, even if it is already published. Raise `AlreadyPublished`,
    `EditorOnly`, `PublishedAtInFuture`, and as `lock_post_for_update`.
    """
    post = lock_post_for_update(caller, post_id, precondition)
    if published_at is None:
        if post.status is PostStatus.PUBLISHED:
            raise AlreadyPublished
        published_at = post.published_at or utcnow()
    elif not can_edit_all_posts(caller):
        raise EditorOnly
    elif published_at > database_time():
        raise PublishedAtInFuture
    was_published = post.status is PostStatus.PUBLISHED
    post.status = PostStatus.PUBLISHED
    post.published_at = post.listed_at = published_at
    post.scheduled_at = post.publication_failure = None
    is_changed = save_post(post)
    if not was_published:
        emit("post.published", post_id=post.id, author_id=post.author_id, scheduled=False)
    elif is_changed:
        emit("post.updated", post_id=post.id, author_id=post.author_id)
        record("post.updated", post.id, author_id=post.author_id, fields=["published_at"])
    return reload_post(post.id)


def unpublish_post(caller: Identity, post_id: UUID, precondition: IfMatch) -> Post:
    """Revert a published or archived post to a draft.

    Raise `AlreadyDraft`, `PostScheduled`, and as `lock_post_for_update`.
    """
    post = lock_post_for_update(caller, post_id, precondition)
    if post.status is PostStatus.SCHEDULED:
        raise PostScheduled
    if post.status is PostStatus.DRAFT:
        raise AlreadyDraft
    post.status = PostStatus.DRAFT
    save_post(post)
    emit("post.unpublished", post_id=post.id, author_id=post.author_id)
    return reload_post(post.id)


def archive_post(caller: Identity, post_id: UUID, precondition: IfMatch) -> Post:
    """Remove a published post from all lists; its URL stays. Raise `NotPublished`, and as `lock_post_for_update`."""
    post = lock_post_for_update(caller, post_id, precondition)
    if post.status is not PostStatus.PUBLISHED:
        raise NotPublished
    post.status = PostStatus.ARCHIVED
    save_post(post)
    emit("post.archived", post_id=post.id, author_id=post.author_id)
    return reload_post(post.id)
