"""Which part of a list was asked for, and how does the client get to the others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import request
from flask_restx import reqparse

from service.contract.types import integer

PER_PAGE = 20
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000  # the furthest offset, 10^8, is far from the end of any integer

Item = TypeVar("Item")

pagination_arguments = reqparse.RequestParser()
pagination_arguments.add_argument(
    "page",
    type=integer(1, PAGE_MAX),
    location="args",
    default=1,
    help="Which page of the list, counted from 1. A page beyond the end is empty.",
)
pagination_arguments.add_argument(
    "per_page",
    type=integer(1, PER_PAGE_MAX),
    location="args",
    default=PER_PAGE,
    help="How many items a page has.",
)

_LINK = '<[^>]+>; rel="(first|prev|next|last)"'

# For @response_headers: what `page_headers` sends.
PAGE_HEADERS: dict[str, dict[str, Any]] = {
    "X-Total-Count": {
        "description": "How many items the whole list has.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        "example": 42,
    },
    "Link": {
        "description": "The other pages (RFC 8288): `first`, `prev`, `next`, `last`, as far as there are any.",
        "required": True,
        "schema": {"type": "string", "maxLength": 16_384, "pattern": f"^{_LINK}(, {_LINK})*$"},
        "example": '</api/items?page=1&per_page=20>; rel="first", </api/items?page=3&per_page=20>; rel="last"',
    },
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A part of a list: `number` counts from 1, `size` items each."""

    number: int = 1
    size: int = PER_PAGE

    @property
    def limit(self) -> int:
        """Return how many rows to select."""
        return self.size

    @property
    def offset(self) -> int:
        """Return how many rows to skip."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class OffsetPage(Generic[Item]):
    """The items of one page, and how many there are on all pages together."""

    items: Sequence[Item]
    total: int
    page: PageRequest

    @property
    def last_page(self) -> int:
        """Return the number of the last page that can be asked for; 1 when there are no items."""
        return min(PAGE_MAX, max(1, -(-self.total // self.page.size)))


def page_headers(part: OffsetPage[Any]) -> dict[str, str]:
    """Return `X-Total-Count` and `Link` for the current request, whose other query parameters are kept."""
    links = ", ".join(
        f'<{_page_url(number, part.page.size)}>; rel="{name}"' for name, number in _page_links(part)
    )
    return {"X-Total-Count": str(part.total), "Link": links}


def _page_links(part: OffsetPage[Any]) -> list[tuple[str, int]]:
    number, last = part.page.number, part.last_page
    found = [("first", 1)]
    if number > 1:
        found.append(("prev", min(number - 1, last)))
    if number < last:
        found.append(("next", number + 1))
    return [*found, ("last", last)]


def _page_url(number: int, size: int) -> str:
    kept = [
        (name, value) for name, value in request.args.items(multi=True) if name not in {"page", "per_page"}
    ]
    return f"{quote(request.path)}?{urlencode([*kept, ('page', number), ('per_page', size)])}"
