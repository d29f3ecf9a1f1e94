"""A small application in which much is to go: operations, arguments and properties, each with its announced end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask, Response, request
from flask_restx import fields, reqparse

from service.contract import (
    Api,
    DeprecatedUse,
    Deprecation,
    Namespace,
    NotFound,
    Resource,
    SecurityScheme,
    Unauthorized,
    authenticated,
    conditional_get,
    deprecated,
    no_database,
    produces,
    public,
    rate_limited,
    response_headers,
)
from service.contract.deprecation_notices import log_deprecated_use
from service.contract.types import integer, string
from tests.contract.sample_app import AppHooks, verify

SINCE = date(2026, 11, 1)
SUNSET = date(2027, 1, 31)
WORD = Deprecation(date(2026, 10, 1), date(2027, 6, 30), successor="title")
NOTE = Deprecation(date(2026, 9, 1), successor="title", info_url="/changes")
NICK = Deprecation(date(2026, 12, 1), date(2026, 12, 24))
LINK = {"Link": {"description": "Pages.", "schema": {"type": "string", "maxLength": 500}}}


def known(is_optional: bool) -> str:
    """Take the token for the identity, as far as there is one of that name."""
    found = verify(is_optional)
    if found not in {"ada", "eve"}:
        raise Unauthorized
    return found


class Item:
    """What everything here answers with."""

    id, title, note, etag = 1, "Emma", None, '"1"'


def create_app(
    report: Callable[[DeprecatedUse], None] = log_deprecated_use,
    *,
    since: date = SINCE,
    sunset: date = SUNSET,
    gone: bool = False,
) -> Flask:
    """Return the application; `since` and `sunset` are of `listBooks`, which may also be `gone`."""
    app = Flask(__name__)
    hooks = AppHooks()
    hooks.calls_left = 1_000_000
    api = Api(
        app,
        title="Books",
        version="2.0.0" if gone else "1.0.0",
        license="MIT",
        security_schemes={"bearerAuth": SecurityScheme({"type": "http", "scheme": "bearer"}, known)},
        report_deprecated=report,
        check_rate_limit=hooks.check_rate_limit,
    )
    api.add_namespace(_namespace(since, sunset, gone=gone))
    api.compile()
    app.extensions["api"] = api

    @app.before_request
    def closed() -> Any:
        return Response(status=503) if request.headers.get("X-Closed") else None

    return app


def _namespace(since: date, sunset: date, *, gone: bool) -> Namespace:
    ns = Namespace("books", description="Books.", path="/books")
    author = ns.model(
        "Author",
        {
            "name": _text("Its name.", required=True),
            "nick": _text("What friends say.", deprecated=NICK),
        },
    )
    book = ns.model(
        "Book", {"title": _text("Its title.", required=True), "note": _text("A note.", deprecated=NOTE)}
    )
    book_input = ns.model(
        "NewBook",
        {
            "title": _text("Its title.", required=True),
            "note": _text("A note.", deprecated=NOTE),
            "authors": fields.List(
                fields.Nested(author), max_items=3, description="Who wrote it.", example=[{"name": "Jane"}]
            ),
        },
    )
    finder = reqparse.RequestParser()
    finder.add_argument("title", type=string(max_length=9), location="args", help="Of its title.")
    finder.add_argument("word", type=string(max_length=9), location="args", help="A word.", deprecated=WORD)
    finder.add_argument(
        "X-Shelf",
        type=integer(1, 9),
        location="headers",
        dest="shelf",
        deprecated=Deprecation(SINCE),
        help="A shelf.",
    )

    class Books(Resource):
        if not gone:

            @deprecated(
                since=since, sunset=sunset, successor="listTitles", info_url="https://example.org/changes"
            )
            @authenticated(permission=lambda name: name != "eve")
            @rate_limited("read")
            @ns.doc(id="listBooks")
            @ns.expect(finder)
            @response_headers(LINK)
            @ns.marshal_list_with(book)
            def get(self) -> Any:
                """List books."""
                if request.args.get("title") == "bug":
                    raise RuntimeError
                return [Item], 200, {"Link": '</books?page=2>; rel="next"'}

        @public
        @ns.doc(id="createBook")
        @ns.expect(book_input)
        @ns.marshal_with(book, code=201)
        def post(self) -> Any:
            """Write a book."""
            return Item, 201, {"Location": "/books/1"}

    ns.route("")(Books)

    @ns.route("/<int(min=1,max=9):book_id>")
    @ns.param("book_id", "The book's number.", _in="path", example=1)
    class OneBook(Resource):
        @deprecated(since=SINCE, successor="getTitle")
        @public
        @conditional_get
        @ns.doc(id="getBook")
        @ns.marshal_with(book)
        def get(self, book_id: int) -> Any:
            """Read a book."""
            if book_id > 1:
                raise NotFound
            return Item

    @ns.route("/<int(min=1,max=9):book_id>/title")
    @ns.param("book_id", "The book's number.", _in="path", example=1)
    class Title(Resource):
        @deprecated(since=SINCE)
        @public
        @no_database
        @produces("text/plain")
        @ns.doc(id="getTitle")
        @ns.response(200, "The title")
        def get(self, book_id: int) -> Response:
            """Read a title."""
            return Response(Item.title, content_type="text/plain")

    @ns.route("/titles")
    class Titles(Resource):
        @public
        @no_database
        @ns.doc(id="listTitles")
        @ns.expect(finder)
        @ns.marshal_list_with(book)
        def get(self) -> Any:
            """List titles."""
            return [Item]

    return ns


def _text(description: str, **options: Any) -> fields.String:
    return fields.String(max_length=9, description=description, example="Emma", **options)
