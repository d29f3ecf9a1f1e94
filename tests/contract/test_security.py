"""RESTX's `authorizations`, in Swagger 2.0's words, are OpenAPI 3's, and a credential must be there."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from service.contract import Unauthorized
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
