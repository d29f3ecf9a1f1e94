"""Offset pagination by page number: `page` and `per_page`, X-Total-Count and Link headers."""

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
PAGE_MAX = 1_000_000  # the largest offset, 10^8, fits in any integer type

Item = TypeVar("Item")

pagination_arguments = reqparse.RequestParser()
pagination_arguments.add_argument(
    "page",
    type=integer(1, PAGE_MAX),
    location="args",
    default=1,
    help="Page number, starting at 1. Pages past the end are empty.",
)
pagination_arguments.add_argument(
    "per_page",
    type=integer(1, PER_PAGE_MAX),
    location="args",
    default=PER_PAGE,
    help="Number of items per page.",
)

_LINK = '<[^>]+>; rel="(first|prev|next|last)"'

# For @response_headers: what `page_headers` sends.
PAGE_HEADERS: dict[str, dict[str, Any]] = {
    "X-Total-Count": {
        "description": "Total number of items in the list.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        "example": 42,
    },
    "Link": {
        "description": "Links to other pages (RFC 8288): `first`, `prev`, `next` and `last`, where they exist.",
        "required": True,
        "schema": {"type": "string", "maxLength": 16_384, "pattern": f"^{_LINK}(, {_LINK})*$"},
        "example": '</api/items?page=1&per_page=20>; rel="first", </api/items?page=3&per_page=20>; rel="last"',
    },
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested page: its `number`, starting at 1, and its `size` in items."""

    number: int = 1
    size: int = PER_PAGE

    @property
    def limit(self) -> int:
        """Return the LIMIT of the SELECT."""
        return self.size

    @property
    def offset(self) -> int:
        """Return the OFFSET of the SELECT."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class OffsetPage(Generic[Item]):
    """One page of results, with the total number of items."""

    items: Sequence[Item]
    total: int
    page: PageRequest

    @property
    def last_page(self) -> int:
        """Return the number of the last page that can be requested; 1 when there are no items."""
        return min(PAGE_MAX, max(1, -(-self.total // self.page.size)))


def page_headers(result: OffsetPage[Any]) -> dict[str, str]:
    """Return `X-Total-Count` and `Link` of the current request; its other query parameters are kept in the links."""
    links = ", ".join(
        f'<{_page_url(number, result.page.size)}>; rel="{name}"' for name, number in _page_links(result)
    )
    return {"X-Total-Count": str(result.total), "Link": links}


def _page_links(result: OffsetPage[Any]) -> list[tuple[str, int]]:
    number, last = result.page.number, result.last_page
    links = [("first", 1)]
    if number > 1:
        links.append(("prev", min(number - 1, last)))
    if number < last:
        links.append(("next", number + 1))
    return [*links, ("last", last)]


def _page_url(number: int, size: int) -> str:
    parameters = [
        (name, value) for name, value in request.args.items(multi=True) if name not in {"page", "per_page"}
    ]
    return f"{quote(request.path)}?{urlencode([*parameters, ('page', number), ('per_page', size)])}"
