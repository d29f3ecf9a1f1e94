"""Accounts that may use only unrestricted operations, and problems with extension members."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.contract import (
    Api,
    Forbidden,
    Namespace,
    Resource,
    SecurityScheme,
    authenticated,
    optional_auth,
)
from service.contract.document.problem_schemas import problem_schema
from tests.contract.sample_app import checked_client, verify


class TermsNotAccepted(Forbidden):
    """Accept the terms first."""

    code = "TERMS_NOT_ACCEPTED"
    members: ClassVar = {
        "version": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "description": "Version of the terms.",
            "examples": [3],
        }
    }

    def __init__(self) -> None:
        super().__init__()
        self.extensions["version"] = 3


def restrict(name: str) -> None:
    if name == "newcomer":
        raise TermsNotAccepted


@pytest.fixture(scope="module")
def app() -> Flask:
    ns = Namespace("books", description="Books.", path="/books")

    @ns.route("")
    class Books(Resource):
        @optional_auth
        @ns.doc(id="listBooks")
        @ns.response(204, "No books")
        def get(self) -> Any:
            """List books."""
            return None, 204

        @authenticated(permission=lambda name: name == "ada")
        @ns.doc(id="addBook")
        @ns.response(204, "Added")
        def post(self) -> Any:
            """Add a book."""
            return None, 204

        @authenticated(unrestricted=True)
        @ns.doc(id="acceptTerms")
        @ns.response(204, "Accepted")
        def put(self) -> Any:
            """Accept the terms."""
            return None, 204

    app = Flask(__name__)
    scheme = SecurityScheme(
        {"type": "http", "scheme": "bearer"}, verify, restrict=restrict, restrictions=(TermsNotAccepted,)
    )
    api = Api(title="Books", security_schemes={"bearerAuth": scheme}, transaction=nullcontext)
    api.add_namespace(ns)
    api.init_app(app, add_specs=False)
    api.compile()
    app.extensions["api"] = api
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return checked_client(app)


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_restricted_account_is_refused(client: FlaskClient, method: str) -> None:
    answer = client.open("/books", method=method, headers=bearer("newcomer"))
    assert (answer.status_code, answer.json["code"], answer.json["version"]) == (403, "TERMS_NOT_ACCEPTED", 3)


def test_unrestricted_operation_is_for_it_too(client: FlaskClient) -> None:
    assert client.put("/books", headers=bearer("newcomer")).status_code == 204


def test_others_are_not_restricted(client: FlaskClient) -> None:
    assert client.get("/books").status_code == 204
    assert client.get("/books", headers=bearer("eve")).status_code == 204
    assert client.post("/books", headers=bearer("ada")).status_code == 204
    assert client.post("/books", headers=bearer("eve")).json["code"] == "FORBIDDEN"


def test_document_says_where(app: Flask) -> None:
    operations = app.extensions["api"].document["paths"]["/books"]
    declared = {method for method, each in operations.items() if "TermsNotAccepted" in str(each["responses"])}
    assert declared == {"get", "post"}


def test_extension_members_are_required_and_in_the_example() -> None:
    schema = problem_schema(TermsNotAccepted)
    assert "version" in schema["required"]
    assert schema["properties"]["version"] == TermsNotAccepted.members["version"]
    assert schema["examples"][0]["version"] == 3
