"""A small application of our own kind: one namespace that declares everything the contract layer knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, request
from flask.testing import FlaskClient
from flask_restx import fields, reqparse

from service.contract import (
    Api,
    Conflict,
    Namespace,
    Resource,
    SecurityScheme,
    TooManyRequests,
    Unauthorized,
    accepts_if_match,
    authenticated,
    conditional_get,
    conditional_get_by,
    current_identity,
    if_match,
    no_database,
    optional_auth,
    parameters,
    payload,
    public,
    raises,
    rate_limited,
    requires_if_match,
    response_example,
    response_headers,
)
from service.contract.checks.conformance import ContractChecker
from service.contract.pages import register_pages
from service.contract.types import integer, string


class BookTaken(Conflict):
    """Another book has this title."""

    code = "BOOK_TAKEN"


class DriverError(Exception):
    """What a database driver might raise."""


class Book:
    """A thing that changes: its version is its entity tag."""

    def __init__(self, number: int, title: str) -> None:
        self.id, self.title, self.note, self.version = number, title, None, 1

    @property
    def etag(self) -> str:
        return f'"v{self.version}"'


class Row(NamedTuple):
    """A book as a select returns it: three columns, like `(thing, status, headers)`."""

    id: int
    title: str
    note: str | None


class AppHooks:
    """What the application's hooks did, for tests to look at."""

    def __init__(self) -> None:
        self.books = {1: Book(1, "Emma")}
        self.events: list[str] = []
        self.calls_left = 100
        self.limited: list[tuple[str, Any]] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.events.append("begin")
        try:
            yield
        except BaseException:
            self.events.append("rollback")
            raise
        self.events.append("commit")

    def translate_error(self, error: Exception, declared: Any) -> Any:
        known = isinstance(error, DriverError) and BookTaken in declared
        return BookTaken() if known else None

    def check_rate_limit(self, limit: str, identity: Any) -> dict[str, str]:
        self.calls_left -= 1
        self.limited.append((limit, identity))
        headers = {
            "RateLimit": f'"{limit}";r={max(self.calls_left, 0)};t=60',
            "RateLimit-Policy": f'"{limit}";q=100;w=60',
        }
        if self.calls_left < 0:
            raise TooManyRequests(headers={**headers, "Retry-After": "60"})
        return headers


def verify(is_optional: bool) -> str | None:
    """Take the token itself for the identity: `Bearer ada` is ada."""
    sent = request.headers.get("Authorization")
    if sent is None and is_optional:
        return None
    if sent is None or not sent.startswith("Bearer ") or sent == "Bearer bad":
        raise Unauthorized
    return sent.removeprefix("Bearer ")


def create_sample_app(
    hooks: AppHooks, *, testing: bool = True, evidence: Path | None = None, **options: Any
) -> Flask:
    """Return the application with `hooks`; `evidence` holds what is proven, `options` are the Api's."""
    ns = _namespace(hooks)
    app = Flask(__name__)
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=testing, RESTX_MASK_HEADER="")
    app.url_map.strict_slashes = False
    bearer = SecurityScheme({"type": "http", "scheme": "bearer"}, verify)
    api = Api(
        title="Books",
        license="MIT",
        security_schemes={"bearerAuth": bearer},
        transaction=hooks.transaction,
        translate_error=hooks.translate_error,
        check_rate_limit=hooks.check_rate_limit,
        max_body_bytes=1000,
        **options,
    )
    api.add_namespace(ns)
    api.init_app(app, add_specs=False)
    api.compile()
    register_pages(app, api, evidence)
    app.extensions["api"] = api
    return app


def checked_client(app: Flask) -> FlaskClient:
    """Return a client whose responses are held to the document."""
    conformance = ContractChecker(app.extensions["api"].document)

    class Checked(FlaskClient):
        def open(self, *args: Any, **options: Any) -> Any:
            response = super().open(*args, **options)
            sent = response.request
            conformance.check(
                sent.method, sent.path, response.status_code, dict(response.headers), response.data
            )
            return response

    app.test_client_class = Checked
    return app.test_client()


def _namespace(hooks: AppHooks) -> Namespace:
    ns = Namespace("books", description="Books.", path="/books")
    book = ns.model(
        "Book",
        {
            "id": fields.Integer(required=True, min=1, max=1000, description="Its number.", example=1),
            "title": fields.String(required=True, max_length=50, description="Its title.", example="Emma"),
            "note": fields.String(max_length=50, description="A note."),
        },
    )
    book_input = ns.model(
        "NewBook",
        {
            "title": fields.String(
                required=True, min_length=1, max_length=50, description="Its title.", example="Emma"
            )
        },
    )
    finder = reqparse.RequestParser()
    finder.add_argument(
        "limit", type=integer(minimum=1, maximum=10), location="args", default=5, help="How many."
    )
    finder.add_argument("word", type=string(max_length=10), location="args", help="A word of the title.")
    finder.add_argument(
        "X-Shelf", type=string(max_length=10), location="headers", help="Which shelf.", dest="shelf"
    )

    @ns.route("")
    class Books(Resource):
        @optional_auth
        @ns.doc(id="listBooks")
        @ns.expect(finder)
        @response_headers(
            {"X-Caller": {"description": "Who asked.", "schema": {"type": "string", "maxLength": 10}}}
        )
        @ns.marshal_list_with(book)
        def get(self):
            """List books."""
            found = [each for each in hooks.books.values() if (parameters().word or "") in each.title]
            return found[: parameters().limit], 200, {"X-Caller": current_identity() or "nobody"}

        @authenticated(permission=lambda name: name != "eve")
        @rate_limited("write")
        @raises(BookTaken)
        @ns.doc(id="createBook")
        @ns.expect(book_input)
        @ns.marshal_with(book, code=201)
        @response_example(id=2)
        def post(self):
            """Write a book."""
            hooks.events.append("post")
            title = payload()["title"]
            if title == "Emma":
                raise BookTaken
            if title == "driver":
                raise DriverError("secret")
            if title == "bug":
                raise RuntimeError("secret")
            made = hooks.books[2] = Book(2, title)
            return made, 201, {"Location": "/books/2"}

    @ns.route("/<int(min=1):book_id>")
    @ns.param("book_id", "The book's number.", _in="path", example=1)
    class OneBook(Resource):
        @public
        @conditional_get
        @ns.doc(id="getBook")
        @ns.marshal_with(book)
        def get(self, book_id):
            """Read a book."""
            return self._found(book_id)

        @authenticated()
        @requires_if_match
        @ns.doc(id="replaceBook")
        @ns.expect(book_input)
        @ns.marshal_with(book)
        def put(self, book_id):
            """Replace a book."""
            found = self._found(book_id)
            if_match().check(found.etag)
            found.title = payload()["title"]
            found.version += 1
            return found

        @authenticated()
        @accepts_if_match
        @ns.doc(id="deleteBook")
        @ns.response(204, "It is gone")
        def delete(self, book_id):
            """Burn a book."""
            if_match().check(self._found(book_id).etag)
            del hooks.books[book_id]
            return None, 204

        @staticmethod
        def _found(book_id):
            from service.contract import NotFound

            if book_id not in hooks.books:
                raise NotFound
            return hooks.books[book_id]

    @ns.route("/first")
    class FirstBook(Resource):
        @public
        @no_database
        @ns.doc(id="getFirstBook")
        @ns.marshal_with(book)
        def get(self):
            """Read the first book, out of a named tuple."""
            return Row(1, "Emma", None)

    def tag_of(book_id):
        hooks.events.append("tag")
        found = hooks.books.get(book_id)
        return found.etag if found else None

    @ns.route("/<int(min=1):book_id>/cover")
    @ns.param("book_id", "The book's number.", _in="path", example=1)
    class Cover(Resource):
        @public
        @conditional_get_by(tag_of)
        @ns.doc(id="getCover")
        @ns.marshal_with(book)
        def get(self, book_id):
            """Read what is costly to make."""
            hooks.events.append("made")
            return hooks.books[book_id]

    @ns.route("/lies")
    class Lies(Resource):
        @public
        @no_database
        @ns.doc(id="lie")
        @ns.marshal_with(book)
        def get(self):
            """Answer with a status that nobody declared."""
            return Book(1, "Emma"), 202

    return ns
