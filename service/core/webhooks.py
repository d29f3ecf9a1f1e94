"""Sending an event to an address that an operator has configured, signed in the form of Standard Webhooks.

https://www.standardwebhooks.com: the receiver verifies the signature over id, time and body, and refuses old messages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

# To connect, and for each read: a receiver that hangs must not keep a worker.
TIMEOUT_S = 5.0


class WebhookFailed(Exception):
    """The receiver did not take the message; the text names it and says why."""


class WebhookUnanswered(WebhookFailed):
    """The receiver did not respond in time, or cannot be reached."""


def send_webhook(url: str, key: bytes, message_id: str, body: bytes) -> None:
    """POST `body`, JSON, to `url`; redirects are not followed.

    A repeated message has the same `message_id`, by which the receiver can recognize it. Raise `WebhookUnanswered`, or
    `WebhookFailed` after any other response than a success.
    """
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        connection.request(
            "POST",
            parts.path or "/",
            body,
            {"Content-Type": "application/json", **signed_headers(key, message_id, int(time.time()), body)},
        )
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise WebhookUnanswered(f"{url} did not respond: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise WebhookFailed(f"{url} responded with {status}")


def signed_headers(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message that is sent at `timestamp`, in seconds since 1970."""
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }
