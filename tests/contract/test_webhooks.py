"""Webhooks: how they are declared and documented, what is refused, and how messages are held to the document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_restx import fields
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from service.contract import Api, ContractError, Namespace, Resource, no_database, public
from service.contract.checks.conformance import ContractViolation
from service.contract.checks.messages import MessageChecker

HEADERS = {
    "webhook-id": {
        "description": "ID.",
        "required": True,
        "schema": {"type": "string", "maxLength": 9},
        "example": "m-1",
    },
    "webhook-timestamp": {
        "description": "Seconds since 1970.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": 9_999_999_999},
    },
}


def namespace(description: str | None = "What happens to books.") -> Namespace:
    return Namespace("books", description=description)


def added(ns: Namespace, name: str = "book.added", **changed: Any) -> None:
    """Declare a webhook with a model of its own."""
    book = ns.models.get("Book") or ns.model(
        "Book", {"title": fields.String(required=True, max_length=80, description="Title.", example="Emma")}
    )
    message = {
        "type": fields.String(required=True, enum=[name], description="Name."),
        "book": fields.Nested(book, required=True, description="The book."),
    }
    given = {"id": f"on{name.title().replace('.', '')}", "summary": "A book was added.", "headers": HEADERS}
    model = changed.pop("model", None) or ns.model(f"{name.title().replace('.', '')}Event", message)
    ns.webhook(name, model, **{**given, **changed})


def document_of(*namespaces: Namespace) -> dict[str, Any]:
    api = Api(title="Books", version="1", description="Books.", license="MIT")
    for each in namespaces:
        api.add_namespace(each)
    api.init_app(Flask(__name__), add_specs=False)
    api.compile()
    found: dict[str, Any] = json.loads(api.document_bytes)
    return found


@pytest.fixture
def document() -> dict[str, Any]:
    ns = namespace()
    added(ns, description="More of it.", responses={"2XX": "Taken.", "410": "No more.", "default": "Again."})
    return document_of(ns)


class TestDocument:
    def test_has_all_that_a_receiver_needs(self, document: dict[str, Any]) -> None:
        assert document["webhooks"]["book.added"]["post"] == {
            "tags": ["books"],
            "summary": "A book was added.",
            "operationId": "onBookAdded",
            "security": [],
            "description": "More of it.",
            "parameters": [{"name": name, "in": "header", **header} for name, header in HEADERS.items()],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/BookAddedEvent"},
                        "example": {"type": "book.added", "book": {"title": "Emma"}},
                    }
                },
            },
            "responses": {
                "2XX": {"description": "Taken."},
                "410": {"description": "No more."},
                "default": {"description": "Again."},
            },
        }

    def test_is_valid(self, document: dict[str, Any]) -> None:
        validate(document, cls=OpenAPIV31SpecValidator)

    def test_a_namespace_without_operations_has_its_tag(self, document: dict[str, Any]) -> None:
        assert document["tags"] == [{"name": "books", "description": "What happens to books."}]

    def test_payloads_are_open_for_what_will_be_added(self, document: dict[str, Any]) -> None:
        assert "additionalProperties" not in document["components"]["schemas"]["BookAddedEvent"]

    def test_without_webhooks_there_is_no_such_section(self) -> None:
        assert "webhooks" not in document_of(namespace())


def _without_description(ns: Namespace) -> None:
    added(ns, model=ns.model("Bare", {"title": fields.String(required=True, max_length=1, example="E")}))


def _without_bound(ns: Namespace) -> None:
    model = {"title": fields.String(required=True, description="Title.", example="Emma")}
    added(ns, model=ns.model("Bare", model))


def _without_example(ns: Namespace) -> None:
    model = {"title": fields.String(required=True, description="Title.", max_length=9)}
    added(ns, model=ns.model("Bare", model))


def _with_wrong_example(ns: Namespace) -> None:
    model = {"title": fields.String(required=True, description="Title.", max_length=2, example="Emma")}
    added(ns, model=ns.model("Bare", model))


def _twice(ns: Namespace) -> None:
    added(ns)
    added(ns, model=ns.models["BookAddedEvent"], id="onAnother")


def _with_one_id(ns: Namespace) -> None:
    added(ns)
    added(ns, "book.removed", id="onBookAdded")


def _with_id_of_an_operation(ns: Namespace) -> None:
    @ns.route("/all")
    class Books(Resource):
        @public
        @no_database
        @ns.doc(id="onBookAdded")
        @ns.response(204, "Done")
        def get(self) -> Any:
            """Do nothing."""
            return None, 204

    added(ns)


REFUSED: list[tuple[Callable[[Namespace], None], str]] = [
    (_without_description, "Bare.title has no description"),
    (_without_bound, "Bare.title has no max_length"),
    (_without_example, "its body has no example"),
    (_with_wrong_example, "the example of its body is invalid"),
    (_twice, "two webhooks are named 'book.added'"),
    (_with_one_id, "book.removed has the operationId of the webhook book.added: onBookAdded"),
    (_with_id_of_an_operation, "book.added has the operationId of GET /books/all: onBookAdded"),
    (lambda ns: added(ns, id="book.added"), "is not lowerCamelCase"),
    (lambda ns: added(ns, summary=""), "no summary"),
    (lambda ns: added(ns, responses={"410": "No more."}), "no response of its receivers counts as a success"),
    (
        lambda ns: added(ns, headers={"webhook-id": {"schema": {"type": "string", "maxLength": 9}}}),
        "the parameter 'webhook-id' has no description",
    ),
    (
        lambda ns: added(ns, headers={"webhook-id": {"description": "ID.", "schema": {"type": "string"}}}),
        "'webhook-id' has no max_length",
    ),
]


class TestRefused:
    """What cannot be documented whole stops the start."""

    @pytest.mark.parametrize(("declare", "said"), REFUSED, ids=[said for _, said in REFUSED])
    def test_declaration(self, declare: Callable[[Namespace], None], said: str) -> None:
        ns = namespace()
        declare(ns)
        with pytest.raises(ContractError, match="(?s)" + ".*" + said.replace(".", r"\.")):
            document_of(ns)

    def test_namespace_without_description(self) -> None:
        ns = namespace(description=None)
        added(ns)
        with pytest.raises(ContractError, match="its namespace has no description"):
            document_of(ns)


class TestMessage:
    MESSAGE: dict[str, Any] = {"type": "book.added", "book": {"title": "Emma"}}  # noqa: RUF012 - read only

    def test_that_conforms_names_its_operation(self, document: dict[str, Any]) -> None:
        headers = {"Webhook-Id": "m-1", "Webhook-Timestamp": "1795944600", "User-Agent": "any"}
        body = json.dumps(self.MESSAGE).encode()
        assert MessageChecker(document).check("book.added", body, headers) == "onBookAdded"

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"book": {}}, "title"),
            ({"type": "book.lost"}, "book.lost"),
            ({"book": {"title": "Emma", "price": 3}}, "price"),
            ({"more": 1}, "more"),
        ],
    )
    def test_that_does_not_match(self, document: dict[str, Any], changed: dict[str, Any], said: str) -> None:
        with pytest.raises(ContractViolation, match=said):
            MessageChecker(document).check("book.added", json.dumps({**self.MESSAGE, **changed}).encode())

    @pytest.mark.parametrize(
        ("headers", "said"),
        [
            ({"webhook-timestamp": "1"}, "webhook-id is missing"),
            ({"webhook-id": "m-1", "webhook-timestamp": "now"}, "webhook-timestamp"),
            ({"webhook-id": "longer than nine", "webhook-timestamp": "1"}, "webhook-id"),
        ],
    )
    def test_with_other_headers(self, document: dict[str, Any], headers: dict[str, str], said: str) -> None:
        with pytest.raises(ContractViolation, match=said):
            MessageChecker(document).check("book.added", json.dumps(self.MESSAGE).encode(), headers)

    def test_that_is_not_declared(self, document: dict[str, Any]) -> None:
        with pytest.raises(ContractViolation, match=r"book\.lost"):
            MessageChecker(document).check("book.lost", b"{}")
