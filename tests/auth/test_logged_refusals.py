"""What the log has of requests that were refused: what was tried, by whom and why, and none of their secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.models.users import User
from tests.accounts import PASSWORD, auth_headers, bearer_header, create_account

Log = Callable[[], str]


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(email="ada@example.org")


@pytest.fixture
def log(client: FlaskClient, ada: User, capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """Return a function that returns the one line of the log about the last request."""
    capsys.readouterr()

    def line() -> str:
        [found] = [each for each in capsys.readouterr().err.splitlines() if " request " in each]
        assert PASSWORD not in found
        return found

    return line


def fields_of(line: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", line))


def log_in(client: FlaskClient, password: str) -> Any:
    return client.post("/api/auth/login", json={"email": "ada@example.org", "password": password})


def test_a_failed_login(client: FlaskClient, log: Log) -> None:
    assert log_in(client, "not the password").status_code == 401
    line = log()
    fields = fields_of(line)
    assert (fields["path"], fields["status"], fields["code"]) == (
        "/api/auth/login",
        "401",
        "INVALID_CREDENTIALS",
    )
    assert fields["client"] == "127.0.0.1"
    assert "not the password" not in line
    assert "ada@example.org" not in line


def test_a_login(client: FlaskClient, log: Log) -> None:
    assert log_in(client, PASSWORD).status_code == 200
    fields = fields_of(log())
    assert (fields["path"], fields["status"]) == ("/api/auth/login", "200")


def test_a_token_that_is_none(client: FlaskClient, log: Log) -> None:
    assert client.get("/api/auth/me", headers=bearer_header("no.such.token")).status_code == 401
    line = log()
    fields = fields_of(line)
    assert (fields["status"], fields["code"], fields["user_id"]) == ("401", "INVALID_TOKEN", "None")
    assert "no.such.token" not in line


def test_a_request_that_is_not_allowed(client: FlaskClient, ada: User, log: Log) -> None:
    headers = auth_headers(ada)
    assert client.get("/api/audit", headers=headers).status_code == 403
    fields = fields_of(log())
    assert (fields["path"], fields["status"], fields["user_id"]) == ("/api/audit", "403", str(ada.id))
    assert fields["code"]


def test_input_that_is_refused(client: FlaskClient, ada: User, log: Log) -> None:
    headers = auth_headers(ada)
    response = client.post("/api/posts", json={"title": "x", "is_admin": "true"}, headers=headers)
    assert response.status_code == 400
    fields = fields_of(log())
    assert (fields["status"], fields["code"], fields["user_id"]) == ("400", "INVALID_INPUT", str(ada.id))


def test_a_request_too_many(
    app: Flask,
    client: FlaskClient,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    limited = replace(app.extensions["settings"], rate_limit_login="1 per day")
    monkeypatch.setitem(app.extensions, "settings", limited)
    log_in(client, "not the password")
    capsys.readouterr()
    assert log_in(client, PASSWORD).status_code == 429
    fields = fields_of(log())
    assert (fields["status"], fields["client"]) == ("429", "127.0.0.1")
    assert fields["code"]
