"""RESTX's `authorizations` are OpenAPI 3's, a credential must be there, and of several schemes one suffices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from service.contract import (
    Api,
    Forbidden,
    Namespace,
    Resource,
    SecurityScheme,
    Unauthorized,
    authenticated,
    current_identity,
    no_database,
    optional_auth_or_api_key,
    response_headers,
)
from service.contract.security import scheme_from_authorization


@pytest.mark.parametrize(
    ("definition", "openapi"),
    [
        ({"type": "basic"}, {"type": "http", "scheme": "basic"}),
        ({"type": "apiKey", "in": "query", "name": "k"}, {"type": "apiKey", "in": "query", "name": "k"}),
        (
            {"type": "oauth2", "flow": "accessCode", "tokenUrl": "/t", "scopes": {"read": "Read."}},
            {
                "type": "oauth2",
                "flows": {"authorizationCode": {"tokenUrl": "/t", "scopes": {"read": "Read."}}},
            },
        ),
        ({"type": "http", "scheme": "bearer"}, {"type": "http", "scheme": "bearer"}),
    ],
)
def test_words_of_openapi_3(definition: dict[str, Any], openapi: dict[str, Any]) -> None:
    assert scheme_from_authorization(definition).openapi == openapi


@pytest.mark.parametrize(
    ("definition", "request_with"),
    [
        ({"type": "apiKey", "in": "query", "name": "k"}, {"query_string": "k=1"}),
        ({"type": "apiKey", "in": "header", "name": "X-K"}, {"headers": {"X-K": "1"}}),
        ({"type": "apiKey", "in": "cookie", "name": "k"}, {"headers": {"Cookie": "k=1"}}),
        ({"type": "basic"}, {"headers": {"Authorization": "Basic YTpi"}}),
    ],
)
def test_credential_must_be_there(definition: dict[str, Any], request_with: dict[str, Any]) -> None:
    app, verify = Flask(__name__), scheme_from_authorization(definition).verify
    with app.test_request_context(**request_with):
        verify(False)
    with app.test_request_context():
        verify(True)
        with pytest.raises(Unauthorized):
            verify(False)


class BadToken(Unauthorized):
    """The token is bad."""

    code = "BAD_TOKEN"


class BadKey(Unauthorized):
    """The key is bad."""

    code = "BAD_KEY"


class KeyRefused(Forbidden):
    """Keys are not accepted."""

    code = "KEY_REFUSED"


class NoScope(Forbidden):
    """The key has no scope."""

    code = "NO_SCOPE"


def verify_token(optional: bool) -> str | None:
    match request.headers.get("Authorization"):
        case None if optional:
            return None
        case None:
            raise Unauthorized
        case "token ada":
            return "ada"
        case sent if sent.startswith("key"):
            raise KeyRefused
    raise BadToken


def verify_key(optional: bool) -> str | None:
    match request.headers.get("Authorization"):
        case None if optional:
            return None
        case "key robot" | "key reader" as sent:
            return sent
        case sent if sent and sent.startswith("key"):
            raise BadKey
    raise Unauthorized


def check_scopes(identity: Any, required: Iterable[str]) -> None:
    if identity != "key robot" and list(required) == ["books:read"]:
        raise NoScope


class TestTwoSchemes:
    """Both read the same header, as access tokens and API keys do."""

    @pytest.fixture
    def api(self) -> Api:
        http = {"type": "http", "scheme": "bearer"}
        token = SecurityScheme(
            http, verify_token, (Unauthorized, BadToken), if_missing=Unauthorized, if_alone=(KeyRefused,)
        )
        key = SecurityScheme(
            http,
            verify_key,
            (Unauthorized, BadKey, NoScope),
            if_missing=Unauthorized,
            scopes={"books:read": "Read books."},
            check_scopes=check_scopes,
        )
        ns = Namespace("books", description="Books.", path="/api")
        for path, policy in (
            ("both", authenticated(scope="books:read")),
            ("optional", optional_auth_or_api_key("books:read")),
            ("token", authenticated()),
        ):
            _add(ns, path, policy)
        api = Api(title="Test", license="MIT", security_schemes={"bearerAuth": token, "apiKeyAuth": key})
        api.add_namespace(ns)
        api.init_app(Flask(__name__))
        return api

    @pytest.mark.parametrize(
        ("path", "sent", "status", "code"),
        [
            ("both", None, 401, "UNAUTHORIZED"),
            ("both", "token ada", 204, None),
            ("both", "key robot", 204, None),
            ("both", "key reader", 403, "NO_SCOPE"),
            ("both", "key bad", 401, "BAD_KEY"),
            ("both", "token bad", 401, "BAD_TOKEN"),
            ("optional", None, 204, None),
            ("optional", "key robot", 204, None),
            ("optional", "key reader", 403, "NO_SCOPE"),
            ("optional", "key bad", 401, "BAD_KEY"),
            ("optional", "token bad", 401, "BAD_TOKEN"),
            ("token", "key robot", 403, "KEY_REFUSED"),
            ("token", "token ada", 204, None),
        ],
    )
    def test_reason_is_that_of_the_credential_that_was_sent(
        self, api: Api, path: str, sent: str | None, status: int, code: str | None
    ) -> None:
        client: FlaskClient = api.app.test_client()
        answer = client.get(f"/api/{path}", headers={"Authorization": sent} if sent else {})
        assert answer.status_code == status
        assert (answer.json or {}).get("code") == code
        assert answer.headers.get("X-Caller") == ((sent or "None") if status == 204 else None)

    def test_document_has_what_can_be_answered(self, api: Api) -> None:
        codes = {operation.id: {cls.code for cls in operation.problems} for operation in api.operations}
        alone, both = codes["getToken"], codes["getBoth"]
        assert "KEY_REFUSED" in alone
        assert "KEY_REFUSED" not in both
        assert {"NO_SCOPE", "BAD_KEY", "UNAUTHORIZED"} <= both
        assert "UNAUTHORIZED" not in codes["getOptional"]


def _add(ns: Namespace, path: str, policy: Any) -> None:
    caller = {"X-Caller": {"description": "Caller.", "schema": {"type": "string", "maxLength": 99}}}

    class Books(Resource):
        @ns.doc(id=f"get{path.title()}")
        @ns.response(204, "Nothing")
        @response_headers(caller)
        @no_database
        @policy
        def get(self) -> Any:
            """Get nothing."""
            identity = current_identity()
            sent = identity if identity is None or identity.startswith("key") else f"token {identity}"
            return None, 204, {"X-Caller": str(sent)}

    ns.route(f"/{path}")(Books)
