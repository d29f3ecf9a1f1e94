"""Scheduling: the time when a post will be published, and its cancellation. `due_posts` publishes at that time.

The clock is that of the database, so that all servers and workers agree on what is in the past.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from service.contract.problems import Conflict
from service.contract.validated_request import IfMatch
from service.core.database import database_time
from service.core.events import emit
from service.core.identity import Identity
from service.core.jobs.queue import enqueue_periodic
from service.extensions import db
from service.models.posts import Post as PostRow
from service.models.posts import PostStatus
from service.models.users import User
from service.posts.actions import cancel_schedule, lock_post_for_update, save_post
from service.posts.due_posts import publication_failure
from service.posts.queries import reload_post
from service.posts.read_models import Post
from service.posts.tasks import publish_scheduled

# Ten years: what is further away is a typing error.
FARTHEST = timedelta(days=3653)


class PublishAtInPast(Conflict):
    """The time to publish is in the past. Choose a later time, or publish the post now."""

    code = "PUBLISH_AT_IN_PAST"


class PublishAtTooFar(Conflict):
    """The time to publish is more than ten years away. Choose an earlier time."""

    code = "PUBLISH_AT_TOO_FAR"


class NotDraft(Conflict):
    """Only drafts and scheduled posts can be scheduled. Unpublish the post first."""

    code = "NOT_DRAFT"


class NotScheduled(Conflict):
    """The post is not scheduled."""

    code = "NOT_SCHEDULED"


class AuthorCannotPublish(Conflict):
    """The author's account is deactivated or cannot publish posts. Publish the post now, or change the account."""

    code = "AUTHOR_CANNOT_PUBLISH"


def schedule_post(caller: Identity, post_id: UUID, precondition: IfMatch, *, publish_at: datetime) -> Post:
    """Have a draft published at `publish_at`, or a scheduled post then instead.

    Raise `NotDraft`, `PublishAtInPast`, `PublishAtTooFar`, `AuthorCannotPublish`, and as `lock_post_for_update`.
    """
    post = lock_post_for_update(caller, post_id, precondition)
    if post.status not in {PostStatus.DRAFT, PostStatus.SCHEDULED}:
        raise NotDraft
    now = database_time()
    if publish_at < now:
        raise PublishAtInPast
    if publish_at > now + FARTHEST:
        raise PublishAtTooFar
    if not _author_can_publish(post):
        raise AuthorCannotPublish
    post.status = PostStatus.SCHEDULED
    post.scheduled_at = post.listed_at = publish_at
    post.publication_failure = None
    save_post(post)
    emit("post.scheduled", post_id=post.id, author_id=post.author_id, scheduled_at=publish_at)
    # Last: the job's row is locked after posts everywhere.
    enqueue_periodic(publish_scheduled, due_at=publish_at)
    return reload_post(post.id)


def unschedule_post(caller: Identity, post_id: UUID, precondition: IfMatch) -> Post:
    """Make a scheduled post a draft again. Raise `NotScheduled`, and as `lock_post_for_update`."""
    post = lock_post_for_update(caller, post_id, precondition)
    if post.status is not PostStatus.SCHEDULED:
        raise NotScheduled
    cancel_schedule(post)
    save_post(post)
    return reload_post(post.id)


def _author_can_publish(post: PostRow) -> bool:
    """Tell whether the post would be published at its time: better said now than then."""
    author = select(User.id.label("author_id"), User.is_active, User.role).where(User.id == post.author_id)
    row = db.session.execute(author).one_or_none()
    return row is None or publication_failure(row) is None
