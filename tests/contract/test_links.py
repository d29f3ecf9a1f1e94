"""A link that leads nowhere stops the start; one that fits is written as it was declared."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_restx import fields

from service.contract import (
    Api,
    ContractError,
    Link,
    Namespace,
    Resource,
    accepts_if_match,
    conditional_get,
    openapi_links,
    public,
)


def document(*links: Link) -> dict[str, Any]:
    """Return the document of an application in which writing a book leads to `links`."""
    ns = Namespace("books", description="Books.", path="/api")
    text = {"required": True, "max_length": 9, "example": "Emma"}
    author = ns.model("Author", {"name": fields.String(description="The name.", **text)})
    title = fields.String(description="Its title.", **text)
    book = ns.model(
        "Book",
        {
            "id": fields.Integer(required=True, min=1, max=9, description="Its number.", example=1),
            "title": title,
            "author": fields.Nested(author, allow_null=True, description="Who wrote it."),
            "tags": fields.List(
                fields.Nested(author), required=True, max_items=9, description="Tags.", example=[]
            ),
        },
    )
    new = ns.model("NewBook", {"title": title})

    @ns.route("/shelves/<int(min=1,max=9):shelf>/books")
    @ns.doc(params={"shelf": {"description": "The shelf.", "example": 1}})
    class Books(Resource):
        @ns.doc(id="createBook")
        @ns.expect(new)
        @ns.marshal_with(book, code=201)
        @ns.response(202, "Somebody will write it")
        @ns.response(308, "There already")
        @openapi_links(*links)
        @public
        def post(self, shelf: int) -> Any:
            """Write a book."""

    @ns.route("/books/<int(min=1,max=9):number>")
    @ns.doc(params={"number": {"description": "The number.", "example": 1}})
    class Book(Resource):
        @ns.doc(id="getBook")
        @ns.marshal_with(book)
        @conditional_get
        @public
        def get(self, number: int) -> Any:
            """Read a book."""

        @ns.doc(id="deleteBook")
        @ns.response(204, "Gone")
        @accepts_if_match
        @public
        def delete(self, number: int) -> Any:
            """Burn a book."""

    api = Api(title="Test", license="MIT")
    api.add_namespace(ns)
    api.init_app(Flask(__name__))
    api.compile()
    return api.document


def to_book(expression: Any, **more: Any) -> Link:
    return Link("getBook", "Read it.", {"number": expression}, **more)


def test_is_written_into_the_success_alone() -> None:
    again = Link(
        "createBook", "Another one.", {"shelf": "$request.path.shelf"}, {"title": "$request.body#/title"}
    )
    burn = Link("deleteBook", "Burn it.", {"path.number": "$response.body#/id", "header.If-Match": "*"})
    responses = document(to_book("$response.body#/id"), again, burn)["paths"]["/api/shelves/{shelf}/books"][
        "post"
    ]["responses"]
    assert [status for status, response in responses.items() if "links" in response] == ["201"]
    assert "Location" not in responses["202"].get("headers", {})
    assert responses["201"]["links"] == {
        "GetBook": {
            "operationId": "getBook",
            "description": "Read it.",
            "parameters": {"number": "$response.body#/id"},
        },
        "CreateBook": {
            "operationId": "createBook",
            "description": "Another one.",
            "parameters": {"shelf": "$request.path.shelf"},
            "requestBody": {"title": "$request.body#/title"},
        },
        "DeleteBook": {
            "operationId": "deleteBook",
            "description": "Burn it.",
            "parameters": {"path.number": "$response.body#/id", "header.If-Match": "*"},
        },
    }


@pytest.mark.parametrize(
    "expression",
    [
        7,
        "Emma",
        "$response.body",
        "$response.body#/author/name",
        "$response.body#/tags/0/name",
        "$response.header.Location",
        "$request.body#/title",
        "$request.path.shelf",
        "$statusCode",
        "0{$response.body#/id}0",
    ],
)
def test_what_is_there_may_be_named(expression: Any) -> None:
    assert document(to_book(expression))


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        (Link("getBooks", "Read it."), "link GetBooks: there is no operation 'getBooks'"),
        (Link("getBook", "", {"number": 1}), "it has no description"),
        (Link("getBook", "Read it."), "it does not set the path parameter 'number'"),
        (Link("getBook", "Read it.", {"number": 1, "page": 2}), "getBook has no parameter 'page'"),
        (Link("getBook", "Read it.", {"query.number": 1}), "getBook has no parameter 'query.number'"),
        (to_book(1, body={"title": "Emma"}), "the body of getBook has no 'title'"),
        (Link("createBook", "Write.", {"shelf": 1}, {"id": 1}), "the body of createBook has no 'id'"),
        (
            Link("createBook", "Write.", {"shelf": 1}, {"title": "$request.body#/name"}),
            r"\$request.body#/name does not exist",
        ),
        (
            to_book("$response.body#/number"),
            r"createBook 201, .*: \$response.body#/number does not exist",
        ),
        (to_book("$response.body#/author/id"), "does not exist"),
        (to_book("$response.body#/0/id"), "does not exist"),
        (to_book("$response.body#/tags/name"), "does not exist"),
        (to_book("{$response.body#/number}"), "does not exist"),
        (to_book("$response.header.ETag"), "does not exist"),
        (to_book("$request.query.shelf"), "does not exist"),
        (to_book("$request.path.number"), "does not exist"),
        (to_book("$response.body.id"), "is not a runtime expression"),
        (to_book("$answer"), "is not a runtime expression"),
        (to_book("{id}"), "is not a runtime expression"),
    ],
)
def test_what_is_not_there_stops_the_export(link: Link, complaint: str) -> None:
    with pytest.raises(ContractError, match=complaint):
        document(link)


def test_all_are_complained_of_at_once() -> None:
    with pytest.raises(ContractError) as caught:
        document(to_book("$response.body#/number"), Link("burnBook", "Burn it."))
    assert len(str(caught.value).splitlines()) == 3


def test_one_response_leads_to_an_operation_once() -> None:
    with pytest.raises(ContractError, match="two links of one response have the target getBook"):
        document(to_book(1), to_book(2))
