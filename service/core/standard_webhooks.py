"""Sending an event to an address that an operator has configured, signed in the form of Standard Webhooks.

https://www.standardwebhooks.com: the receiver verifies the signature over id, time and body, and refuses old messages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from service.core.jobs.tasks import AttemptFailed
from service.core.outbound.errors import FetchError, FetchTimedOut
from service.core.outbound.safe_fetch import safe_fetch

# For all of it: a receiver that hangs must not keep a worker.
TIMEOUT_S = 5.0


class WebhookFailed(AttemptFailed):
    """The receiver did not take the message; the text names it and says why."""


class WebhookUnanswered(WebhookFailed):
    """The receiver did not respond in time."""


def send_webhook(url: str, key: bytes, message_id: str, body: bytes) -> None:
    """POST `body`, JSON, to `url`; redirects are not followed.

    A repeated message has the same `message_id`, by which the receiver can recognize it. Raise `WebhookUnanswered`, or
    `WebhookFailed` after any other response than a success.
    """
    headers = {"Content-Type": "application/json", **signed_headers(key, message_id, int(time.time()), body)}
    try:
        status = safe_fetch(
            "POST", url, headers=headers, content=body, timeout_s=TIMEOUT_S, cut=True, trusted=True
        ).status
    except FetchTimedOut as error:
        raise WebhookUnanswered(f"{url} did not respond: {error}") from error
    except FetchError as error:
        raise WebhookFailed(f"{url} did not respond: {error}") from error
    if not 200 <= status < 300:
        raise WebhookFailed(f"{url} responded with {status}")


def signed_headers(
    key: bytes, message_id: str, timestamp: int, body: bytes, *more_keys: bytes
) -> dict[str, str]:
    """Return the headers of a message that is sent at `timestamp`, in seconds since 1970.

    While a secret is replaced there are `more_keys`: each signs, and a receiver that knows one of them is content.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = [hmac.digest(each, signed, hashlib.sha256) for each in (key, *more_keys)]
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }
