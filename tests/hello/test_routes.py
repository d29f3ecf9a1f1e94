"""The greeting."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


class TestGetGreeting:
    def test_greets_the_world(self, client: FlaskClient) -> None:
        assert client.get("/api/hello").json == {"message": "Hello, world!"}

    def test_greets_whom_it_is_told(self, client: FlaskClient) -> None:
        assert client.get("/api/hello?name=Ada").json == {"message": "Hello, Ada!"}

    @pytest.mark.parametrize(
        "query", ["name=", f"name={'x' * 81}", "name=a%00b", "nmae=Ada", "name=a&name=b"]
    )
    def test_refuses_what_the_document_refuses(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/api/hello?{query}").status_code == 400
