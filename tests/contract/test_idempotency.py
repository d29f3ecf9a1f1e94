"""The `Idempotency-Key` in the contract layer: who accepts it, what is compared, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from flask import Flask, Response, request
from flask_restx import fields

from service.contract import Api, Namespace, Resource, accepts_idempotency_key, public
from service.contract.idempotency import (
    MAX_KEY_LENGTH,
    AlreadyAnswered,
    KeptResponse,
    KeyedRequest,
    fingerprint,
    read_key,
    respond_once,
)
from service.contract.problems import InvalidInput
from service.contract.validated_request import NOT_DECLARED

KEPT = KeptResponse(201, {"Content-Type": "application/json", "Location": "/books/1"}, b"{}")
REQUEST = KeyedRequest(None, "a-key", b"")


class Store:
    """Keeps responses in memory, by key."""

    def __init__(self) -> None:
        self.kept: dict[str, KeptResponse] = {}

    def find(self, request: KeyedRequest) -> KeptResponse | None:
        return self.kept.get(request.key)

    @contextmanager
    def attempt(self, request: KeyedRequest) -> Iterator[Callable[[KeptResponse], None]]:
        yield lambda response: self.kept.update({request.key: response})


def app_with(store: Store | None) -> Flask:
    ns = Namespace("books", description="Books.", path="/books")
    book = ns.model(
        "Book", {"id": fields.Integer(required=True, min=1, max=9, description="Its number.", example=1)}
    )
    numbers = iter(range(1, 9))

    @ns.route("")
    class Books(Resource):
        @public
        @ns.doc(id="createBook")
        @ns.marshal_with(book, code=201, description="The book")
        def post(self) -> Any:
            """Create a book."""
            return {"id": next(numbers)}, 201, {"Location": "/books/1"}

        @public
        @accepts_idempotency_key
        @ns.doc(id="countBooks")
        @ns.marshal_with(book, description="The number")
        def put(self) -> Any:
            """Count."""
            return {"id": next(numbers)}

        @public
        @ns.doc(id="listBooks")
        @ns.marshal_with(book, description="The books")
        def get(self) -> Any:
            """List books."""
            return {"id": 1}

    app = Flask(__name__)
    api = Api(app, title="Books", license="MIT", idempotency=store)
    api.add_namespace(ns)
    app.extensions["api"] = api
    return app


def methods_with_a_key(app: Flask) -> set[str]:
    item = app.extensions["api"].document["paths"]["/books"]
    return {method for method, operation in item.items() if "Idempotency-Key" in json.dumps(operation)}


class TestWhoAcceptsIt:
    def test_what_creates_something_and_what_says_so(self) -> None:
        assert methods_with_a_key(app_with(Store())) == {"post", "put"}

    def test_nobody_where_no_responses_are_kept(self) -> None:
        app = app_with(None)
        assert methods_with_a_key(app) == set()
        sent = [app.test_client().post("/books", headers={"Idempotency-Key": "not one"}) for _ in range(2)]
        assert [each.json["id"] for each in sent] == [1, 2]

    def test_the_second_request_gets_what_was_kept(self) -> None:
        client = app_with(Store()).test_client()
        first, second = (client.post("/books", headers={"Idempotency-Key": "a"}) for _ in range(2))
        assert (first.status_code, first.data) == (second.status_code, second.data) == (201, b'{"id":1}')
        assert dict(first.headers) == dict(second.headers)
        assert client.post("/books").json == {"id": 2}


class TestKey:
    @pytest.mark.parametrize("key", ["a", "!~", "x" * MAX_KEY_LENGTH])
    def test_is_1_to_255_visible_characters(self, key: str) -> None:
        assert read_key(key) == key

    @pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "\x00", "\xe9", "x" * (MAX_KEY_LENGTH + 1)])
    def test_is_nothing_else(self, key: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_key(key)
        (error,) = refused.value.errors
        assert error.parameter == "Idempotency-Key"
        assert not key.strip() or key not in error.detail


class TestFingerprint:
    def of(self, path: str = "/books", payload: Any = NOT_DECLARED, **sent: Any) -> bytes:
        has_form = "data" in sent
        with Flask(__name__).test_request_context(path, method=sent.pop("method", "POST"), **sent):
            return fingerprint(request, payload, has_form=has_form)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"payload": {"a": 1, "b": [1]}}, {"payload": {"b": [1], "a": 1}}),
            ({"path": "/books"}, {"path": "/books/"}),
            ({"path": "/books?a=1&b=2"}, {"path": "/books?b=2&a=1"}),
            ({"headers": {"Accept": "*/*"}}, {}),
        ],
    )
    def test_is_the_same_for_the_same_request(self, one: Any, other: Any) -> None:
        assert self.of(**one) == self.of(**other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"method": "PUT"}, {"method": "POST"}),
            ({"path": "/books/1"}, {"path": "/books/2"}),
            ({"path": "/books?a=1"}, {}),
            ({"payload": {"a": 1}}, {"payload": {"a": "1"}}),
            ({"payload": {"a": 1}}, {"payload": {"a": True}}),
            ({"payload": {}}, {"payload": None}),
            ({"payload": [1, 2]}, {"payload": [2, 1]}),
            ({"data": {"a": "1"}}, {"data": {"a": "2"}}),
        ],
    )
    def test_is_another_for_another_request(self, one: Any, other: Any) -> None:
        assert self.of(**one) != self.of(**other)


class TestKeptResponse:
    def test_leaves_out_the_headers_of_one_request(self) -> None:
        response = Response(
            b"{}", 201, {"Location": "/books/1", "RateLimit": "r=1"}, content_type="application/json"
        )
        assert KeptResponse.of(response, {"ratelimit": "r=1"}) == KEPT

    def test_has_those_of_the_present_request(self) -> None:
        response = KEPT.response({"RateLimit": "r=0"})
        assert (response.status_code, response.get_data()) == (201, b"{}")
        assert dict(response.headers) == {**KEPT.headers, "Content-Length": "2", "RateLimit": "r=0"}


class TestRespondOnce:
    def test_keeps_no_failure(self) -> None:
        store = Store()
        answer = respond_once(store, REQUEST, nullcontext(), lambda: Response(b"no", 409), {})
        assert answer.status_code == 409
        assert store.kept == {}

    def test_sends_what_another_request_was_answered_meanwhile(self) -> None:
        def execute() -> Response:
            raise AlreadyAnswered(KEPT)

        answer = respond_once(Store(), REQUEST, nullcontext(), execute, {})
        assert (answer.status_code, answer.headers["Location"]) == (201, "/books/1")
