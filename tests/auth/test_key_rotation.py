"""Rotation of the signing key while the service runs: tokens stay valid, new ones have another `kid`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from flask import Flask

from tests.accounts import PASSWORD, bearer_header, create_account, header_of
from tests.conftest import on_sqlite
from tests.servers import INHERITED, ROOT, Server, gunicorn
from tests.waiting import wait_until

REQUESTS = 40  # enough for both workers to get some: the kernel picks one for each connection


def flask_keys(folder: Path, *words: str) -> str:
    """Run `flask keys` as the operator does, in a process of its own, and return what it prints."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "keys", *words]
    environment |= {"VAR_DIR": str(folder / "var"), "FLASK_ENV": "testing"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def call(server: Server, path: str, token: str | None = None, body: Any = None) -> Any:
    headers = {"Content-Type": "application/json", **(bearer_header(token) if token else {})}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(server.url + path, data, headers), timeout=30) as response:
        return json.load(response)


def workers_of(server: Server) -> list[str]:
    """Wait until both workers run and return their process ids: the port accepts connections when one listens."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")

    def both() -> list[str]:
        found = children.read_text().split()
        return found if len(found) == 2 else []

    return wait_until(both)


@on_sqlite
class TestRotation:
    @pytest.fixture
    def first(self, tmp_path: Path) -> str:
        return flask_keys(tmp_path, "create")

    @pytest.fixture
    def server(self, app: Flask, database_url: str, first: str, tmp_path: Path) -> Iterator[Server]:
        environment = {"RATE_LIMIT_LOGIN": "1000 per minute"}
        with gunicorn(tmp_path, database_url=database_url, env=environment) as running:
            yield running

    def log_in(self, server: Server) -> str:
        login = {"email": "ada@example.org", "password": PASSWORD}
        return call(server, "/api/auth/login", body=login)["access_token"]

    def test_needs_no_restart(self, server: Server, first: str, tmp_path: Path) -> None:
        create_account(email="ada@example.org")
        workers = workers_of(server)
        before = self.log_in(server)
        assert header_of(before)["kid"] == first
        second = flask_keys(tmp_path, "create")
        published = [call(server, "/.well-known/jwks.json")["keys"] for _ in range(REQUESTS)]
        assert {tuple(key["kid"] for key in keys) for keys in published} == {(first, second)}
        assert header_of(self.log_in(server))["kid"] == first
        flask_keys(tmp_path, "use", second)
        published = [call(server, "/.well-known/jwks.json")["keys"] for _ in range(REQUESTS)]
        assert {tuple(key["kid"] for key in keys) for keys in published} == {(second, first)}
        after = [self.log_in(server) for _ in range(5)]
        assert {header_of(token)["kid"] for token in after} == {second}
        for token in (before, *after) * 5:
            assert call(server, "/api/auth/me", token)["email"] == "ada@example.org"
        assert workers_of(server) == workers
