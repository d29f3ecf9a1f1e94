"""Lets the time of scheduled posts come, without waiting for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from service.core.database import transaction
from service.extensions import db
from service.models.base import utcnow
from service.models.posts import Post, PostStatus
from service.posts.due_posts import publish_due_posts


def move_schedule(post_id: UUID | str, scheduled_at: datetime | None = None) -> None:
    """Set the time of a post, by default to a second ago, if it is scheduled."""
    at = scheduled_at or utcnow() - timedelta(seconds=1)
    with db.engine.begin() as connection:
        moved = sa.update(Post).where(Post.id == UUID(str(post_id)), Post.status == PostStatus.SCHEDULED)
        connection.execute(moved.values(scheduled_at=at, listed_at=at))


def make_due(post_id: UUID | str) -> None:
    """Publish a post, if it is scheduled, as the worker does at its time."""
    move_schedule(post_id)
    with transaction():
        publish_due_posts()
