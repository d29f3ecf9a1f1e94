"""What could take an account away needs a login or a step-up a short time ago, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.auth import actions
from service.core.database import transaction
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import Session
from service.models.users import Role, User
from tests.accounts import PASSWORD, auth_headers, bearer_header, create_account, reload_user, tokens_of

Headers = dict[str, str]
Call = Callable[[FlaskClient, User, User, Headers], Any]

PROOF = {"method": "password", "password": PASSWORD}


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="ada@example.org", role=Role.ADMIN)


@pytest.fixture
def grace(app: Flask) -> User:
    return create_account(username="grace", email="grace@example.org")


def move_authentication(at: datetime | None) -> None:
    """Let every session have logged in at `at`."""
    with transaction() as session:
        session.execute(sa.update(Session).values(authenticated_at=at))


@pytest.fixture
def stale(app: Flask, ada: User) -> Headers:
    """Return the header of a session of ada that logged in as long ago as does not count any more."""
    headers = auth_headers(ada)
    create_account(role=Role.ADMIN)  # so that ada is not the last one
    move_authentication(utcnow() - timedelta(seconds=app.extensions["settings"].step_up_s))
    return headers


def step_up(client: FlaskClient, headers: Headers, **given: str) -> Any:
    return client.post("/api/auth/step-up", headers=headers, json={**PROOF, **given})


def replacement(user: User, **changes: Any) -> dict[str, Any]:
    return {"username": user.username, "display_name": user.display_name, "email": user.email, **changes}


DANGEROUS: dict[str, Call] = {
    "own address": lambda client, me, _, headers: client.patch(
        "/api/auth/me", headers=headers, json={"email": "new@example.org"}
    ),
    "own address by id": lambda client, me, _, headers: client.patch(
        f"/api/users/{me.id}", headers=headers, json={"email": "new@example.org"}
    ),
    "own address in a replacement": lambda client, me, _, headers: client.put(
        f"/api/users/{me.id}", headers=headers, json=replacement(me, email="new@example.org")
    ),
    "own account": lambda client, me, _, headers: client.delete(f"/api/users/{me.id}", headers=headers),
    "own role": lambda client, me, _, headers: client.patch(
        f"/api/users/{me.id}", headers=headers, json={"role": "editor"}
    ),
    "address of another": lambda client, _, other, headers: client.patch(
        f"/api/users/{other.id}", headers=headers, json={"email": "new@example.org"}
    ),
    "role of another": lambda client, _, other, headers: client.patch(
        f"/api/users/{other.id}", headers=headers, json={"role": "admin"}
    ),
    "access of another": lambda client, _, other, headers: client.patch(
        f"/api/users/{other.id}", headers=headers, json={"is_active": False}
    ),
    "account of another": lambda client, _, other, headers: client.delete(
        f"/api/users/{other.id}", headers=headers
    ),
}
HARMLESS: dict[str, Call] = {
    "own profile": lambda client, me, _, headers: client.patch(
        "/api/auth/me", headers=headers, json={"bio": "Hm.", "email": me.email, "username": "countess"}
    ),
    "own address in another spelling": lambda client, me, _, headers: client.patch(
        "/api/auth/me", headers=headers, json={"email": "ADA@example.org"}
    ),
    "own replacement": lambda client, me, _, headers: client.put(
        f"/api/users/{me.id}", headers=headers, json=replacement(me, role="admin", is_active=True)
    ),
    "profile of another": lambda client, _, other, headers: client.patch(
        f"/api/users/{other.id}", headers=headers, json={"display_name": "Grace H.", "role": "author"}
    ),
    "logging out": lambda client, _, __, headers: client.delete("/api/auth/logout", headers=headers),
}


class TestOperations:
    @pytest.mark.parametrize("call", DANGEROUS.values(), ids=DANGEROUS)
    def test_that_are_dangerous_need_it(
        self, client: FlaskClient, ada: User, grace: User, stale: Headers, call: Call
    ) -> None:
        refused = call(client, ada, grace, stale)
        assert (refused.status_code, refused.json["code"]) == (403, "STEP_UP_REQUIRED")
        for user in (ada, grace):
            assert reload_user(user.id).version == user.version
        assert step_up(client, stale).status_code == 200
        assert call(client, ada, grace, stale).status_code in {200, 202, 204}

    @pytest.mark.parametrize("call", HARMLESS.values(), ids=HARMLESS)
    def test_that_are_harmless_do_not(
        self, client: FlaskClient, ada: User, grace: User, stale: Headers, call: Call
    ) -> None:
        assert call(client, ada, grace, stale).status_code in {200, 202, 204}

    @pytest.mark.parametrize("call", DANGEROUS.values(), ids=DANGEROUS)
    def test_need_none_just_after_the_login(
        self, client: FlaskClient, ada: User, grace: User, stale: Headers, call: Call
    ) -> None:
        assert call(client, ada, grace, auth_headers(ada)).status_code in {200, 202, 204}

    def test_are_refused_for_who_may_not_do_them_in_any_case(
        self, client: FlaskClient, ada: User, grace: User
    ) -> None:
        headers = auth_headers(grace)
        move_authentication(None)
        for call, code in (
            (client.delete(f"/api/users/{ada.id}", headers=headers), "NOT_YOUR_ACCOUNT"),
            (client.patch(f"/api/users/{grace.id}", headers=headers, json={"role": "admin"}), "ADMIN_ONLY"),
            (client.delete(f"/api/users/{grace.id + 1000}", headers=headers), "NOT_FOUND"),
        ):
            assert call.json["code"] == code

    def test_are_refused_before_the_version_is_looked_at(
        self, client: FlaskClient, ada: User, stale: Headers
    ) -> None:
        headers = {**stale, "If-Match": '"another"'}
        assert client.delete(f"/api/users/{ada.id}", headers=headers).json["code"] == "STEP_UP_REQUIRED"
        step_up(client, stale)
        assert client.delete(f"/api/users/{ada.id}", headers=headers).status_code == 412


class TestSession:
    def test_of_an_older_version_has_not_stepped_up(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        move_authentication(None)
        assert client.delete(f"/api/users/{ada.id}", headers=headers).json["code"] == "STEP_UP_REQUIRED"

    def test_does_not_step_up_by_a_refresh(self, client: FlaskClient, ada: User) -> None:
        tokens = tokens_of(ada)
        move_authentication(utcnow() - timedelta(days=1))
        response = client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token))
        headers = bearer_header(response.json["access_token"])
        assert client.delete(f"/api/users/{ada.id}", headers=headers).json["code"] == "STEP_UP_REQUIRED"

    def test_steps_up_by_a_change_of_the_password(
        self, client: FlaskClient, ada: User, stale: Headers
    ) -> None:
        body = {"current_password": PASSWORD, "new_password": "staple correct horse"}
        response = client.post("/api/auth/password", headers=stale, json=body)
        headers = bearer_header(response.json["access_token"])
        assert client.delete(f"/api/users/{ada.id}", headers=headers).status_code == 202

    def test_does_not_step_up_for_another_one(self, client: FlaskClient, ada: User, stale: Headers) -> None:
        other = auth_headers(ada)
        move_authentication(None)
        assert step_up(client, other).status_code == 200
        assert client.delete(f"/api/users/{ada.id}", headers=stale).json["code"] == "STEP_UP_REQUIRED"


class TestStepUp:
    def test_says_until_when_it_counts(
        self, app: Flask, client: FlaskClient, ada: User, stale: Headers
    ) -> None:
        before = utcnow()
        response = step_up(client, stale)
        assert response.json["method"] == "password"
        lasts = datetime.fromisoformat(response.json["expires_at"]) - before
        allowed_s = app.extensions["settings"].step_up_s
        assert allowed_s <= lasts.total_seconds() < allowed_s + 60

    def test_with_a_wrong_password_is_none(self, client: FlaskClient, ada: User, stale: Headers) -> None:
        response = step_up(client, stale, password="wrong")
        assert (response.status_code, response.json["code"]) == (403, "INVALID_CURRENT_PASSWORD")
        assert client.delete(f"/api/users/{ada.id}", headers=stale).json["code"] == "STEP_UP_REQUIRED"

    def test_is_counted_with_the_attempts_to_log_in(
        self, app: Flask, client: FlaskClient, ada: User, stale: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = replace(app.extensions["settings"], login_failures=2)
        monkeypatch.setitem(app.extensions, "settings", settings)
        assert step_up(client, stale, password="wrong").status_code == 403
        guess = {"email": ada.email, "password": "wrong"}
        assert client.post("/api/auth/login", json=guess).status_code == 401
        assert step_up(client, stale).status_code == 429

    def test_is_limited(
        self, app: Flask, client: FlaskClient, stale: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = replace(app.extensions["settings"], rate_limit_login="2 per day")
        monkeypatch.setitem(app.extensions, "settings", settings)
        assert [step_up(client, stale).status_code for _ in range(3)] == [200, 200, 429]

    @pytest.mark.parametrize(
        "statement",
        [
            sa.delete(User),
            sa.update(User).values(password_hash="another"),
            sa.update(Session).values(revoked_at=utcnow()),
        ],
        ids=["account deleted", "password changed", "session revoked"],
    )
    def test_what_happens_while_the_password_is_verified_counts(
        self, client: FlaskClient, stale: Headers, monkeypatch: pytest.MonkeyPatch, statement: Any
    ) -> None:
        def verify(*_given: Any) -> bool:
            with db.engine.begin() as connection:
                connection.execute(statement)
            return True

        monkeypatch.setattr(actions, "verify_password", verify)
        assert step_up(client, stale).json["code"] == "TOKEN_REVOKED"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"password": PASSWORD},
            {"method": "password"},
            {"method": "hope", "password": PASSWORD},
            {"method": "password", "password": ""},
            {**PROOF, "remember": True},
        ],
        ids=str,
    )
    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, stale: Headers, body: Any) -> None:
        assert client.post("/api/auth/step-up", headers=stale, json=body).status_code == 400

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.post("/api/auth/step-up", json=PROOF).status_code == 401
