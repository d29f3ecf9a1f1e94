"""An API key acts as its owner within its scopes, while both stand, and is recorded as used once a minute."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from service.contract.problems import Unauthorized
from service.core import api_key_identity
from service.core.api_key_identity import LAST_USED_INTERVAL, check_scopes, verify_api_key
from service.core.api_keys import InsufficientScope, InvalidApiKey, parse_api_key, write_api_key
from service.core.database import read_connection, transaction
from service.core.identity import Identity, current_user
from service.core.scopes import SCOPES
from service.core.step_up import StepUpRequired, require_step_up
from service.extensions import db
from service.models.api_keys import ApiKey
from service.models.base import utcnow
from service.models.users import Role, User
from tests.accounts import auth_headers, bearer_header, create_account
from tests.factories import create_api_key, create_post

TRASH = "/api/posts/trash"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", role=Role.AUTHOR)


@pytest.fixture
def key(ada: User) -> str:
    return create_api_key(ada, SCOPES)[1]


def change(statement: Any) -> None:
    with transaction() as session:
        session.execute(statement)


def last_used_at() -> datetime | None:
    db.session.remove()
    return db.session.scalar(sa.select(ApiKey.last_used_at))


class TestOwner:
    def test_is_who_the_key_acts_as(self, client: FlaskClient, ada: User, key: str) -> None:
        answer = client.get("/api/auth/me", headers=bearer_header(key))
        assert (answer.json["id"], answer.json["email"]) == (ada.id, "ada@example.org")

    def test_role_is_not_exceeded(self, client: FlaskClient, key: str) -> None:
        answer = client.get("/api/jobs", headers=bearer_header(key))
        assert (answer.status_code, answer.json["code"]) == (403, "FORBIDDEN")

    def test_drafts_of_others_stay_hidden(self, client: FlaskClient, ada: User, key: str) -> None:
        own, others = create_post(ada), create_post(create_account())
        assert client.get(f"/api/posts/{own.id}", headers=bearer_header(key)).status_code == 200
        assert client.get(f"/api/posts/{others.id}", headers=bearer_header(key)).status_code == 404

    def test_new_role_counts_at_once(self, client: FlaskClient, ada: User, key: str) -> None:
        body = {"name": "Looms"}
        assert client.post("/api/tags", headers=bearer_header(key), json=body).status_code == 403
        change(sa.update(User).where(User.id == ada.id).values(role=Role.EDITOR))
        assert client.post("/api/tags", headers=bearer_header(key), json=body).status_code == 201
        change(sa.update(User).where(User.id == ada.id).values(role=Role.READER))
        body = {"name": "Engines"}
        assert client.post("/api/tags", headers=bearer_header(key), json=body).status_code == 403

    @pytest.mark.parametrize(
        "end",
        [
            lambda user: sa.update(User).where(User.id == user).values(is_active=False),
            lambda user: sa.delete(User).where(User.id == user),
            lambda user: sa.delete(ApiKey).where(ApiKey.user_id == user),
        ],
        ids=["account inactive", "account deleted", "revoked"],
    )
    def test_end_is_seen_by_the_next_request(
        self, client: FlaskClient, ada: User, key: str, end: Callable[[int], Any]
    ) -> None:
        assert client.get(TRASH, headers=bearer_header(key)).status_code == 200
        change(end(ada.id))
        answer = client.get(TRASH, headers=bearer_header(key))
        assert (answer.status_code, answer.json["code"]) == (401, "INVALID_API_KEY")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_logging_out_everywhere_leaves_keys(self, client: FlaskClient, ada: User, key: str) -> None:
        client.delete("/api/auth/sessions", headers=auth_headers(ada))
        assert client.get(TRASH, headers=bearer_header(key)).status_code == 200


class TestCredential:
    def test_expired_is_told_apart(self, client: FlaskClient, ada: User) -> None:
        _, key = create_api_key(ada, SCOPES, expires_at=utcnow())
        answer = client.get(TRASH, headers=bearer_header(key))
        assert (answer.status_code, answer.json["code"]) == (401, "API_KEY_EXPIRED")

    def test_expired_is_told_only_with_the_secret(self, client: FlaskClient, ada: User) -> None:
        _, key = create_api_key(ada, SCOPES, expires_at=utcnow())
        forged = write_api_key(dataclasses.replace(parse_api_key(key), secret="0" * 32))
        assert client.get(TRASH, headers=bearer_header(forged)).json["code"] == "INVALID_API_KEY"

    def test_secret_of_another_key_is_refused(self, client: FlaskClient, ada: User, key: str) -> None:
        other = parse_api_key(create_api_key(create_account(role=Role.ADMIN), SCOPES)[1])
        mixed = write_api_key(dataclasses.replace(other, secret=parse_api_key(key).secret))
        assert client.get(TRASH, headers=bearer_header(mixed)).json["code"] == "INVALID_API_KEY"

    def test_mistyped_costs_no_sql(self, app: Flask, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            api_key_identity, "read_connection", lambda: pytest.fail("the database was asked")
        )
        with app.test_request_context(headers=bearer_header(key[:-1] + "%")), pytest.raises(InvalidApiKey):
            verify_api_key()

    def test_none_is_anonymous_where_that_is_allowed(self, app: Flask) -> None:
        with app.test_request_context():
            assert verify_api_key(optional=True) is None
            with pytest.raises(Unauthorized):
                verify_api_key()

    @pytest.mark.parametrize("path", ["/api/posts", TRASH])
    def test_bad_one_is_never_anonymous(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path, headers=bearer_header("colophon_x"))
        assert (answer.status_code, answer.json["code"]) == (401, "INVALID_API_KEY")

    def test_without_the_scope_is_not_anonymous_either(self, client: FlaskClient, ada: User) -> None:
        _, key = create_api_key(ada, ["tags:read"])
        answer = client.get("/api/posts", headers=bearer_header(key))
        assert (answer.status_code, answer.json["code"]) == (403, "INSUFFICIENT_SCOPE")

    def test_write_does_not_include_read(self, client: FlaskClient, ada: User) -> None:
        _, key = create_api_key(ada, ["posts:write"])
        body = {"title": "The engine", "body": "It *weaves*."}
        assert client.post("/api/posts", headers=bearer_header(key), json=body).status_code == 201
        assert client.get(TRASH, headers=bearer_header(key)).json["code"] == "INSUFFICIENT_SCOPE"

    def test_reasons_of_access_tokens_stay(self, client: FlaskClient) -> None:
        for path in ("/api/posts", TRASH, "/api/auth/sessions"):
            answer = client.get(path, headers=bearer_header("junk"))
            assert (answer.status_code, answer.json["code"]) == (401, "INVALID_TOKEN")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/api/auth/sessions"),
            ("DELETE", "/api/auth/logout"),
            ("GET", "/api/api-keys"),
            ("GET", "/api/invitations"),
        ],
    )
    def test_is_refused_where_a_person_has_to_be(
        self, client: FlaskClient, app: Flask, method: str, path: str
    ) -> None:
        _, key = create_api_key(create_account(role=Role.ADMIN), SCOPES)
        answer = client.open(path, method=method, headers=bearer_header(key))
        assert (answer.status_code, answer.json["code"]) == (403, "API_KEY_NOT_ACCEPTED")

    def test_refreshes_nothing(self, client: FlaskClient, key: str) -> None:
        answer = client.post("/api/auth/refresh", headers=bearer_header(key))
        assert (answer.status_code, answer.json["code"]) == (403, "API_KEY_NOT_ACCEPTED")

    def test_never_counts_as_a_step_up(self, app: Flask, key: str) -> None:
        with app.test_request_context(headers=bearer_header(key)):
            identity = verify_api_key()
            assert identity is not None
            with pytest.raises(StepUpRequired):
                require_step_up(identity)

    def test_scopes_of_an_access_token_are_none(self, app: Flask) -> None:
        """What is no key has no scope to show: it must not pass where one is required."""
        person = Identity(1, "ada", Role.ADMIN, UUID(int=1), "", 1)
        with pytest.raises(InsufficientScope):
            check_scopes(person, ["posts:read"])

    def test_is_logged_by_its_id_alone(
        self, client: FlaskClient, ada: User, key: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for sent in (key, key[:-1]):
            client.get(TRASH, headers=bearer_header(sent))
        written = capsys.readouterr().err
        assert f"user_id={ada.id}" in written
        assert f"api_key_id={parse_api_key(key).id}" in written
        assert parse_api_key(key).secret not in written


class TestLastUse:
    def test_is_recorded_once_a_minute(self, client: FlaskClient, key: str) -> None:
        assert last_used_at() is None
        client.get(TRASH, headers=bearer_header(key))
        first = last_used_at()
        assert first is not None
        client.get(TRASH, headers=bearer_header(key))
        assert last_used_at() == first
        change(sa.update(ApiKey).values(last_used_at=first - LAST_USED_INTERVAL))
        client.get(TRASH, headers=bearer_header(key))
        assert last_used_at() is not None
        assert last_used_at() >= first  # type: ignore[operator]

    def test_of_a_minute_is_written_by_one_of_many(self, app: Flask, key: str) -> None:
        """Another request has recorded it after this one has read the row."""
        key_id, now = parse_api_key(key).id, utcnow()
        api_key_identity._record_use(key_id, now)
        api_key_identity._record_use(key_id, now + timedelta(seconds=1))
        assert last_used_at() == now

    def test_that_cannot_be_written_fails_no_request(
        self, client: FlaskClient, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Refusing:
            def __init__(self) -> None:
                self._connection = read_connection()

            def execute(self, statement: Any, *given: Any) -> Any:
                if isinstance(statement, sa.Update):
                    raise OperationalError("UPDATE", {}, Exception("database is locked"))
                return self._connection.execute(statement, *given)

        monkeypatch.setattr(api_key_identity, "read_connection", Refusing)
        assert client.get(TRASH, headers=bearer_header(key)).status_code == 200
        assert last_used_at() is None

    def test_needs_a_valid_key(self, client: FlaskClient, ada: User) -> None:
        _, key = create_api_key(ada, SCOPES, expires_at=utcnow())
        client.get(TRASH, headers=bearer_header(key))
        assert last_used_at() is None


def test_current_user_has_the_scopes_of_the_key(app: Flask, client: FlaskClient, ada: User) -> None:
    _, key = create_api_key(ada, ["posts:read"])
    with client:
        client.get(TRASH, headers=bearer_header(key))
        assert current_user().scopes == {"posts:read"}
