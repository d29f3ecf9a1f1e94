"""What the document says of an application, and that it is the same bytes every time."""

from __future__ import annotations

from typing import Any

import pytest
from flask_restx import fields
from openapi_spec_validator import validate

from service.contract.document import render
from service.contract.document.field_schemas import nullable
from service.contract.document.problem_schemas import problem_name, problem_schema
from service.contract.document.schemas import Components
from service.contract.problems import InvalidInput, NotFound
from service.contract.types import PLAIN_TEXT
from tests.contract.sample_app import AppHooks, BookTaken, create_sample_app


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_sample_app(AppHooks()).extensions["api"].document


def responses(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]["responses"]
    return found


def test_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_names_no_dialect(document: dict[str, Any]) -> None:
    assert "jsonSchemaDialect" not in document


def test_same_bytes_every_time(document: dict[str, Any]) -> None:
    assert render(create_sample_app(AppHooks(), testing=False).extensions["api"].document) == render(document)


class TestAnswers:
    """Errors are attached from what the operation can really answer with."""

    @pytest.mark.parametrize(
        ("path", "method", "statuses"),
        [
            ("/books", "get", {"200", "400", "401", "500", "503"}),
            ("/books", "post", {"201", "400", "401", "403", "409", "413", "415", "429", "500", "503"}),
            ("/books/{book_id}", "get", {"200", "304", "400", "404", "500", "503"}),
            (
                "/books/{book_id}",
                "put",
                {"200", "400", "401", "404", "412", "413", "415", "428", "500", "503"},
            ),
            ("/books/{book_id}", "delete", {"204", "400", "401", "404", "412", "500", "503"}),
            ("/books/lies", "get", {"200", "400"}),
        ],
    )
    def test_statuses(self, document: dict[str, Any], path: str, method: str, statuses: set[str]) -> None:
        assert set(responses(document, path, method)) == statuses

    def test_codes_are_told_apart(self, document: dict[str, Any]) -> None:
        schema = responses(document, "/books", "post")["400"]["content"]["application/problem+json"]["schema"]
        assert schema["discriminator"]["mapping"].keys() == {"INVALID_INPUT", "MALFORMED_JSON"}

    def test_one_code_is_one_component(self, document: dict[str, Any]) -> None:
        schema = responses(document, "/books", "post")["409"]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/BookTakenProblem"}

    def test_headers(self, document: dict[str, Any]) -> None:
        post = responses(document, "/books", "post")
        assert post["201"]["headers"].keys() == {"Location", "RateLimit", "RateLimit-Policy"}
        assert post["401"]["headers"]["WWW-Authenticate"]["required"] is True
        assert post["429"]["headers"]["Retry-After"]["required"] is True
        assert "ETag" in responses(document, "/books/{book_id}", "get")["304"]["headers"]
        assert "X-Caller" in responses(document, "/books", "get")["200"]["headers"]
        assert "X-Caller" not in responses(document, "/books", "get")["400"].get("headers", {})


class TestRequests:
    def test_condition_is_required_where_declared(self, document: dict[str, Any]) -> None:
        put = document["paths"]["/books/{book_id}"]["put"]["parameters"]
        delete = document["paths"]["/books/{book_id}"]["delete"]["parameters"]
        assert [p.get("required") for p in (*put, *delete) if p["name"] == "If-Match"] == [True, None]

    def test_header_parameters(self, document: dict[str, Any]) -> None:
        places = {p["name"]: p["in"] for p in document["paths"]["/books"]["get"]["parameters"]}
        assert places == {"limit": "query", "word": "query", "X-Shelf": "header"}

    def test_path_converter_with_its_arguments(self, document: dict[str, Any]) -> None:
        (parameter,) = [
            p for p in document["paths"]["/books/{book_id}"]["delete"]["parameters"] if p["in"] == "path"
        ]
        assert parameter["schema"] == {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
        assert parameter["example"] == 1

    def test_body_has_an_example_of_its_fields(self, document: dict[str, Any]) -> None:
        body = document["paths"]["/books"]["post"]["requestBody"]
        assert body["content"]["application/json"]["example"] == {"title": "Emma"}

    def test_answer_has_an_example_at_its_component(self, document: dict[str, Any]) -> None:
        assert document["components"]["schemas"]["Book"]["examples"] == [
            {"id": 1, "title": "Emma", "note": None}
        ]
        for path, method, status in (("/books", "get", "200"), ("/books/{book_id}", "get", "200")):
            assert "example" not in responses(document, path, method)[status]["content"]["application/json"]

    def test_answer_says_in_what_it_differs(self, document: dict[str, Any]) -> None:
        made = responses(document, "/books", "post")["201"]["content"]["application/json"]
        assert made["example"] == {"id": 2, "title": "Emma", "note": None}

    def test_security(self, document: dict[str, Any]) -> None:
        assert document["paths"]["/books"]["get"]["security"] == [{}, {"bearerAuth": []}]
        assert document["paths"]["/books/{book_id}"]["get"]["security"] == []


class TestProblems:
    def test_name(self) -> None:
        assert problem_name(BookTaken) == "BookTakenProblem"

    def test_everything_but_the_detail_is_constant(self) -> None:
        schema = problem_schema(NotFound)
        assert [name for name, member in schema["properties"].items() if "const" not in member] == ["detail"]

    def test_errors_only_where_there_can_be_any(self) -> None:
        assert "errors" in problem_schema(InvalidInput)["properties"]
        assert "errors" not in problem_schema(NotFound)["properties"]

    def test_what_is_wrong_has_a_name_in_generated_clients(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        errors = schemas["InvalidInputProblem"]["properties"]["errors"]
        assert errors["items"] == {"$ref": "#/components/schemas/InputError"}
        assert set(schemas["InputError"]["properties"]) == {"pointer", "parameter", "code", "detail"}


class TestFields:
    @pytest.mark.parametrize(
        ("field", "output", "given"),
        [
            (fields.String, {"type": ["string", "null"]}, {"type": "string", "pattern": PLAIN_TEXT}),
            (
                fields.String(required=True),
                {"type": "string"},
                {"type": "string", "pattern": PLAIN_TEXT},
            ),
            (fields.String(default="x"), {"type": "string"}, {"type": "string", "pattern": PLAIN_TEXT}),
            (
                fields.String(enum=["a"]),
                {"type": ["string", "null"], "enum": ["a", None]},
                {"type": "string", "enum": ["a"]},
            ),
            (
                fields.Boolean(nullable=True, required=True),
                {"type": ["boolean", "null"]},
                {"type": ["boolean", "null"]},
            ),
            (fields.Raw, {}, {}),
            (
                fields.Float(min=1, exclusiveMin=True, required=True),
                {"type": "number", "exclusiveMinimum": 1},
                None,
            ),
            (
                fields.Float(max=1, exclusiveMax=True, required=True),
                {"type": "number", "exclusiveMaximum": 1},
                None,
            ),
            (
                fields.Integer(min=1, max=2, required=True),
                {"type": "integer", "minimum": 1, "maximum": 2},
                None,
            ),
            (fields.Date(required=True), {"type": "string", "format": "date"}, None),
            (fields.DateTime(dt_format="rfc822", required=True), {"type": "string"}, None),
            (fields.ClassName(), {"type": "string"}, None),
            (
                fields.List(fields.Boolean(required=True), required=True),
                {"type": "array", "items": {"type": "boolean"}},
                None,
            ),
        ],
    )
    def test_schema(self, field: Any, output: dict[str, Any], given: dict[str, Any] | None) -> None:
        made = field() if isinstance(field, type) else field
        assert Components().field(made, "output", "place") == output
        assert given is None or Components().field(made, "input", "place") == given

    def test_email_has_its_obvious_meaning(self) -> None:
        assert Components().field(fields.String(format="email"), "input", "place")["format"] == "email"

    def test_own_field_class(self) -> None:
        class Silent(fields.Raw):
            def format(self, value: Any) -> Any:
                return value

        class Spoken(Silent):
            __schema_type__ = "string"
            __schema_format__ = "uuid"

        assert Components().field(Silent(required=True), "output", "place") == {}
        assert Components().field(Spoken(required=True), "output", "place") == {
            "type": "string",
            "format": "uuid",
        }

    def test_discriminator_and_polymorph(self) -> None:
        from flask_restx import Model

        base = Model("Animal", {"kind": fields.String(discriminator=True)})
        cat, dog = Model.inherit("Cat", base, {"lives": fields.Integer}), Model.inherit("Dog", base, {})
        components = Components()
        schema = components.field(fields.Polymorph({int: cat, str: dog}, required=True), "output", "place")
        schemas, renamed = components.finish(schema)
        assert renamed == {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
        }
        assert schemas["Cat"]["properties"]["kind"]["enum"] == ["Cat"]

    def test_list_of_nothing_is_nullable_unless_required(self) -> None:
        assert nullable(fields.List(fields.String), "output")
        assert not nullable(fields.List(fields.String, required=True), "output")
        assert not nullable(fields.List(fields.String), "input")


class TestSkippedNulls:
    def test_only_what_is_always_there_is_required(self) -> None:
        from flask_restx import Model

        inner = Model("Inner", {"a": fields.String})
        model = Model(
            "Outer", {"a": fields.String, "b": fields.String(required=True), "c": fields.Nested(inner)}
        )
        assert Components().sparse(model)["required"] == ["b"]
