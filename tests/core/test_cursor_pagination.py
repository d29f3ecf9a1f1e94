from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service.core.cursor_pagination import (
    CURSOR_EXAMPLE,
    CursorPage,
    CursorRequest,
    cursor_arguments,
    decode_cursor,
    encode_cursor,
    pagination_headers,
    requested_page,
)
from service.core.pagination import OffsetPage, PageRequest

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
INT8_MAX = 2**63 - 1
instants = st.datetimes(timezones=st.just(UTC))
ids = st.integers(0, 2**128 - 1)


class TestCursor:
    @given(instants, ids)
    def test_comes_back_as_it_was_written(self, instant, number):
        assert decode_cursor(encode_cursor(instant, number)) == (instant, number)

    @given(instants, ids)
    def test_is_what_the_pattern_says(self, instant, number):
        parse = cursor_arguments.args[0].type
        assert parse(encode_cursor(instant, number)) == encode_cursor(instant, number)

    @given(st.text(ALPHABET, min_size=32, max_size=32))
    def test_is_every_text_of_the_pattern(self, text):
        instant, number = decode_cursor(text, max_id=INT8_MAX)
        assert datetime.min.replace(tzinfo=UTC) <= instant <= datetime.max.replace(tzinfo=UTC)
        assert 0 <= number <= INT8_MAX

    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("f" + "_" * 31, datetime.max.replace(tzinfo=UTC)),
            ("g" + "A" * 31, datetime.min.replace(tzinfo=UTC)),
        ],
    )
    def test_beyond_the_calendar_is_its_end(self, text, instant):
        assert decode_cursor(text)[0] == instant

    def test_example_is_one(self):
        assert UUID(int=decode_cursor(CURSOR_EXAMPLE)[1]).version == 7

    @given(st.tuples(instants, ids), st.tuples(instants, ids))
    def test_tells_any_two_places_apart(self, one, other):
        assert (encode_cursor(*one) == encode_cursor(*other)) == (one == other)

    def test_instant_is_counted_to_the_microsecond(self):
        instant = datetime(2026, 11, 21, 9, 30, 0, 1, tzinfo=UTC)
        assert encode_cursor(instant, 1) != encode_cursor(instant - timedelta(microseconds=1), 1)


class TestPartAskedFor:
    def test_is_a_page_without_a_cursor(self):
        assert requested_page({"after": None, "page": 3, "per_page": 5}) == PageRequest(3, 5)

    def test_cursor_wins_over_the_page(self):
        instant = datetime(2026, 11, 21, tzinfo=UTC)
        asked = {"after": encode_cursor(instant, 7), "page": 3, "per_page": 5}
        assert requested_page(asked) == CursorRequest(instant, 7, 5)

    def test_ids_are_kept_within_what_the_database_holds(self):
        part = requested_page({"after": "_" * 32, "page": 1, "per_page": 5}, max_id=INT8_MAX)
        assert isinstance(part, CursorRequest)
        assert part.id == INT8_MAX


class TestListHeaders:
    @pytest.fixture
    def address(self):
        with Flask("test").test_request_context("/api/posts?tag=a&tag=b&page=2&per_page=5&after=x"):
            yield

    def test_page_has_its_own(self, address):
        assert set(pagination_headers(OffsetPage([], 0, PageRequest()))) == {"Link", "X-Total-Count"}

    def test_last_stretch_has_no_next(self, address):
        assert pagination_headers(CursorPage([], None)) == {
            "Link": '</api/posts?tag=a&tag=b&per_page=5>; rel="first"'
        }

    def test_next_keeps_all_but_the_place(self, address):
        assert pagination_headers(CursorPage([], "c" * 32))["Link"].endswith(
            f', </api/posts?tag=a&tag=b&per_page=5&after={"c" * 32}>; rel="next"'
        )

    def test_address_without_query_has_no_question_mark(self):
        with Flask("test").test_request_context("/api/posts?after=x"):
            assert pagination_headers(CursorPage([], None)) == {"Link": '</api/posts>; rel="first"'}
