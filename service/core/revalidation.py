"""The task that tells the web app what has changed, so that its pages are fresh at once. It reacts to events.

It sends the messages that webhooks get. Which pages an event concerns is the web app's affair
(`web/src/api/event-tags.ts`). A message that comes twice does no harm, nor does one about a change that was made in the
web app; without one its pages are fresh within `PAGE_MAX_AGE_S`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from service.config import settings
from service.core.event_data import event_message
from service.core.jobs.tasks import task
from service.core.standard_webhooks import WebhookFailed, WebhookUnanswered, send_webhook
from service.models.events import DATA, EVENT, POST_ID

# Before mails: readers see it.
PRIORITY = 50
TIME_LIMIT_S = 30
# A web app that hangs is not asked again for so long: it must not keep all workers. One that is being restarted refuses
# connections, which costs nothing; it has to hear of the next change.
PAUSE_S = 10.0

_paused_until_s: dict[str, float] = {}


def _web_app_listens(_event: str) -> bool:
    return bool(settings().revalidate_urls and settings().revalidate_secret)


@task(
    "web.revalidate",
    payload={"event": EVENT, "data": DATA},
    priority=PRIORITY,
    time_limit_s=TIME_LIMIT_S,
    kept=False,
    wanted=_web_app_listens,
)
def revalidate(event: Mapping[str, str], data: Mapping[str, Any]) -> None:
    """Send an event to every process of the web app; then raise `WebhookFailed` if one of them did not take it."""
    key = settings().revalidate_secret
    if key is None:
        return
    body = event_message(event, data)
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


def _do_nothing(**_payload: Any) -> None:
    """Let a job of 0.2.0 end, which a deploy has left: the web app, started anew with it, has dropped what it had."""


_FORMER_PAYLOAD: Mapping[str, Any] = {"event": {"type": "object"}, "post_id": POST_ID}
task("web.revalidate_post", payload=_FORMER_PAYLOAD, kept=False)(_do_nothing)
task("web.revalidate_comments", payload=_FORMER_PAYLOAD, kept=False)(_do_nothing)
task("web.revalidate_names", payload={"event": _FORMER_PAYLOAD["event"]}, kept=False)(_do_nothing)
