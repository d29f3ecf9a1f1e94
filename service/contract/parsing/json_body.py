"""Reads a JSON body strictly (RFC 8259), within what databases and clients can hold.

Python's `json` and orjson each accept what the other refuses: duplicate keys, NaN, lone surrogates, integers turned
into floats. A value from here can be validated, stored and sent back without surprises.
"""

from __future__ import annotations

import json
import re
from math import inf
from typing import Any

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from ..problems import MalformedJson, UnsupportedMediaType
from .form_body import too_large

MAX_DEPTH = 64

# A string (terminated or not), or one bracket. Possessive quantifiers: linear time for any input.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\[\s\S])*+"?|[][{}]')
# Escapes that may be NUL or a surrogate, unless the backslash is itself escaped.
_DOUBTFUL_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_NUL_OR_SURROGATE = re.compile("[\x00\ud800-\udfff]")


def read_json_body(request: Request, *, limit_bytes: int, required: bool = True) -> Any:
    """Return the request's body, parsed by `load_json`; it stays readable for Flask.

    Unless it is `required`, no body or an empty one is an empty object. Raises `ContentTooLarge` for more than
    `limit_bytes` without reading further, `UnsupportedMediaType` unless it is plain `application/json` or
    `application/*+json` in UTF-8, `MalformedJson` if it is empty or not strict JSON.
    """
    limit_bytes = min(limit_bytes, request.max_content_length or limit_bytes)
    declared = request.content_length
    if declared is not None and declared > limit_bytes:
        raise too_large(limit_bytes)
    is_chunked = "Transfer-Encoding" in request.headers
    if not declared and not is_chunked and not (required and request.mimetype):
        if required:
            raise MalformedJson("The body is empty.")
        return {}
    # Node.js sends a POST without a body as chunks, of which there are none, and without a media type.
    may_be_empty = is_chunked and not required
    if not may_be_empty:
        _check_media_type(request)
    # Werkzeug silently truncates a chunked body at its limit, so the limit is one byte more than we accept.
    request.max_content_length = limit_bytes + 1
    try:
        raw = request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise too_large(limit_bytes) from error
    except ClientDisconnected as error:
        raise MalformedJson("The body ends before its Content-Length.") from error
    if may_be_empty:
        if not raw:
            return {}
        _check_media_type(request)
    if len(raw) > limit_bytes:
        raise too_large(limit_bytes)
    return load_json(raw)


def load_json(raw: bytes) -> Any:
    """Parse the JSON text `raw`; integers of up to 4,300 digits are exact.

    Raises `MalformedJson`, with a message that does not repeat the text, for anything but one RFC 8259 value in UTF-8
    without BOM, NUL, lone surrogates, repeated keys, numbers too large for a double, or more than 64 levels.
    """
    if not raw or raw.isspace():
        raise MalformedJson("The body is empty.")
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _check_depth(raw)
    try:
        value = _DECODER.decode(raw.decode())
    except json.JSONDecodeError as error:
        what = error.msg.partition(":")[0].removesuffix(" at")
        raise MalformedJson(
            f"The body is not JSON: {what} (line {error.lineno}, column {error.colno})."
        ) from error
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 (byte {error.start}).") from error
    except ValueError as error:  # `int` parses at most 4,300 digits
        raise MalformedJson("The body has a number with too many digits.") from error
    if _DOUBTFUL_ESCAPE.search(raw):
        _check_texts(value)
    return value


def _check_media_type(request: Request) -> None:
    media_type = request.mimetype
    if media_type != "application/json" and not re.fullmatch(r"application/[^/]+\+json", media_type):
        raise UnsupportedMediaType("Send application/json.")
    if request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise UnsupportedMediaType("Send JSON in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")


def _check_depth(raw: bytes) -> None:
    """Raise `MalformedJson` for more than 64 levels, before a recursive parser sees them."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(raw):
        token = raw[match.start()]
        if token in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedJson(
                    f"The body is nested deeper than {MAX_DEPTH} levels (byte {match.start()})."
                )
        elif token in b"]}":
            depth -= 1


def _check_texts(value: Any) -> None:
    """Raise `MalformedJson` if any string or key contains NUL or a lone surrogate."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str) and _NUL_OR_SURROGATE.search(part):
            raise MalformedJson("A string in the body contains NUL or a lone surrogate.")
        if isinstance(part, dict):
            waiting.extend(part)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("An object in the body has a duplicate key.")
    return members


def _finite(literal: str) -> float:
    value = float(literal)
    if value in (inf, -inf):
        raise MalformedJson("The body has a number that is too large.")
    return value


def _refuse_constant(name: str) -> Any:
    raise MalformedJson(f"The body is not JSON: {name} is not a JSON number.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite, parse_constant=_refuse_constant)
