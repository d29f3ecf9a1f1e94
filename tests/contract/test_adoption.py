"""Stock applications start with the import of `Api` changed alone, and are described truthfully."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from flask_restx import Namespace, Resource, fields
from openapi_spec_validator import validate
from werkzeug.datastructures import FileStorage

from service.contract import Api, ContractError
from service.contract.checks.conformance import ContractChecker
from service.contract.errors import ContractWarning


def application(declare: Callable[[Api], Any]) -> Api:
    """Return the Api of an application whose resources `declare` adds, as the manual of RESTX does."""
    api = Api(Flask(__name__), title="Books", version="1.0")
    api.app.config["PROPAGATE_EXCEPTIONS"] = False
    declare(api)
    return api


def answer_of(api: Api, method: str, path: str, **given: Any) -> Any:
    """Return the response of a call, which the document must declare."""
    validate(api.document)
    answer = api.app.test_client().open(path, method=method, **given)
    ContractChecker(api.document).check(
        method, path.partition("?")[0], answer.status_code, dict(answer.headers), answer.data
    )
    return answer


def schemas_of(api: Api) -> dict[str, Any]:
    validate(api.document)
    schemas: dict[str, Any] = api.document["components"]["schemas"]
    return schemas


class TestModels:
    def test_names_have_only_characters_that_components_may_have(self) -> None:
        def declare(api: Api) -> None:
            author = api.model("The Author", {"name": fields.String})
            book = api.model("Book (long)", {"author": fields.Nested(author)})

            @api.route("/books")
            class Books(Resource):
                @api.marshal_with(book)
                def get(self) -> Any:
                    return {"author": {"name": "Ada"}}

        api = application(declare)
        assert {"The_Author", "Book__long_"} <= schemas_of(api).keys()
        assert answer_of(api, "GET", "/books").json == {"author": {"name": "Ada"}}

    def test_names_that_become_equal_stay_apart(self) -> None:
        def declare(api: Api) -> None:
            one, other = api.model("A b", {"x": fields.String}), api.model("A_b", {"y": fields.Integer})

            @api.route("/one")
            class One(Resource):
                @api.marshal_with(one)
                def get(self) -> Any:
                    return {"x": "1"}

            @api.route("/other")
            class Other(Resource):
                @api.marshal_with(other)
                def get(self) -> Any:
                    return {"y": 1}

        api = application(declare)
        assert schemas_of(api)["A_b"]["properties"].keys() == {"x"}
        assert schemas_of(api)["A_b2"]["properties"].keys() == {"y"}
        assert answer_of(api, "GET", "/other").json == {"y": 1}

    def test_different_ones_of_one_name_are_numbered_with_a_warning(self) -> None:
        def declare(api: Api) -> None:
            for name, kind in (("a", fields.String), ("b", fields.Integer), ("c", fields.String)):
                ns = Namespace(name)
                model = ns.model("Thing", {"value": kind})

                @ns.route("/")
                class Things(Resource):
                    @ns.marshal_with(model)
                    def get(self) -> Any:
                        return {"value": 1}

                api.add_namespace(ns)

        api = application(declare)
        with pytest.warns(ContractWarning, match="two different models are named 'Thing'.*'Thing2'"):
            api.compile()
        # The third is the same as the first.
        assert {"Thing", "Thing2"} <= schemas_of(api).keys()
        assert "Thing3" not in schemas_of(api)
        assert [answer_of(api, "GET", path).json["value"] for path in ("/a/", "/b/", "/c/")] == ["1", 1, "1"]

    def test_schema_models_refer_to_models(self) -> None:
        def declare(api: Api) -> None:
            api.model("Author", {"name": fields.String(required=True)})
            authors = {"type": "array", "items": {"$ref": "#/definitions/Author"}}
            book = api.schema_model("Book", {"type": "object", "properties": {"authors": authors}})

            @api.route("/books")
            class Books(Resource):
                @api.expect(book)
                def post(self) -> Any:
                    return request.json

        api = application(declare)
        items = schemas_of(api)["Book"]["properties"]["authors"]["items"]
        assert items == {"$ref": "#/components/schemas/Author"}
        assert answer_of(api, "POST", "/books", json={"authors": [{"name": "Ada"}]}).status_code == 200
        assert answer_of(api, "POST", "/books", json={"authors": [{}]}).status_code == 400

    def test_schema_models_that_refer_to_nothing_are_refused(self) -> None:
        def declare(api: Api) -> None:
            book = api.schema_model("Book", {"$ref": "#/definitions/Author"})

            @api.route("/books")
            class Books(Resource):
                @api.expect(book)
                def post(self) -> Any:
                    return request.json

        with pytest.raises(
            ContractError, match="Book refers to the model 'Author', which the Api does not have"
        ):
            application(declare).compile()


class TestFields:
    def test_keywords_of_json_schema_have_their_meaning(self) -> None:
        def declare(api: Api) -> None:
            book = api.model(
                "Book",
                {
                    "id": fields.Integer(readOnly=True, minimum=1, maximum=9, multipleOf=2),
                    "title": fields.String(required=True, minLength=2, maxLength=5),
                    "tags": fields.List(fields.String, minItems=1, maxItems=2, uniqueItems=True),
                },
            )

            @api.route("/books")
            class Books(Resource):
                @api.expect(book, validate=True)
                @api.marshal_with(book)
                def post(self) -> Any:
                    return {"id": 2, **api.payload}

        api = application(declare)
        given = schemas_of(api)["BookInput"]["properties"]
        assert given.keys() == {"title", "tags"}
        assert (given["title"]["minLength"], given["title"]["maxLength"]) == (2, 5)
        assert (given["tags"]["minItems"], given["tags"]["maxItems"], given["tags"]["uniqueItems"]) == (
            1,
            2,
            True,
        )
        sent = schemas_of(api)["Book"]["properties"]["id"]
        assert (sent["minimum"], sent["maximum"], sent["multipleOf"]) == (1, 9, 2)
        assert answer_of(api, "POST", "/books", json={"title": "A"}).status_code == 400
        assert answer_of(api, "POST", "/books", json={"title": "An", "tags": ["a"]}).json["id"] == 2

    def test_keyword_that_its_field_has_no_word_for_is_ignored_with_a_warning(self) -> None:
        def declare(api: Api) -> None:
            book = api.model("Book", {"read": fields.Boolean(maxLength=3, colour="red")})

            @api.route("/books")
            class Books(Resource):
                @api.marshal_with(book)
                def get(self) -> Any:
                    return {"read": True}

        api = application(declare)
        with pytest.warns(
            ContractWarning, match="Book.read: Boolean does not know the option colour, maxLength"
        ):
            api.compile()
        assert answer_of(api, "GET", "/books").json == {"read": True}


class TestArguments:
    @pytest.mark.parametrize("location", ["files", "form"])
    def test_without_a_location_are_in_the_form_that_others_are_in(self, location: str) -> None:
        def declare(api: Api) -> None:
            parser = api.parser()
            kind = FileStorage if location == "files" else str
            parser.add_argument("content", location=location, type=kind, required=True)
            parser.add_argument("title")

            @api.route("/books")
            class Books(Resource):
                @api.expect(parser)
                def post(self) -> Any:
                    return parser.parse_args()["title"]

        api = application(declare)
        content = (BytesIO(b"x"), "a.txt") if location == "files" else "x"
        data = {"content": content, "title": "Looms"}
        assert answer_of(api, "POST", "/books", data=data, content_type="multipart/form-data").json == "Looms"

    def test_without_a_location_are_in_the_query_beside_a_body(self) -> None:
        def declare(api: Api) -> None:
            parser = api.parser()
            parser.add_argument("copies", type=int)
            book = api.model("Book", {"title": fields.String})

            @api.route("/books")
            class Books(Resource):
                @api.expect(parser, book)
                def post(self) -> Any:
                    return [parser.parse_args()["copies"], api.payload["title"]]

        api = application(declare)
        (parameter,) = api.document["paths"]["/books"]["post"]["parameters"]
        assert (parameter["in"], parameter["name"]) == ("query", "copies")
        assert answer_of(api, "POST", "/books?copies=2", json={"title": "Looms"}).json == [2, "Looms"]

    def test_in_a_location_of_swagger_are_in_the_query(self) -> None:
        def declare(api: Api) -> None:
            parser = api.parser()
            parser.add_argument("copies", type=int, location="query")

            @api.route("/books")
            class Books(Resource):
                @api.expect(parser)
                def get(self) -> Any:
                    return []

        api = application(declare)
        assert api.document["paths"]["/books"]["get"]["parameters"][0]["in"] == "query"
        assert answer_of(api, "GET", "/books?copies=two").status_code == 400

    def test_lists_in_a_body(self) -> None:
        def declare(api: Api) -> None:
            parser = api.parser()
            parser.add_argument("titles", type=list, location="json", nullable=False)

            @api.route("/books")
            class Books(Resource):
                @api.expect(parser)
                def post(self) -> Any:
                    return parser.parse_args()["titles"]

        api = application(declare)
        assert answer_of(api, "POST", "/books", json={"titles": ["Looms", 2]}).json == ["Looms", 2]
        assert answer_of(api, "POST", "/books", json={"titles": None}).status_code == 400

    def test_body_of_a_method_takes_the_place_of_that_of_its_class(self) -> None:
        def declare(api: Api) -> None:
            shared = api.model("Shared", {"a": fields.String})
            own = api.model("Own", {"b": fields.String})

            @api.route("/books")
            @api.expect(shared)
            class Books(Resource):
                @api.expect(own)
                def post(self) -> Any:
                    return api.payload

                def put(self) -> Any:
                    return api.payload

        api = application(declare)
        assert answer_of(api, "POST", "/books", json={"b": "1"}).status_code == 200
        assert answer_of(api, "POST", "/books", json={"a": "1"}).status_code == 400
        assert answer_of(api, "PUT", "/books", json={"a": "1"}).status_code == 200


class Sold(Exception):
    """An error of the application."""


class TestErrors:
    @staticmethod
    def raising(error: Exception) -> Callable[[Api], None]:
        def declare(api: Api) -> None:
            @api.route("/books")
            class Books(Resource):
                def get(self) -> Any:
                    raise error

        return declare

    def test_handler_of_the_api_answers(self) -> None:
        api = application(self.raising(Sold("no copy is left")))

        @api.errorhandler(Sold)
        def sold(_error: Sold) -> Any:
            return {"left": 0}, 410, {"Cache-Control": "no-store"}

        answer = answer_of(api, "GET", "/books")
        assert (answer.status_code, answer.json) == (410, {"left": 0, "message": "no copy is left"})
        assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/json", "no-store")

    def test_handler_of_a_namespace_answers(self) -> None:
        ns = Namespace("books")

        @ns.errorhandler(Sold)
        def sold(_error: Sold) -> Any:
            return {"message": "sold"}, 409

        @ns.route("/")
        class Books(Resource):
            def get(self) -> Any:
                raise Sold

        api = application(lambda api: api.add_namespace(ns))
        answer = answer_of(api, "GET", "/books/")
        assert (answer.status_code, answer.json) == (409, {"message": "sold"})

    def test_handler_that_answers_with_a_response(self) -> None:
        api = application(self.raising(Sold()))
        api.errorhandler(Sold)(
            lambda _error: api.app.response_class("[]", 402, content_type="application/json")
        )
        assert answer_of(api, "GET", "/books").status_code == 402

    def test_handler_of_every_error_leaves_http_errors_alone(self) -> None:
        api = application(self.raising(Sold("secret")))
        api.errorhandler(lambda _error: ({"message": "failed"}, 500))
        assert answer_of(api, "GET", "/books").json == {"message": "failed"}
        answer = api.app.test_client().get("/elsewhere")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")

    def test_message_is_left_out_where_the_setting_says_so(self) -> None:
        api = application(self.raising(Sold("no copy is left")))
        api.app.config["ERROR_INCLUDE_MESSAGE"] = False
        api.errorhandler(Sold)(lambda _error: ({"left": 0}, 410))
        assert answer_of(api, "GET", "/books").json == {"left": 0}

    def test_other_errors_stay_problems(self) -> None:
        api = application(self.raising(KeyError("secret")))
        api.errorhandler(Sold)(lambda _error: ({}, 410))
        answer = answer_of(api, "GET", "/books")
        assert (answer.status_code, answer.content_type) == (500, "application/problem+json")

    @pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "undeclared"])
    def test_returned_errors_are_sent_as_they_are(self, is_declared: bool) -> None:
        def declare(api: Api) -> None:
            @api.route("/login")
            class Login(Resource):
                def post(self) -> Any:
                    return {"message": "Invalid credentials", "tries": 2}, 401

            if is_declared:
                api.response(401, "Wrong password")(Login.post)

        api = application(declare)
        answer = answer_of(api, "POST", "/login")
        assert (answer.status_code, answer.json) == (401, {"message": "Invalid credentials", "tries": 2})

    def test_abort_beside_a_body_has_a_declared_code(self) -> None:
        def declare(api: Api) -> None:
            book = api.model("Book", {"title": fields.String})

            @api.route("/books")
            class Books(Resource):
                @api.expect(book)
                def post(self) -> Any:
                    api.abort(400, "The title is taken.")

        answer = answer_of(application(declare), "POST", "/books", json={"title": "Looms"})
        assert (answer.json["code"], answer.json["detail"]) == ("BAD_REQUEST", "The title is taken.")


class TestRefusals:
    def test_all_are_reported_at_once_each_with_its_source(self) -> None:
        def declare(api: Api) -> None:
            parser = api.parser()
            parser.add_argument("where", location="nowhere")

            @api.route("/one")
            class One(Resource):
                @api.expect("nothing", {"type": "object"})
                def get(self) -> Any:
                    return {}

            @api.route("/other")
            class Other(Resource):
                @api.expect(parser)
                def get(self) -> Any:
                    return {}

        with pytest.raises(ContractError) as refused:
            application(declare).compile()
        first, *others = str(refused.value).splitlines()
        assert first == "2 declarations are refused:"
        assert others[0].startswith("- tests/contract/test_adoption.py:")
        assert "GET /one expects {'type': 'object'}" in others[0]
        assert "its location nowhere cannot be documented" in others[1]

    def test_nothing_is_warned_of_where_nothing_is_odd(self) -> None:
        def declare(api: Api) -> None:
            book = api.model("Book", {"title": fields.String(required=True)})

            @api.route("/books")
            class Books(Resource):
                @api.expect(book)
                @api.marshal_with(book)
                def post(self) -> Any:
                    return api.payload

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            application(declare).compile()
