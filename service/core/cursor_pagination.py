"""Keyset pagination with opaque cursors: the `after` parameter and Link headers; offsets are in `pagination`.

The cost of a page does not grow with its depth: the SELECT starts after the sort key of the last item. A cursor is
32 base64url characters: 8 bytes with the sort timestamp in microseconds since 1970, and 16 with the item's id. Every
such string is a valid cursor: values out of range are clamped to the nearest possible ones.
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import request
from flask_restx import reqparse

from service.contract.types import string
from service.core.pagination import PAGE_HEADERS, PER_PAGE, OffsetPage, PageRequest, page_headers

CURSOR_LENGTH = 32
CURSOR_PATTERN = "^[A-Za-z0-9_-]{32}$"
CURSOR_EXAMPLE = "AAZgxgEwVgABmqRNwn1-PryL2zfCExZY"

Item = TypeVar("Item")

cursor_arguments = reqparse.RequestParser()
cursor_arguments.add_argument(
    "after",
    type=string(
        min_length=CURSOR_LENGTH, max_length=CURSOR_LENGTH, pattern=CURSOR_PATTERN, example=CURSOR_EXAMPLE
    ),
    location="args",
    help="Return the items after this `cursor`. Takes precedence over `page`; `X-Total-Count` is not sent, and `Link` "
    "has only `first` and `next`.",
)

# For @response_headers of a list with both kinds of pagination: what `pagination_headers` sends.
PAGINATION_HEADERS: dict[str, dict[str, Any]] = {
    "X-Total-Count": {
        **PAGE_HEADERS["X-Total-Count"],
        "description": "Total number of items in the list; not sent with `after`.",
        "required": False,
    },
    "Link": PAGE_HEADERS["Link"],
}

_FORM = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC)
_FIRST_US = (_FIRST - _EPOCH) // _MICROSECOND
_LAST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class CursorRequest:
    """The requested page after a cursor: `size` items after this timestamp and id (a UUID's is its `int`)."""

    timestamp: datetime
    id: int
    size: int = PER_PAGE


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[Item]):
    """One page of results after a cursor; `next_cursor` is None on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


def encode_cursor(timestamp: datetime, number: int) -> str:
    """Return the cursor of an item from its sort timestamp and its id (a UUID's `int`)."""
    packed = _FORM.pack((timestamp - _EPOCH) // _MICROSECOND, number.to_bytes(16, "big"))
    return urlsafe_b64encode(packed).decode("ascii")


def decode_cursor(cursor: str, *, max_id: int = 2**128 - 1) -> tuple[datetime, int]:
    """Return the timestamp and id of a cursor, clamped to the calendar and to an id of at most `max_id`."""
    microseconds, number = _FORM.unpack(urlsafe_b64decode(cursor))
    within = min(max(microseconds, _FIRST_US), _LAST_US)
    return _FIRST + timedelta(microseconds=within - _FIRST_US), min(int.from_bytes(number, "big"), max_id)


def requested_page(arguments: Any, *, max_id: int = 2**128 - 1) -> PageRequest | CursorRequest:
    """Return the page that the validated `after`, `page` and `per_page` request."""
    if arguments["after"] is None:
        return PageRequest(arguments["page"], arguments["per_page"])
    timestamp, number = decode_cursor(arguments["after"], max_id=max_id)
    return CursorRequest(timestamp, number, arguments["per_page"])


def pagination_headers(result: OffsetPage[Any] | CursorPage[Any]) -> dict[str, str]:
    """Return the `Link` header of the current request, and with offset pagination `X-Total-Count`."""
    if isinstance(result, OffsetPage):
        return page_headers(result)
    links = [f'<{_page_url()}>; rel="first"']
    if result.next_cursor is not None:
        links.append(f'<{_page_url(after=result.next_cursor)}>; rel="next"')
    return {"Link": ", ".join(links)}


def _page_url(**added: str) -> str:
    parameters = [
        (name, value) for name, value in request.args.items(multi=True) if name not in {"after", "page"}
    ]
    query = urlencode([*parameters, *added.items()])
    return quote(request.path) + (f"?{query}" if query else "")
