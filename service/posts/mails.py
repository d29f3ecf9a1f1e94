"""The mails about the publication of a scheduled post, and the tasks that send them to its author."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.config import settings
from service.core.jobs.tasks import task
from service.core.mail.sending import send_mail
from service.core.mail.templates import mail
from service.extensions import db
from service.models.events import AUTHOR_ID, EVENTS, POST_ID
from service.models.posts import Post, PostStatus

_REASON = EVENTS["post.publication_failed"].payload["reason"]


@mail(
    "post_published",
    payload={"post_id": POST_ID},
    example={
        "title": "The analytical engine",
        "url": "https://blog.example.org/posts/the-analytical-engine",
    },
)
def post_published_mail(post_id: str) -> dict[str, Any] | None:
    """Return what the mail about a publication says; None if the post is not published any more."""
    columns = select(Post.title, Post.slug).where(
        Post.id == UUID(post_id), Post.status == PostStatus.PUBLISHED, Post.trashed_at.is_(None)
    )
    row = db.session.execute(columns).one_or_none()
    return None if row is None else {"title": row.title, "url": f"{settings().site_url}/posts/{row.slug}"}


@mail(
    "post_not_published",
    payload={"post_id": POST_ID, "reason": _REASON},
    example={
        "title": "The analytical engine",
        "reason": "Its author's account is deactivated.",
        "url": "https://blog.example.org/studio/posts/01a22786-3310-7137-8d61-f0667b81d6ea",
    },
)
def post_not_published_mail(post_id: str, reason: str) -> dict[str, Any] | None:
    """Return what the mail about a failed publication says; None if the post is published or gone by now."""
    columns = select(Post.title).where(
        Post.id == UUID(post_id), Post.status != PostStatus.PUBLISHED, Post.trashed_at.is_(None)
    )
    title = db.session.scalar(columns)
    if title is None:
        return None
    return {"title": title, "reason": reason, "url": f"{settings().site_url}/studio/posts/{post_id}"}


@task(
    "posts.mail_publication",
    payload={"post_id": POST_ID, "author_id": AUTHOR_ID, "scheduled": {"type": "boolean"}},
)
def mail_publication(post_id: str, author_id: int | None, scheduled: bool) -> None:
    """Tell the author that a scheduled post is out; who publishes by hand sees it."""
    if scheduled and author_id is not None:
        send_mail(post_published_mail, to=author_id, post_id=post_id)


@task(
    "posts.mail_publication_failure",
    payload={"post_id": POST_ID, "author_id": AUTHOR_ID, "reason": _REASON},
)
def mail_publication_failure(post_id: str, author_id: int | None, reason: str) -> None:
    """Tell the author that a scheduled post could not be published, and why."""
    if author_id is not None:
        send_mail(post_not_published_mail, to=author_id, post_id=post_id, reason=reason)
