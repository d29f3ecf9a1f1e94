"""The list of sessions: where one is logged in, ending one, when sessions end, and the mail of a new device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.config import settings
from service.core.database import transaction
from service.core.jobs.runner import run_attempt
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.known_addresses import KnownAddress
from service.models.sessions import Session
from service.models.users import User
from tests.accounts import PASSWORD, auth_headers, bearer_header, create_account, tokens_of
from tests.job_queue import JobQueue

PATH = "/api/auth/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="ada@example.org", display_name="Ada Lovelace")


@pytest.fixture
def log_in(client: FlaskClient, ada: User) -> Callable[..., Any]:
    """Return a function that logs in from a device and an address, and returns the tokens."""

    def call(user_agent: str = FIREFOX, address: str = "192.0.2.1") -> Any:
        response = client.post(
            "/api/auth/login",
            json={"email": "ada@example.org", "password": PASSWORD},
            headers={"User-Agent": user_agent},
            environ_base={"REMOTE_ADDR": address},
        )
        assert response.status_code == 200
        return response.json

    return call


def headers_of(tokens: Any) -> dict[str, str]:
    return bearer_header(tokens["access_token"])


def change_sessions(**values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(Session).values(**values))


class TestList:
    def test_says_where_one_is_logged_in_this_one_first(
        self, client: FlaskClient, log_in: Callable[..., Any]
    ) -> None:
        mine = log_in()
        log_in("curl/8.5.0", "2001:db8::1")
        response = client.get(PATH, headers=headers_of(mine))
        assert response.status_code == 200
        assert [(one["device"], one["address_family"], one["is_current"]) for one in response.json] == [
            ("Firefox on Windows", "IPv4", True),
            ("curl", "IPv6", False),
        ]

    def test_shows_neither_those_of_others_nor_what_has_ended(self, client: FlaskClient, ada: User) -> None:
        tokens_of(create_account())
        client.delete("/api/auth/logout", headers=auth_headers(ada))
        tokens_of(ada)
        change_sessions(expires_at=utcnow() - timedelta(seconds=1))
        headers = auth_headers(ada)
        (one,) = client.get(PATH, headers=headers).json
        assert one["is_current"]
        assert one["device"] is None

    def test_needs_a_log_in(self, client: FlaskClient) -> None:
        assert client.get(PATH).status_code == 401


class TestEnd:
    def test_ends_that_one_at_once(self, client: FlaskClient, log_in: Callable[..., Any]) -> None:
        mine, other = log_in(), log_in("curl/8.5.0")
        ended = client.get(PATH, headers=headers_of(mine)).json[1]
        assert client.delete(f"{PATH}/{ended['id']}", headers=headers_of(mine)).status_code == 204
        assert client.get("/api/auth/me", headers=headers_of(other)).status_code == 401
        assert (
            client.post("/api/auth/refresh", headers=bearer_header(other["refresh_token"])).status_code == 401
        )
        assert client.get("/api/auth/me", headers=headers_of(mine)).status_code == 200
        assert len(client.get(PATH, headers=headers_of(mine)).json) == 1

    def test_of_this_one_logs_out(self, client: FlaskClient, log_in: Callable[..., Any]) -> None:
        mine = log_in()
        (one,) = client.get(PATH, headers=headers_of(mine)).json
        assert client.delete(f"{PATH}/{one['id']}", headers=headers_of(mine)).status_code == 204
        assert client.get("/api/auth/me", headers=headers_of(mine)).status_code == 401

    def test_there_is_none_of_others_and_none_twice(self, client: FlaskClient, ada: User) -> None:
        theirs = auth_headers(create_account())
        (one,) = client.get(PATH, headers=theirs).json
        headers = auth_headers(ada)
        for session_id in (one["id"], uuid4()):
            assert client.delete(f"{PATH}/{session_id}", headers=headers).status_code == 404
        assert client.get("/api/auth/me", headers=theirs).status_code == 200
        tokens_of(ada)
        other = client.get(PATH, headers=headers).json[1]
        statuses = [client.delete(f"{PATH}/{other['id']}", headers=headers).status_code for _ in range(2)]
        assert statuses == [204, 404]

    def test_needs_a_log_in(self, client: FlaskClient) -> None:
        assert client.delete(f"{PATH}/{uuid4()}").status_code == 401


class TestLength:
    def test_use_extends_a_session_but_not_beyond_its_end(
        self, client: FlaskClient, log_in: Callable[..., Any]
    ) -> None:
        tokens = log_in()
        (one,) = client.get(PATH, headers=headers_of(tokens)).json
        lasts = datetime.fromisoformat(one["expires_at"]) - utcnow()
        idle = timedelta(days=settings().refresh_token_days)
        assert idle - timedelta(minutes=1) < lasts <= idle
        ends_at = utcnow() + timedelta(days=2)
        change_sessions(ends_at=ends_at)
        tokens = client.post("/api/auth/refresh", headers=bearer_header(tokens["refresh_token"])).json
        (one,) = client.get(PATH, headers=headers_of(tokens)).json
        assert datetime.fromisoformat(one["expires_at"]) == ends_at.replace(
            microsecond=datetime.fromisoformat(one["expires_at"]).microsecond
        )

    def test_a_session_ends_however_much_it_is_used(
        self, client: FlaskClient, log_in: Callable[..., Any]
    ) -> None:
        tokens = log_in()
        change_sessions(ends_at=utcnow() - timedelta(seconds=1))
        response = client.post("/api/auth/refresh", headers=bearer_header(tokens["refresh_token"]))
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")

    def test_a_session_of_before_is_extended(self, client: FlaskClient, log_in: Callable[..., Any]) -> None:
        tokens = log_in()
        change_sessions(ends_at=None, expires_at=utcnow() + timedelta(days=1))
        tokens = client.post("/api/auth/refresh", headers=bearer_header(tokens["refresh_token"])).json
        (one,) = client.get(PATH, headers=headers_of(tokens)).json
        assert datetime.fromisoformat(one["expires_at"]) > utcnow() + timedelta(days=20)

    def test_it_begins_with_its_end(self, log_in: Callable[..., Any]) -> None:
        log_in()
        with db.engine.connect() as connection:
            created_at, ends_at = connection.execute(sa.select(Session.created_at, Session.ends_at)).one()
        assert ends_at - created_at == timedelta(days=settings().session_days)


class TestNewDevice:
    def mails(self) -> list[Any]:
        with db.engine.connect() as connection:
            payloads = connection.scalars(sa.select(Job.payload).where(Job.task == "mail.send")).all()
        return [payload["payload"]["device"] for payload in payloads if payload["mail"] == "new_login"]

    def test_its_owner_gets_a_mail(self, app: Flask, jobs: JobQueue, log_in: Callable[..., Any]) -> None:
        log_in()
        log_in("curl/8.5.0", "198.51.100.7")
        assert self.mails() == ["curl"]
        for file in settings().mail_dir.glob("*.eml"):
            file.unlink()
        run_attempt(app, jobs.claim())
        (mail,) = settings().mail_dir.glob("*.eml")
        assert "lately: curl, on" in " ".join(mail.read_text().replace("=\n", "").split())

    def test_nobody_hears_of_the_first_one(self, log_in: Callable[..., Any]) -> None:
        log_in()
        assert self.mails() == []

    @pytest.mark.parametrize(
        ("user_agent", "address"),
        [(FIREFOX, "198.51.100.7"), ("curl/8.5.0", "192.0.2.1")],
        ids=["place", "device"],
    )
    def test_nobody_hears_of_what_is_known_in_part(
        self, log_in: Callable[..., Any], user_agent: str, address: str
    ) -> None:
        log_in()
        log_in(user_agent, address)
        assert self.mails() == []

    def test_a_device_that_was_forgotten_is_new(self, log_in: Callable[..., Any]) -> None:
        log_in()
        change_sessions(device="Safari on iPhone")
        with transaction() as session:
            session.execute(sa.delete(KnownAddress))
        log_in()
        assert self.mails() == ["Firefox on Windows"]
