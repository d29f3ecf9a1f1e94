"""Guessing the password of one account, from one place or many: few guesses are tried, and its owner still gets in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from threading import local
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.auth import actions
from service.core.database import transaction
from service.extensions import db
from service.models.base import utcnow
from service.models.known_addresses import KnownAddress
from service.models.users import User
from tests.accounts import PASSWORD, auth_headers, create_account
from tests.servers import service

FAILURES = 3
HOME, ELSEWHERE = "198.51.100.7", "203.0.113.9"
EMAIL = "ada@example.org"
GUESSES = 1000


@pytest.fixture
def ada(app: Flask, monkeypatch: pytest.MonkeyPatch) -> User:
    settings = replace(app.extensions["settings"], login_failures=FAILURES)
    monkeypatch.setitem(app.extensions, "settings", settings)
    return create_account(username="ada", email=EMAIL)


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Record which hashes a password was verified against."""
    verified: list[str | None] = []
    verify = actions.verify_password

    def recorded(password_hash: str | None, password: str) -> bool:
        verified.append(password_hash)
        return verify(password_hash, password)

    monkeypatch.setattr(actions, "verify_password", recorded)
    return verified


def log_in(client: FlaskClient, password: str = "wrong", address: str = ELSEWHERE, email: str = EMAIL) -> Any:
    body = {"email": email, "password": password}
    return client.post("/api/auth/login", json=body, environ_base={"REMOTE_ADDR": address})


def statuses(client: FlaskClient, times: int, **given: Any) -> list[int]:
    return [log_in(client, **given).status_code for _ in range(times)]


SLOWED = [401] * FAILURES + [429, 429]


class TestGuesses:
    def test_are_tried_as_often_as_said_whatever_the_address(
        self, client: FlaskClient, ada: User, verifications: list[str | None]
    ) -> None:
        tried = [log_in(client, address=f"192.0.2.{number}").status_code for number in range(FAILURES + 2)]
        assert tried == SLOWED
        assert len(verifications) == FAILURES

    def test_are_told_how_long_to_wait(self, client: FlaskClient, ada: User) -> None:
        statuses(client, FAILURES)
        refused = log_in(client)
        assert (refused.status_code, refused.json["code"]) == (429, "TOO_MANY_REQUESTS")
        wait_s = int(refused.headers["Retry-After"])
        assert 0 < wait_s <= 60
        assert refused.headers["RateLimit"] == f'"account";r=0;t={wait_s}'

    def test_of_an_unknown_account_are_answered_alike(
        self, client: FlaskClient, ada: User, verifications: list[str | None]
    ) -> None:
        answers = {}
        for email in (EMAIL, "nobody@example.org"):
            verifications.clear()
            responses = [log_in(client, email=email) for _ in range(FAILURES + 1)]
            answers[email] = (
                [(each.status_code, each.data, sorted(each.headers.keys())) for each in responses],
                len(verifications),
            )
        assert answers[EMAIL] == answers["nobody@example.org"]

    def test_in_other_spellings_of_the_address_are_of_the_same_account(
        self, client: FlaskClient, ada: User
    ) -> None:
        emails = [EMAIL, "ADA@example.org", "Ada@Example.ORG", "aDA@example.org"]
        assert [log_in(client, email=email).status_code for email in emails] == SLOWED[:4]

    def test_are_forgotten_when_the_owner_logs_in(self, client: FlaskClient, ada: User) -> None:
        statuses(client, FAILURES - 1)
        assert log_in(client, PASSWORD).status_code == 200
        assert statuses(client, FAILURES + 2) == SLOWED

    def test_through_the_change_of_the_password_are_counted_with_the_others(
        self, client: FlaskClient, ada: User
    ) -> None:
        headers = auth_headers(ada)
        body = {"current_password": "wrong", "new_password": "staple correct horse"}
        guess = lambda: client.post("/api/auth/password", headers=headers, json=body).status_code  # noqa: E731
        assert [guess(), log_in(client).status_code, guess(), guess()] == [403, 401, 403, 429]
        assert log_in(client).status_code == 429


class TestOwner:
    def test_gets_in_from_a_known_address_while_others_guess(self, client: FlaskClient, ada: User) -> None:
        assert log_in(client, PASSWORD, HOME).status_code == 200
        assert statuses(client, FAILURES + 2) == SLOWED
        assert log_in(client, PASSWORD).status_code == 429
        assert log_in(client, PASSWORD, HOME).status_code == 200
        assert log_in(client, PASSWORD).status_code == 429, (
            "a login from home is no help to who guesses elsewhere"
        )

    def test_is_known_in_the_whole_network_of_an_ipv6_address(self, client: FlaskClient, ada: User) -> None:
        log_in(client, PASSWORD, "2001:db8::1")
        statuses(client, FAILURES + 1)
        assert log_in(client, PASSWORD, "2001:db8::2").status_code == 200
        assert log_in(client, PASSWORD, "2001:db8:1::2").status_code == 429

    def test_guesses_from_a_known_address_are_slowed_too(
        self, client: FlaskClient, ada: User, verifications: list[str | None]
    ) -> None:
        log_in(client, PASSWORD, HOME)
        verifications.clear()
        assert statuses(client, FAILURES + 2, address=HOME) == SLOWED
        assert len(verifications) == FAILURES

    def test_is_not_known_where_others_have_logged_in(self, client: FlaskClient, ada: User) -> None:
        create_account(email="grace@example.org")
        assert log_in(client, PASSWORD, HOME, "grace@example.org").status_code == 200
        statuses(client, FAILURES)
        assert log_in(client, PASSWORD, HOME).status_code == 429

    def test_is_no_longer_known_after_a_long_time(self, app: Flask, client: FlaskClient, ada: User) -> None:
        log_in(client, PASSWORD, HOME)
        days = timedelta(days=app.extensions["settings"].known_address_days)
        with transaction() as session:
            session.execute(sa.update(KnownAddress).values(last_login_at=utcnow() - days))
        statuses(client, FAILURES)
        assert log_in(client, PASSWORD, HOME).status_code == 429
        result = app.test_cli_runner().invoke(args=["purge-sessions"])
        assert (result.exit_code, result.output) == (0, "Deleted 1 expired rows.\n")
        assert db.session.scalar(sa.select(sa.func.count()).select_from(KnownAddress)) == 0

    def test_addresses_are_not_readable_in_the_database(self, client: FlaskClient, ada: User) -> None:
        for _ in range(2):
            log_in(client, PASSWORD, HOME)
        (row,) = db.session.scalars(sa.select(KnownAddress))
        assert (row.user_id, len(row.address_hash)) == (ada.id, 32)
        assert HOME.encode() not in row.address_hash


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve with four workers that believe the address which a proxy tells."""
    env = {"TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "WARNING", "LOGIN_FAILURES": str(FAILURES)}
    with service(tmp_path_factory.mktemp("guessing"), env=env, workers=4) as server:
        yield server.port


def test_four_workers_try_a_thousand_guesses_as_often_as_one_would(port: int) -> None:
    own, opened = local(), ExitStack()

    def post(path: str, body: dict[str, str], address: str) -> int:
        if not hasattr(own, "connection"):
            own.connection = opened.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=60)))
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        own.connection.request("POST", path, json.dumps(body), headers)
        with own.connection.getresponse() as response:
            response.read()
            return response.status

    def guess(number: int) -> int:
        address = f"10.0.{number // 250}.{number % 250}"
        return post("/api/auth/login", {"email": EMAIL, "password": f"guess {number}"}, address)

    right = {"email": EMAIL, "password": PASSWORD}
    with opened:
        assert post("/api/users", {"username": "ada", **right}, HOME) == 201
        assert post("/api/auth/login", right, HOME) == 200
        with ThreadPoolExecutor(24) as pool:
            tried = Counter(pool.map(guess, range(GUESSES)))
        assert tried == {401: FAILURES, 429: GUESSES - FAILURES}
        assert post("/api/auth/login", right, ELSEWHERE) == 429
        assert post("/api/auth/login", right, HOME) == 200
