"""Header Objects of responses: ETag, Location, rate limits, deprecation, and those of problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_restx.swagger import _clean_header

from ..deprecation import DEPRECATION_HEADER_MARK
from ..operations import DeclaredResponse, Operation
from ..problems import Problem
from .field_schemas import Schema

RETRY_AFTER = {
    "description": "Seconds to wait before retrying.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0, "maximum": 86400},
}
RETRY_AFTER_IN_USE = {
    "description": "Seconds to wait, if the request with this `Idempotency-Key` is still being processed.",
    "schema": RETRY_AFTER["schema"],
}
RATE_LIMIT_HEADERS = {
    "RateLimit": {
        "description": "What is left of the limit: its name, `r` requests remaining, `t` seconds until it resets.",
        "schema": {"type": "string", "maxLength": 200},
    },
    "RateLimit-Policy": {
        "description": "The limit: its name, `q` requests in a window of `w` seconds.",
        "schema": {"type": "string", "maxLength": 200},
    },
}
DEPRECATION = {
    "description": "Date of the deprecation (RFC 9745): `@` and the seconds since 1970.",
    "schema": {"type": "string", "pattern": "^@-?[0-9]{1,15}$", "maxLength": 17},
}
SUNSET = {
    "description": "Date from which on it may be removed (RFC 8594).",
    "schema": {
        "type": "string",
        "pattern": "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$",
        "maxLength": 29,
    },
}
DEPRECATION_LINK = {
    "description": "The replacement (`successor-version`), and pages about the deprecation (`deprecation`, `sunset`).",
    "schema": {"type": "string", "maxLength": 8000},
}


def deprecation_headers(operation: Operation) -> dict[str, Any]:
    """Return the deprecation headers of an operation's responses.

    They are required if the operation itself is deprecated, and optional if only parameters or properties are.
    """
    own = operation.declared.deprecation
    deprecations = [*([own] if own else []), *operation.input_deprecations]
    if not deprecations:
        return {}
    headers: dict[str, Any] = {"Deprecation": _mark_deprecation_header(DEPRECATION, required=own is not None)}
    if any(deprecation.sunset for deprecation in deprecations):
        headers["Sunset"] = _mark_deprecation_header(
            SUNSET, required=own is not None and own.sunset is not None
        )
    if (own and own.successor) or any(deprecation.info_url for deprecation in deprecations):
        headers["Link"] = _mark_deprecation_header(DEPRECATION_LINK, required=False)
    return headers


def _mark_deprecation_header(header: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """Mark a header that comes and goes with a deprecation: a comparison of two documents ignores it."""
    return {**header, **({"required": True} if required else {}), DEPRECATION_HEADER_MARK: True}


def declared_headers(operation: Operation, response: DeclaredResponse) -> dict[str, Any]:
    """Return the response headers that the operation declares, with RESTX's decorators and with ours."""
    stock = {**operation.headers, **(response.options.get("headers") or {})}
    return {**{name: _stock_header(note) for name, note in stock.items()}, **operation.declared.headers}


def _stock_header(note: Any) -> dict[str, Any]:
    cleaned = _clean_header(note if isinstance(note, str) else dict(note))
    described = {"description": cleaned.pop("description")} if cleaned.get("description") else {}
    return {**described, "schema": cleaned}


def problem_headers(status: int, problems: Iterable[type[Problem]] = ()) -> dict[str, Any]:
    """Return the headers of a status, whichever of these problems it is."""
    match status:
        case 401:
            return {"WWW-Authenticate": _challenge({"required": True})}
        case 403 if any(problem.sends_challenge for problem in problems):
            return {"WWW-Authenticate": _challenge({})}
        case 429 | 503:
            return {"Retry-After": RETRY_AFTER}
        case 416:
            return {
                "Content-Range": {
                    "description": "The size of the whole content: `bytes */1234`.",
                    "required": True,
                    "schema": {"type": "string", "pattern": "^bytes \\*/[0-9]+$", "maxLength": 40},
                }
            }
        case _:
            return {}


def _challenge(required: Schema) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 500}
    return {"description": "How to authenticate.", **required, "schema": schema}


def location_header(description: str) -> Schema:
    """Return the header `Location`."""
    schema = {"type": "string", "format": "uri-reference", "maxLength": 2048}
    return {"description": description, "required": True, "schema": schema}


def etag_header() -> dict[str, Any]:
    """Return the header `ETag`."""
    return {
        "description": "Entity tag of this version of the resource.",
        "required": True,
        "schema": {"type": "string", "pattern": r'^(W/)?"[!#-~]*"$', "maxLength": 200},
    }
