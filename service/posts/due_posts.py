"""Publication of scheduled posts at their time; `tasks` calls it and `scheduling` decides on the times."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from service.core.database import database_now, database_time
from service.core.events import emit
from service.extensions import db
from service.models.posts import FAILURE_REASONS, PostStatus, PublicationFailure
from service.models.posts import Post as PostRow
from service.models.users import Role, User

# Of posts that are published in one transaction.
BATCH_SIZE = 100


def publish_due_posts() -> int:
    """Publish a batch of the scheduled posts whose time has come; return their number, `BATCH_SIZE` if there are more.

    What is published is the newest text, with the time that was promised. A post whose author can no longer publish
    becomes a draft. Posts that are locked, because they are being changed, are left for the next time.
    """
    due = (
        select(PostRow.id, PostRow.author_id, User.is_active, User.role)
        .join(User, User.id == PostRow.author_id, isouter=True)
        # A value, not `database_now()`: PostgreSQL cannot search an index for a function that changes all the time.
        .where(PostRow.status == PostStatus.SCHEDULED, PostRow.listed_at <= database_time())
        .order_by(PostRow.listed_at, PostRow.id)
        .limit(BATCH_SIZE)
        # With the lock PostgreSQL looks at the row again: what was rescheduled meanwhile is not among them.
        .with_for_update(of=PostRow, key_share=True, skip_locked=True)
    )
    posts = db.session.execute(due).all()
    outcomes: dict[PublicationFailure | None, list[UUID]] = {}
    for post in posts:
        outcomes.setdefault(publication_failure(post), []).append(post.id)
    for failure, post_ids in outcomes.items():
        published = update(PostRow).where(PostRow.id.in_(post_ids))
        db.session.execute(published.values(**_after_schedule(failure)), execution_options=_WITHOUT_OBJECTS)
    for post in posts:
        _tell(post)
    return len(posts)


def next_publication_at() -> datetime | None:
    """Return the earliest time of the scheduled posts, which may have passed; None if there are none. One SELECT."""
    earliest = select(func.min(PostRow.listed_at)).where(PostRow.status == PostStatus.SCHEDULED)
    return db.session.execute(earliest).scalar_one()


def publication_failure(author: Any) -> PublicationFailure | None:
    """Return why a post of this author (`author_id`, `is_active`, `role`) is not published at its time; None if it is.

    Posts without an author are scheduled by editors, and are published.
    """
    if author.author_id is None:
        return None
    if not author.is_active:
        return PublicationFailure.AUTHOR_INACTIVE
    return None if author.role.at_least(Role.AUTHOR) else PublicationFailure.AUTHOR_NOT_PERMITTED


def _tell(post: Any) -> None:
    """Emit what has become of a post (`id`, and as `publication_failure`)."""
    failure = publication_failure(post)
    if failure is None:
        emit("post.published", post_id=post.id, author_id=post.author_id, scheduled=True)
    else:
        reason = FAILURE_REASONS[failure]
        emit("post.publication_failed", post_id=post.id, author_id=post.author_id, reason=reason)


def _after_schedule(failure: PublicationFailure | None) -> dict[str, Any]:
    """Return the columns of a post whose time has come."""
    columns = {
        "scheduled_at": None,
        "publication_failure": failure,
        "updated_at": database_now(),
        "version": PostRow.version + 1,
    }
    if failure is None:
        return {**columns, "status": PostStatus.PUBLISHED, "published_at": PostRow.scheduled_at}
    draft_time = func.coalesce(PostRow.published_at, PostRow.created_at)
    return {**columns, "status": PostStatus.DRAFT, "listed_at": draft_time}


_WITHOUT_OBJECTS = {"synchronize_session": False}
