"""Tasks that tell the web app what has changed, so that its pages are fresh at once. They react to events.

Which pages an event concerns is the web app's affair (`web/src/api/event-tags.ts`). A message that comes twice does no
harm, nor does one about a change that was made in the web app; without one its pages are fresh within `PAGE_MAX_AGE_S`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from service.config import settings
from service.core.database import read_connection
from service.core.jobs.tasks import task
from service.core.webhooks import WebhookFailed, WebhookUnanswered, send_webhook
from service.models.events import EVENT, POST_ID
from service.models.posts import Post, PostSlug
from service.models.users import User

# Before mails: readers see it.
PRIORITY = 50
TIME_LIMIT_S = 30
# A web app that did not respond is not asked again for so long: one that hangs must not keep all workers.
PAUSE_S = 10.0

_paused_until_s: dict[str, float] = {}


@task(
    "web.revalidate_post",
    payload={"event": EVENT, "post_id": POST_ID},
    priority=PRIORITY,
    time_limit_s=TIME_LIMIT_S,
    kept=False,
)
def revalidate_post(event: Mapping[str, str], post_id: str) -> None:
    """Tell of a post that readers see or have seen: of its address, author and tags. Two statements."""
    if settings().revalidate_urls and (post := _public_post(UUID(post_id))):
        _send(event, {"post": post})


@task(
    "web.revalidate_comments",
    payload={"event": EVENT, "post_id": POST_ID},
    priority=PRIORITY,
    time_limit_s=TIME_LIMIT_S,
    kept=False,
)
def revalidate_comments(event: Mapping[str, str], post_id: str) -> None:
    """Tell of a comment on a post."""
    _send(event, {"post_id": post_id})


@task(
    "web.revalidate_names",
    payload={"event": EVENT},
    priority=PRIORITY,
    time_limit_s=TIME_LIMIT_S,
    kept=False,
)
def revalidate_names(event: Mapping[str, str]) -> None:
    """Tell of an account whose name or profile may be another one."""
    _send(event, {})


def _public_post(post_id: UUID) -> dict[str, Any] | None:
    """Return what decides which pages show a post; None if it is gone, or has never been published."""
    # Not in the session, whose transaction would lock SQLite while the web app is waited for.
    connection = read_connection()
    columns = select(Post.id, Post.slug, Post.published_at, Post.tag_list, User.username)
    found = connection.execute(
        columns.join(User, User.id == Post.author_id, isouter=True).where(
            Post.id == post_id, Post.published_at.is_not(None)
        )
    ).one_or_none()
    if found is None:
        return None
    previous = connection.scalars(select(PostSlug.slug).where(PostSlug.post_id == post_id))
    return {
        "id": found.id,
        "slug": found.slug,
        "previous_slugs": list(previous),
        "published_at": found.published_at,
        "author": {"username": found.username},
        "tags": found.tag_list,
    }


def _send(event: Mapping[str, str], data: Mapping[str, Any]) -> None:
    """Send an event to every process of the web app; then raise `WebhookFailed` if one of them did not take it."""
    key = settings().revalidate_secret
    if key is None:
        return
    message = {"type": event["type"], "timestamp": event["occurred_at"], "data": data}
    body = orjson.dumps(message, option=orjson.OPT_UTC_Z)
    failures = []
    for url in settings().revalidate_urls:
        try:
            _send_to(url, key, event["id"], body)
        except WebhookFailed as failure:
            failures.append(str(failure))
    if failures:
        raise WebhookFailed("; ".join(failures))


def _send_to(url: str, key: bytes, event_id: str, body: bytes) -> None:
    if time.monotonic() < _paused_until_s.get(url, 0):
        raise WebhookUnanswered(f"{url} did not respond a moment ago")
    try:
        send_webhook(url, key, event_id, body)
    except WebhookUnanswered:
        _paused_until_s[url] = time.monotonic() + PAUSE_S
        raise
