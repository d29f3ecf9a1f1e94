"""The mail about a comment on a post, and the task that sends it to the author of the post."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from service.config import settings
from service.core.jobs.tasks import task
from service.core.mail.sending import send_mail
from service.core.mail.templates import mail
from service.extensions import db
from service.models.comments import Comment
from service.models.events import AUTHOR_ID, COMMENT_ID, POST_ID
from service.models.posts import Post, PostStatus
from service.models.users import User

# The rest is a click away.
QUOTED_MAX = 600

_COMMENTER = aliased(User)


@mail(
    "comment",
    payload={"comment_id": COMMENT_ID},
    example={
        "commenter": "Grace Hopper",
        "title": "The analytical engine",
        "comment": "A fine description of the *mill*.\n\nDid it ever run?",
        "url": "https://blog.example.org/posts/the-analytical-engine#comment-1001",
    },
    can_unsubscribe=True,
)
def comment_mail(comment_id: int) -> dict[str, Any] | None:
    """Return what the mail about a comment says; None if the comment or its post cannot be read any more."""
    columns = (
        select(Comment.body, Post.title, Post.slug, _COMMENTER.display_name)
        .join(Post, Post.id == Comment.post_id)
        .join(_COMMENTER, _COMMENTER.id == Comment.author_id)
        .where(
            Comment.id == comment_id,
            Comment.deleted_at.is_(None),
            Post.status == PostStatus.PUBLISHED,
            Post.trashed_at.is_(None),
        )
    )
    row = db.session.execute(columns).one_or_none()
    if row is None:
        return None
    text = row.body if len(row.body) <= QUOTED_MAX else f"{row.body[:QUOTED_MAX].rstrip()}…"
    return {
        "commenter": row.display_name,
        "title": row.title,
        "comment": text,
        "url": f"{settings().site_url}/posts/{row.slug}#comment-{comment_id}",
    }


@task(
    "comments.mail_post_author",
    payload={"comment_id": COMMENT_ID, "post_id": POST_ID, "author_id": AUTHOR_ID},
)
def mail_post_author(comment_id: int, post_id: str, author_id: int | None) -> None:
    """Send a mail about a comment to the author of the post, unless they wrote it, or want no such mails."""
    wanted = (
        select(User.id)
        .join(Post, Post.author_id == User.id)
        .where(Post.id == UUID(post_id), User.id != author_id, User.is_active, User.comment_notifications)
    )
    recipient = db.session.scalar(wanted)
    if recipient is not None:
        send_mail(comment_mail, to=recipient, comment_id=comment_id)
