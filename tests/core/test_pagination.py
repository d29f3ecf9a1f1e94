"""Every page links to its neighbours, and following the links visits every item once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from service.core.pagination import (
    PAGE_HEADERS,
    PAGE_MAX,
    PER_PAGE_MAX,
    OffsetPage,
    PageRequest,
    page_headers,
)

LINK = re.compile(r'<([^>]*)>; rel="(\w+)"')
app = Flask(__name__)


def headers_of(page: PageRequest, total: int, address: str = "/api/things") -> dict[str, str]:
    with app.test_request_context(address):
        return page_headers(OffsetPage([], total, page))


def links_of(page: PageRequest, total: int, address: str = "/api/things") -> dict[str, str]:
    return {name: target for target, name in LINK.findall(headers_of(page, total, address)["Link"])}


def page_numbers(page: PageRequest, total: int) -> dict[str, int]:
    return {
        name: int(parse_qs(urlsplit(target).query)["page"][0])
        for name, target in links_of(page, total).items()
    }


class TestPage:
    def test_counts_from_one(self) -> None:
        assert (PageRequest(1, 20).offset, PageRequest(1, 20).limit) == (0, 20)
        assert (PageRequest(3, 7).offset, PageRequest(3, 7).limit) == (14, 7)

    def test_the_furthest_fits_into_every_database(self) -> None:
        assert PageRequest(PAGE_MAX, PER_PAGE_MAX).offset < 2**31


class TestPageHeaders:
    @pytest.mark.parametrize(
        ("number", "total", "expected"),
        [
            (1, 0, {"first": 1, "last": 1}),
            (1, 10, {"first": 1, "last": 1}),
            (1, 11, {"first": 1, "next": 2, "last": 2}),
            (2, 25, {"first": 1, "prev": 1, "next": 3, "last": 3}),
            (3, 25, {"first": 1, "prev": 2, "last": 3}),
            (9, 25, {"first": 1, "prev": 3, "last": 3}),
            (PAGE_MAX, 0, {"first": 1, "prev": 1, "last": 1}),
            (PAGE_MAX, 10**12, {"first": 1, "prev": PAGE_MAX - 1, "last": PAGE_MAX}),
        ],
    )
    def test_link_to_the_neighbours_there_are(
        self, number: int, total: int, expected: dict[str, int]
    ) -> None:
        assert page_numbers(PageRequest(number, 10), total) == expected

    def test_say_how_many_there_are(self) -> None:
        assert headers_of(PageRequest(2, 10), 25)["X-Total-Count"] == "25"

    def test_keep_the_other_parameters(self) -> None:
        links = links_of(
            PageRequest(1, 10), 25, "/api/things?tag=a&search=f%C3%BC%26r+%3E&page=1&tag=b&per_page=10"
        )
        assert links["next"] == "/api/things?tag=a&tag=b&search=f%C3%BC%26r+%3E&page=2&per_page=10"

    def test_quote_the_path(self) -> None:
        assert (
            links_of(PageRequest(), 0, "/api/a%3E%20%22b/c")["first"]
            == "/api/a%3E%20%22b/c?page=1&per_page=20"
        )

    def test_say_nothing_about_the_host(self) -> None:
        """Another host's name in a Host header must not get into an answer that is cached."""
        with app.test_request_context("/api/things", headers={"Host": "elsewhere.example"}):
            assert "elsewhere" not in page_headers(OffsetPage([], 0, PageRequest()))["Link"]

    @given(
        number=st.integers(1, PAGE_MAX),
        size=st.integers(1, PER_PAGE_MAX),
        total=st.integers(0, 2**63 - 1),
        search=st.text(max_size=100),
    )
    def test_are_as_declared(self, number: int, size: int, total: int, search: str) -> None:
        with app.test_request_context(
            "/api/things", query_string={"search": search.encode("utf-8", "replace")}
        ):
            sent = page_headers(OffsetPage([], total, PageRequest(number, size)))
        assert sent.keys() == PAGE_HEADERS.keys()
        assert Draft202012Validator(PAGE_HEADERS["Link"]["schema"]).is_valid(sent["Link"])
        assert Draft202012Validator(PAGE_HEADERS["X-Total-Count"]["schema"]).is_valid(
            int(sent["X-Total-Count"])
        )

    @given(total=st.integers(0, 60), size=st.integers(1, 9))
    def test_next_leads_past_every_item_once(self, total: int, size: int) -> None:
        def walk() -> Iterator[PageRequest]:
            number: int | None = 1
            while number:
                yield PageRequest(number, size)
                number = page_numbers(PageRequest(number, size), total).get("next")

        pages = list(walk())
        assert [after.offset - before.offset for before, after in pairwise(pages)] == [size] * (
            len(pages) - 1
        )
        assert pages[-1].offset + size >= total > pages[-1].offset or total == 0

    def test_examples_are_as_declared(self) -> None:
        for header in PAGE_HEADERS.values():
            assert Draft202012Validator(header["schema"]).is_valid(header["example"])
