"""When does a post go from one state to another? Only when somebody says so: each way is an action of its own."""

from __future__ import annotations

from uuid import UUID

from service.contract.calls import IfMatch
from service.contract.problems import Conflict
from service.core.identity import Identity
from service.models.base import utcnow
from service.models.posts import PostStatus
from service.posts.actions import post_to_edit, store
from service.posts.queries import written_post
from service.posts.read_models import Post


class AlreadyPublished(Conflict):
    """The post is published already."""

    code = "ALREADY_PUBLISHED"


class AlreadyDraft(Conflict):
    """The post is a draft already."""

    code = "ALREADY_DRAFT"


class NotPublished(Conflict):
    """Only a published post can be archived."""

    code = "NOT_PUBLISHED"


def publish_post(caller: Identity, post_id: UUID, condition: IfMatch) -> Post:
    """Publish a draft, or an archived post again. The instant of the first publication stays.

    Raise `AlreadyPublished`, and what `post_to_edit` raises.
    """
    post = post_to_edit(caller, post_id, condition)
    if post.status is PostStatus.PUBLISHED:
        raise AlreadyPublished
    post.status = PostStatus.PUBLISHED
    post.published_at = post.listed_at = post.published_at or utcnow()
    store(post)
    return written_post(post.id)


def unpublish_post(caller: Identity, post_id: UUID, condition: IfMatch) -> Post:
    """Make a published or archived post a draft again. Raise `AlreadyDraft`, and what `post_to_edit` raises."""
    post = post_to_edit(caller, post_id, condition)
    if post.status is PostStatus.DRAFT:
        raise AlreadyDraft
    post.status = PostStatus.DRAFT
    store(post)
    return written_post(post.id)


def archive_post(caller: Identity, post_id: UUID, condition: IfMatch) -> Post:
    """Take a published post out of all lists; it stays at its address. Raise `NotPublished`, and as `post_to_edit`."""
    post = post_to_edit(caller, post_id, condition)
    if post.status is not PostStatus.PUBLISHED:
        raise NotPublished
    post.status = PostStatus.ARCHIVED
    store(post)
    return written_post(post.id)
