"""Publishing workflow: publish, unpublish and archive; content changes are in `actions`."""

from __future__ import annotations

from uuid import UUID

from service.contract.problems import Conflict
from service.contract.validated_request import IfMatch
from service.core.events import emit
from service.core.identity import Identity
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


class NotPublished(Conflict):
    """Only published posts can be archived. Publish the post first."""

    code = "NOT_PUBLISHED"


def publish_post(caller: Identity, post_id: UUID, precondition: IfMatch) -> Post:
    """Publish a draft or an archived post. `published_at` keeps the time of the first publication.

    Raise `AlreadyPublished`, and as `lock_post_for_update`.
    """
    post = lock_post_for_update(caller, post_id, precondition)
    if post.status is PostStatus.PUBLISHED:
        raise AlreadyPublished
    post.status = PostStatus.PUBLISHED
    post.published_at = post.listed_at = post.published_at or utcnow()
    save_post(post)
    emit("post.published", post_id=post.id, author_id=post.author_id, scheduled=False)
    return reload_post(post.id)


def unpublish_post(caller: Identity, post_id: UUID, precondition: IfMatch) -> Post:
    """Revert a published or archived post to a draft. Raise `AlreadyDraft`, and as `lock_post_for_update`."""
    post = lock_post_for_update(caller, post_id, precondition)
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
