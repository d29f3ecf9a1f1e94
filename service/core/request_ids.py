"""Request ids (X-Request-ID): accepted from the client or generated, sent back and logged."""

from __future__ import annotations

import re
import uuid

from flask import Flask, Response, g, has_request_context, request

HEADER = "X-Request-ID"

# Restricted, because a client's id is copied to the response header and to every log line.
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def request_id() -> str:
    """Return the id of the current request: the client's if it is well-formed, else a new UUID.

    Raise RuntimeError outside a request.
    """
    current_id: str | None = g.get("request_id")
    if current_id is None:
        sent = request.headers.get(HEADER, "")
        current_id = g.request_id = sent if _ACCEPTABLE.fullmatch(sent) else str(uuid.uuid4())
    return current_id


def request_id_or_none() -> str | None:
    """Return the id of the current request; None outside a request."""
    return request_id() if has_request_context() else None


def init_request_ids(app: Flask) -> None:
    """Send the request id with every response, errors included."""
    app.after_request(_send)


def _send(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response
