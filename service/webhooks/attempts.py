"""One attempt at a delivery: the signed request, and what became of it. No database is used here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from service import __version__
from service.core.encryption import DecryptionFailed
from service.core.outbound.errors import FetchError
from service.core.outbound.safe_fetch import FetchedResponse, safe_fetch
from service.core.standard_webhooks import signed_headers
from service.models.webhooks import ERROR_MAX
from service.webhooks.secrets import signing_key

# For all of an attempt, from the resolution of the name to the last byte.
TIMEOUT_S = 10.0
# So much of a response is read, and kept in the log.
RESPONSE_BYTES = 4_096
RESPONSE_HEADERS_MAX = 50
HEADER_MAX = 500
GONE = 410

# The receiver's own secrets are none of the log's business.
_NOT_LOGGED = frozenset(
    {"set-cookie", "set-cookie2", "authorization", "proxy-authenticate", "www-authenticate"}
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `secrets` are encrypted: the current one, and the previous one while it is valid.

    `attempt` is the number of the attempt since the delivery was asked for.
    """

    attempt_id: int
    delivery_id: int
    endpoint_id: UUID
    attempt: int
    url: str
    message_id: UUID
    body: bytes
    secrets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: a response, or an error with its code."""

    outgoing: Outgoing
    duration_ms: int
    request_headers: list[dict[str, Any]] | None
    response: FetchedResponse | None
    error_code: str | None = None
    error: str | None = None

    @property
    def is_success(self) -> bool:
        """Tell whether the receiver has taken the message."""
        return self.error_code is None

    @property
    def is_gone(self) -> bool:
        """Tell whether the receiver wants no more messages."""
        return self.response is not None and self.response.status == GONE

    def columns(self) -> dict[str, Any]:
        """Return the values of the attempt's columns, its end excepted."""
        response = self.response
        return {
            "duration_ms": self.duration_ms,
            "request_headers": self.request_headers,
            "status": response and response.status,
            "response_headers": response and _logged(response.headers),
            # PostgreSQL cannot store NUL in a text.
            "response_body": response and response.body.decode("utf-8", "replace").replace("\0", "\ufffd"),
            "is_response_cut": response is not None and response.is_cut,
            "error_code": self.error_code,
            "error": self.error and self.error[:ERROR_MAX],
        }


def attempt(outgoing: Outgoing) -> Outcome:
    """Send a message, signed now with all secrets that are valid; it never raises for what the receiver does."""
    started_s = time.perf_counter()

    def outcome(
        headers: Mapping[str, str] | None,
        response: FetchedResponse | None,
        code: str | None = None,
        error: str | None = None,
    ) -> Outcome:
        duration_ms = round((time.perf_counter() - started_s) * 1000)
        return Outcome(outgoing, duration_ms, _pairs(headers), response, code, error)

    try:
        keys = [signing_key(secret) for secret in outgoing.secrets]
    except DecryptionFailed as failure:
        return outcome(None, None, "SECRET_UNREADABLE", str(failure))
    timestamp = int(datetime.now(UTC).timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Colophon/{__version__}",
        **signed_headers(keys[0], str(outgoing.message_id), timestamp, outgoing.body, *keys[1:]),
    }
    try:
        response = safe_fetch(
            "POST",
            outgoing.url,
            headers=headers,
            content=outgoing.body,
            timeout_s=TIMEOUT_S,
            max_bytes=RESPONSE_BYTES,
            cut=True,
        )
    except FetchError as error:
        return outcome(headers, None, error.code, str(error))
    if 200 <= response.status < 300:
        return outcome(headers, response)
    return outcome(headers, response, "STATUS_REFUSED", _refusal(response.status))


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"The receiver responded with {status}. Redirects are not followed: enter the URL that they lead to."
    return f"The receiver responded with {status}."


def _pairs(headers: Mapping[str, str] | None) -> list[dict[str, Any]] | None:
    return headers and [{"name": name.lower(), "value": value} for name, value in headers.items()]  # type: ignore[return-value]


def _logged(headers: Mapping[str, str]) -> list[dict[str, Any]]:
    shown = [(name, value) for name, value in headers.items() if name not in _NOT_LOGGED]
    return [
        {"name": name[:HEADER_MAX], "value": value[:HEADER_MAX]}
        for name, value in shown[:RESPONSE_HEADERS_MAX]
    ]
