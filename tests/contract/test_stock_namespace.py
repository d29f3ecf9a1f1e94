"""A namespace written for stock RESTX is added unchanged and comes out true."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import flask_restx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from service.contract import Api
from service.contract.checks.conformance import ContractChecker
from service.contract.pages import register_pages


@pytest.fixture
def stock() -> Any:
    """Return the stock application's module, fresh: models and store are module-level, as the manual has them."""
    sys.modules.pop("tests.contract.stock_app", None)
    return importlib.import_module("tests.contract.stock_app")


@pytest.fixture
def app(stock: Any) -> Flask:
    """Mount it the way anyone would: two lines that differ from the manual's."""
    app = Flask(__name__)
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=True, RESTX_MASK_HEADER="")
    api = Api(app, title="Todo API", version="1.0", license="MIT")
    api.add_namespace(stock.todos)
    register_pages(app, api)
    app.extensions["api"] = api
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client whose every response is held to the document."""
    conformance = ContractChecker(app.extensions["api"].document)

    class Checked(FlaskClient):
        def open(self, *args: Any, **options: Any) -> Any:
            response = super().open(*args, **options)
            conformance.check(
                response.request.method,
                response.request.path,
                response.status_code,
                dict(response.headers),
                response.data,
            )
            return response

    app.test_client_class = Checked
    return app.test_client()


def stock_client(stock: Any) -> FlaskClient:
    """Return a client of the same namespace under stock RESTX."""
    app = Flask(__name__)
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    flask_restx.Api(app).add_namespace(stock.todos)
    return app.test_client()


class TestDocument:
    def test_is_valid(self, app: Flask) -> None:
        validate(app.extensions["api"].document)

    def test_needs_no_request(self, app: Flask) -> None:
        assert app.extensions["api"].document["openapi"] == "3.1.0"

    def test_output_is_nullable_and_complete(self, app: Flask) -> None:
        todo = app.extensions["api"].document["components"]["schemas"]["Todo"]
        assert set(todo["required"]) == {"id", "task", "owner", "labels", "due", "price", "uri"}
        assert todo["properties"]["task"]["type"] == "string"
        assert todo["properties"]["due"]["type"] == ["string", "null"]
        assert {"type": "null"} in todo["properties"]["owner"]["anyOf"]

    def test_fixed_is_a_string_as_it_is_sent(self, app: Flask) -> None:
        todo = app.extensions["api"].document["components"]["schemas"]["Todo"]
        assert todo["properties"]["price"]["type"] == ["string", "null"]

    def test_input_is_closed_and_has_no_read_only_field(self, app: Flask) -> None:
        given = app.extensions["api"].document["components"]["schemas"]["TodoInput"]
        assert given["additionalProperties"] is False
        assert "id" not in given["properties"]
        assert given["required"] == ["task"]

    def test_child_overrides_its_parent(self, app: Flask) -> None:
        detailed = app.extensions["api"].document["components"]["schemas"]["DetailedTodo"]
        assert detailed["properties"]["task"]["maxLength"] == 7

    def test_exclusive_bounds_are_numbers(self, app: Flask) -> None:
        age = app.extensions["api"].document["components"]["schemas"]["PersonInput"]["properties"]["age"]
        assert age["exclusiveMinimum"] == 0
        assert "minimum" not in age

    def test_operation_ids_are_unique(self, app: Flask) -> None:
        ids = [operation.id for operation in app.extensions["api"].operations]
        assert len(ids) == len(set(ids))
        stock_ids = [
            op["operationId"]
            for item in _stock_document(app).values()
            for op in item.values()
            if "operationId" in op
        ]
        assert len(stock_ids) != len(set(stock_ids))

    def test_undeclared_answers_of_a_stock_namespace_have_a_default(self, app: Flask) -> None:
        responses = app.extensions["api"].document["paths"]["/todos/legacy"]["get"]["responses"]
        assert "application/problem+json" in responses["default"]["content"]

    def test_served_bytes_are_the_document(self, app: Flask, client: FlaskClient) -> None:
        assert client.get("/openapi.json").data == app.extensions["api"].document_bytes


def _stock_document(app: Flask) -> dict[str, Any]:
    stock = sys.modules["tests.contract.stock_app"]
    plain = Flask(__name__)
    api = flask_restx.Api(plain)
    api.add_namespace(stock.todos)
    with plain.test_request_context():
        paths: dict[str, Any] = api.__schema__["paths"]
    return paths


class TestRequests:
    def test_create_read_list_delete(self, client: FlaskClient) -> None:
        made = client.post("/todos/", json={"task": "Build an API", "owner": {"name": "Ada", "age": 36}})
        assert made.status_code == 201
        assert made.json["due"] == "2026-11-21T12:00:00Z"
        assert made.json["price"] == "3.00"
        assert made.json["uri"] == f"/todos/{made.json['id']}"
        assert made.json["labels"] is None
        assert client.get("/todos/1").json == made.json
        assert client.get("/todos/").json == [made.json]
        assert client.delete("/todos/1").status_code == 204
        assert client.get("/todos/1").status_code == 404

    def test_trailing_slash_is_as_stock_has_it(self, client: FlaskClient) -> None:
        assert client.get("/todos/").status_code == 200

    def test_without_it_the_path_is_as_documented(self, client: FlaskClient) -> None:
        assert client.get("/todos").status_code == 200
        assert client.open("/todos", method="TRACE").status_code == 405

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/task", "REQUIRED"),
            ({"task": 1}, "/task", "WRONG_TYPE"),
            ({"task": "x", "id": 3}, "/id", "UNKNOWN_PROPERTY"),
            ({"task": "x", "owner": {"name": "Ada", "age": 0}}, "/owner/age", "TOO_SMALL"),
            ({"task": "x", "due": "yesterday"}, "/due", "INVALID_FORMAT"),
            ([], "", "WRONG_TYPE"),
        ],
    )
    def test_expected_models_are_enforced(
        self, client: FlaskClient, body: Any, pointer: str, code: str
    ) -> None:
        answer = client.post("/todos/", json=body)
        assert answer.status_code == 400
        assert {"pointer": pointer, "code": code} in [
            {key: error[key] for key in ("pointer", "code")} for error in answer.json["errors"]
        ]

    def test_stock_takes_them_without_a_word(self, stock: Any) -> None:
        assert stock_client(stock).post("/todos/", json={"owner": 3, "due": "yesterday"}).status_code in {
            201,
            500,
        }

    def test_exclusive_minimum_does_not_refuse_what_it_allows(self, client: FlaskClient, stock: Any) -> None:
        body = {"task": "x", "owner": {"name": "Ada", "age": 1}}
        client.post("/todos/", json=body)
        assert client.put("/todos/1", json=body).status_code == 200
        plain = stock_client(stock)
        plain.post("/todos/", json=body)
        assert plain.put("/todos/1", json=body).status_code == 400

    def test_lists_are_lists(self, client: FlaskClient) -> None:
        assert client.post("/todos/details", json=[{"task": "x"}]).status_code == 200
        assert client.post("/todos/details", json={"task": "x"}).status_code == 400

    @pytest.mark.parametrize(
        "query", ["limit=1_000", "limit=%203", "limit=%D9%A3", "open=yes", "sort=due", "limit=1&limit=2"]
    )
    def test_parsers_are_strict(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/todos/?{query}").status_code == 400

    def test_parsed_values_reach_the_method(self, client: FlaskClient) -> None:
        for task in ("a", "b"):
            client.post("/todos/", json={"task": task})
        assert len(client.get("/todos/?limit=1&open=true&sort=task").json) == 1

    def test_a_parser_without_location_reads_the_body(self, client: FlaskClient) -> None:
        assert client.post("/todos/rates", json={"rate": 3}).json == {"rate": 3}

    @pytest.mark.parametrize("body", [[], "text", {"rate": "x"}, {}, None, {"rate": 1, "else": 2}])
    def test_its_body_is_checked(self, client: FlaskClient, body: Any) -> None:
        assert client.post("/todos/rates", json=body).status_code == 400

    def test_stock_breaks_on_a_list(self, stock: Any) -> None:
        assert stock_client(stock).post("/todos/rates", json=[1]).status_code == 500


class TestErrors:
    def test_returned_tuple_is_sent_as_it_is(self, client: FlaskClient) -> None:
        answer = client.get("/todos/legacy?how=tuple")
        assert (answer.status_code, answer.json) == (410, {"message": "Gone fishing"})
        assert answer.content_type == "application/json"

    def test_abort(self, client: FlaskClient) -> None:
        answer = client.get("/todos/legacy?how=abort")
        assert (answer.status_code, answer.json["detail"]) == (409, "Already there")
        assert answer.json["errors"] == [{"pointer": "/task", "code": "INVALID", "detail": "taken"}]

    def test_crash_tells_nothing(self, client: FlaskClient) -> None:
        answer = client.get("/todos/legacy?how=crash")
        assert answer.status_code == 500
        assert b"secret" not in answer.data

    def test_anything_that_json_can_hold(self, client: FlaskClient) -> None:
        assert client.get("/todos/legacy?how=list").json == ["anything", {"at": "2026-01-01T00:00:00Z"}]

    def test_abort_in_a_store(self, client: FlaskClient) -> None:
        answer = client.get("/todos/7")
        assert (answer.status_code, answer.json["detail"]) == (404, "Todo 7 doesn't exist")
        assert answer.content_type == "application/problem+json"

    def test_no_route_is_proposed(self, client: FlaskClient) -> None:
        answer = client.get("/todoz/7")
        assert answer.status_code == 404
        assert "todos" not in answer.json["detail"]
