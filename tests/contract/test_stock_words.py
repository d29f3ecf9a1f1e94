"""Whatever RESTX has a word for finds its place in the document, and is what is sent; what has none is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import wraps
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from flask import Blueprint, Flask
from flask_restx import Namespace, Resource, fields, reqparse
from openapi_spec_validator import validate

from service.contract import Api, ContractError
from service.contract.checks.conformance import ContractChecker

ISBN = UUID("01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12")


class Mood(Enum):
    GLAD = "glad"
    SAD = "sad"


def api_of(declare: Callable[[Namespace], Any], **given: Any) -> Api:
    """Return the Api of a stock namespace whose one resource `declare` routes."""
    ns = Namespace("books", path="/books")
    declare(ns)
    api = Api(Flask(__name__), title="Books", **given)
    api.add_namespace(ns)
    return api


def get(answer: Any, *decorators: Any) -> Callable[[Namespace], Any]:
    """Return what routes a GET that answers so; decorators take the namespace first."""

    def declare(ns: Namespace) -> Any:
        def method(self: Any) -> Any:
            return answer

        for decorator in decorators:
            method = decorator(ns)(method)
        return ns.route("")(type("Books", (Resource,), {"get": method}))

    return declare


def answer_of(api: Api, path: str = "/books") -> Any:
    """Return the answer, which the document must declare."""
    answer = api.app.test_client().get(path)
    ContractChecker(api.document).check("GET", path, answer.status_code, dict(answer.headers), answer.data)
    return answer


def operation_of(api: Api, path: str = "/books") -> dict[str, Any]:
    validate(api.document)
    found: dict[str, Any] = api.document["paths"][path]["get"]
    return found


class TestInfo:
    def test_everything_that_an_api_says_of_itself(self) -> None:
        api = api_of(
            get({}),
            version="2.1",
            description="About books.",
            terms_url="https://example.org/terms",
            contact="Ada",
            contact_email="ada@example.org",
            license="MIT",
            license_url="https://example.org/mit",
        )
        assert api.document["info"] == {
            "title": "Books",
            "version": "2.1",
            "description": "About books.",
            "termsOfService": "https://example.org/terms",
            "contact": {"name": "Ada", "email": "ada@example.org"},
            "license": {"name": "MIT", "url": "https://example.org/mit"},
        }

    def test_common_headers_are_of_every_answer(self) -> None:
        header = {"description": "Whence.", "schema": {"type": "string"}}
        api = api_of(get({}), common_headers={"X-From": header})
        answers = operation_of(api)["responses"]
        assert {answer["headers"]["X-From"]["$ref"] for answer in answers.values()} == {
            "#/components/headers/X-From"
        }
        assert api.document["components"]["headers"]["X-From"] == header

    def test_a_blueprint_has_its_document_below_its_prefix(self) -> None:
        app, blueprint = Flask(__name__), Blueprint("v1", __name__, url_prefix="/v1")
        api, ns = Api(blueprint, title="Books"), Namespace("books", path="/books")
        get({"id": 1})(ns)
        api.add_namespace(ns)
        app.register_blueprint(blueprint)
        document = app.test_client().get("/v1/openapi.json").json
        assert document == api.document
        assert list(document["paths"]) == ["/v1/books"]
        assert app.test_client().get("/v1/books").json == {"id": 1}

    def test_the_document_can_be_left_to_others(self) -> None:
        app = Flask(__name__)
        Api(title="Books").init_app(app, add_specs=False)
        assert app.test_client().get("/openapi.json").status_code == 404

    def test_masks_leave_nothing_out(self) -> None:
        """Not even where RESTX marshals itself, because another decorator hides that it does."""

        def timed(_ns: Namespace) -> Any:
            def decorate(method: Any) -> Any:
                @wraps(method)
                def measured(self: Any) -> Any:
                    started_s = perf_counter()
                    found = method(self)
                    return found, 200, {"X-Took": str(perf_counter() - started_s)}

                return measured

            return decorate

        api = api_of(
            get({"id": 1}, lambda ns: ns.marshal_with(ns.model("Book", {"id": fields.Integer})), timed)
        )
        answer = api.app.test_client().get("/books", headers={"X-Fields": "{title}"})
        assert answer.json == {"id": 1}


class TestAnswers:
    @pytest.mark.parametrize(
        ("model", "schema"),
        [
            (fields.Integer(min=0, max=9), {"type": ["integer", "null"], "minimum": 0, "maximum": 9}),
            (fields.Boolean, {"type": ["boolean", "null"]}),
            ({"type": "object", "minProperties": 1}, {"type": "object", "minProperties": 1}),
        ],
        ids=["field", "class", "schema"],
    )
    def test_a_model_may_be(self, model: Any, schema: dict[str, Any]) -> None:
        api = api_of(get({}, lambda ns: ns.response(200, "Here", model)))
        assert operation_of(api)["responses"]["200"]["content"]["application/json"]["schema"] == schema

    def test_fields_without_a_name(self) -> None:
        api = api_of(get({"id": 1}, lambda ns: ns.marshal_with({"id": fields.Integer(required=True)})))
        schema = operation_of(api)["responses"]["200"]["content"]["application/json"]["schema"]
        assert (schema["required"], schema["properties"]["id"]["type"]) == (["id"], "integer")
        assert answer_of(api).json == {"id": 1}

    def test_the_model_of_an_error(self) -> None:
        def failing(ns: Namespace) -> Any:
            return ns.response(409, "Taken", ns.model("Taken", {"by": fields.String(required=True)}))

        api = api_of(get(({"by": "Ada"}, 409), failing))
        content = operation_of(api)["responses"]["409"]["content"]
        assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Taken"}
        answer = answer_of(api)
        assert (answer.status_code, answer.json) == (409, {"by": "Ada"})

    def test_default_code_and_model_of_doc(self) -> None:
        def made(ns: Namespace) -> Any:
            return ns.doc(model=ns.model("Book", {"id": fields.Integer}), default_code=202)

        api = api_of(get({"id": 1}, made))
        assert operation_of(api)["responses"]["202"]["content"]["application/json"]

    def test_headers_of_doc_and_of_a_response(self) -> None:
        api = api_of(
            get(
                ({}, 200, {"X-Left": "3"}),
                lambda ns: ns.header("X-Kind", "What kind"),
                lambda ns: ns.response(
                    200, "Here", headers={"X-Left": {"description": "Left.", "type": "string"}}
                ),
            )
        )
        headers = operation_of(api)["responses"]["200"]["headers"]
        assert headers["X-Kind"] == {"description": "What kind", "schema": {"type": "string"}}
        assert headers["X-Left"] == {"description": "Left.", "schema": {"type": "string"}}
        assert answer_of(api).headers["X-Left"] == "3"

    @pytest.mark.parametrize("as_list", [False, True])
    def test_envelope_and_skip_none(self, as_list: bool) -> None:
        book = {"id": fields.Integer(required=True), "note": fields.String}
        found: Any = {"id": 1, "note": None}
        api = api_of(
            get(
                [found] if as_list else found,
                lambda ns: ns.marshal_with(
                    ns.model("Book", book), as_list=as_list, envelope="data", skip_none=True
                ),
            )
        )
        operation_of(api)
        assert answer_of(api).json == {"data": [{"id": 1}] if as_list else {"id": 1}}

    def test_values_of_an_enum_are_a_component_of_its_name(self) -> None:
        mood = fields.String(enum=Mood, required=True)
        api = api_of(get({"mood": Mood.SAD}, lambda ns: ns.marshal_with(ns.model("Book", {"mood": mood}))))
        operation_of(api)
        assert api.document["components"]["schemas"]["Mood"] == {"type": "string", "enum": ["glad", "sad"]}
        assert answer_of(api).json == {"mood": "sad"}


class TestParameters:
    @pytest.mark.parametrize(
        ("where", "sent"), [("query", {"query_string": "word=7"}), ("header", {"headers": {"word": "7"}})]
    )
    def test_those_that_are_only_documented_are_enforced(self, where: str, sent: dict[str, Any]) -> None:
        api = api_of(get({}, lambda ns: ns.param("word", "A word", _in=where, type="integer", required=True)))
        (parameter,) = operation_of(api)["parameters"]
        assert (parameter["in"], parameter["required"], parameter["schema"]["type"]) == (
            where,
            True,
            "integer",
        )
        assert api.app.test_client().get("/books", **sent).status_code == 200
        assert answer_of(api).status_code == 400

    @pytest.mark.parametrize(
        ("default", "documented"),
        [(ISBN, str(ISBN)), (date(2026, 11, 21), "2026-11-21"), (Decimal("1.5"), "1.5"), (Mood.SAD, "sad")],
    )
    def test_defaults_are_documented_as_they_are_sent(self, default: Any, documented: str) -> None:
        parser = reqparse.RequestParser()
        parser.add_argument("word", location="args", default=default)
        api = api_of(get({}, lambda ns: ns.expect(parser)))
        assert operation_of(api)["parameters"][0]["schema"]["default"] == documented

    def test_a_default_that_json_cannot_say_is_left_out(self) -> None:
        parser = reqparse.RequestParser()
        parser.add_argument("word", location="args", default=object())
        assert (
            "default"
            not in operation_of(api_of(get({}, lambda ns: ns.expect(parser))))["parameters"][0]["schema"]
        )


class TestRefused:
    def test_two_enums_of_one_name(self) -> None:
        other = Enum("Mood", {"CALM": "calm"})
        api = api_of(
            get(
                {},
                lambda ns: ns.marshal_with(
                    ns.model("Book", {"one": fields.String(enum=Mood), "two": fields.String(enum=other)})
                ),
            )
        )
        with pytest.raises(ContractError, match="two different enums are named 'Mood'"):
            api.compile()

    @pytest.mark.parametrize(
        ("decorator", "complaint"),
        [
            (lambda ns: ns.expect(3), "expects 3, which is neither a model nor a parser"),
            (lambda ns: ns.response(200, "Here", 3), "3 is not a model"),
            (lambda ns: ns.param("word", _in="nowhere"), "in 'nowhere', where it has none"),
        ],
    )
    def test_what_is_nothing(self, decorator: Any, complaint: str) -> None:
        with pytest.raises(ContractError, match=complaint):
            api_of(get({}, decorator)).compile()
