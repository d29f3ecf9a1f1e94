"""Login, refresh, logout, current user, password change and JWKS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jwt import PyJWK
from jwt import decode as decode_with_pyjwt

from service.auth import actions
from service.core import passwords
from service.core.database import transaction
from service.core.identity import Identity
from service.core.passwords import needs_rehash
from service.core.signing_keys import ephemeral_key_ring
from service.core.tokens import TokenRevoked, key_ring
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import RefreshToken, Session
from service.models.users import Role, User
from tests.accounts import (
    PASSWORD,
    auth_headers,
    bearer_header,
    claims_in,
    create_account,
    reload_user,
    run_concurrently,
    signed,
    tokens_of,
)

NEW_PASSWORD = "staple correct horse"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="Ada@Example.org")


def log_in(client: FlaskClient, email: str = "ada@example.org", password: str = PASSWORD) -> Any:
    return client.post("/api/auth/login", json={"email": email, "password": password})


def sessions_of(user: User) -> list[Session]:
    db.session.remove()
    return list(
        db.session.scalars(sa.select(Session).where(Session.user_id == user.id).order_by(Session.created_at))
    )


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the hash of every password verification."""
    hashes: list[str] = []
    hasher = passwords._hasher

    class Recorder:
        hash = hasher.hash
        check_needs_rehash = hasher.check_needs_rehash

        def verify(self, password_hash: str, password: bytes) -> bool:
            hashes.append(password_hash)
            return hasher.verify(password_hash, password)

    monkeypatch.setattr(passwords, "_hasher", Recorder())
    return hashes


class TestLogIn:
    @pytest.mark.parametrize("email", ["ada@example.org", "Ada@Example.org", "ADA@EXAMPLE.ORG"])
    def test_gives_tokens_and_the_account(self, client: FlaskClient, ada: User, email: str) -> None:
        response = log_in(client, email)
        assert response.status_code == 200
        assert response.json.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
        assert (response.json["token_type"], response.json["expires_in"]) == ("Bearer", 900)
        assert (response.json["user"]["id"], response.json["user"]["email"]) == (ada.id, "Ada@Example.org")
        me = client.get("/api/auth/me", headers=bearer_header(response.json["access_token"]))
        assert me.json == response.json["user"]

    def test_is_kept_by_no_cache(self, client: FlaskClient, ada: User) -> None:
        assert log_in(client).headers["Cache-Control"] == "no-store"

    def test_tokens_are_of_one_new_session(self, client: FlaskClient, ada: User) -> None:
        first, second = log_in(client).json, log_in(client).json
        ids = [
            claims_in(response[name])["sid"]
            for response in (first, second)
            for name in ("access_token", "refresh_token")
        ]
        assert ids[0] == ids[1] != ids[2] == ids[3]
        assert [str(session.id) for session in sessions_of(ada)] == [ids[0], ids[2]]

    def test_keeps_no_token(self, client: FlaskClient, ada: User) -> None:
        """A copy of the database contains no usable token."""
        claims = claims_in(log_in(client).json["refresh_token"])
        row = db.session.scalars(sa.select(RefreshToken)).one()
        assert claims["jti"].encode() not in row.jti_hash
        assert len(row.jti_hash) == 32

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ada@example.org", "wrong"),
            ("ada@example.org", PASSWORD + " "),
            ("ada@example.org", PASSWORD.upper()),
            ("nobody@example.org", PASSWORD),
            ("%@example.org", PASSWORD),
            ("ada_example.org@x", PASSWORD),
        ],
    )
    def test_wrong_is_401_whatever_is_wrong(
        self, client: FlaskClient, ada: User, email: str, password: str
    ) -> None:
        response = log_in(client, email, password)
        assert response.status_code == 401
        assert {name: response.json[name] for name in ("code", "title", "detail", "error")} == {
            "code": "INVALID_CREDENTIALS",
            "title": "Invalid credentials",
            "detail": "Invalid credentials",
            "error": "Invalid credentials",
        }
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert sessions_of(ada) == []

    def test_answer_for_unknown_accounts_is_the_same(self, client: FlaskClient, ada: User) -> None:
        known, unknown = log_in(client, password="wrong"), log_in(client, "nobody@example.org", "wrong")
        assert known.data == unknown.data
        volatile = {"X-Request-ID", "Date", "RateLimit"}
        assert [header for header in known.headers if header[0] not in volatile] == [
            header for header in unknown.headers if header[0] not in volatile
        ]

    def test_work_for_unknown_accounts_is_the_same(
        self, client: FlaskClient, ada: User, verified: list[str]
    ) -> None:
        """Counted, not timed: one statement and one Argon2 verification with the current parameters."""
        statements: list[str] = []
        listener = lambda *event: statements.append(event[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        work = []
        for email in ("ada@example.org", "nobody@example.org"):
            statements.clear()
            verified.clear()
            log_in(client, email, "wrong")
            work.append((list(statements), len(verified), [needs_rehash(used) for used in verified]))
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert work[0] == work[1]
        assert (len(work[0][0]), work[0][1:]) == (1, (1, [False]))

    def test_account_without_password_lets_nobody_in(self, client: FlaskClient, verified: list[str]) -> None:
        create_account(email="imported@example.org", password_hash=None)
        assert log_in(client, "imported@example.org").json["code"] == "INVALID_CREDENTIALS"
        assert len(verified) == 1

    def test_inactive_is_told_only_to_whoever_knows_the_password(self, client: FlaskClient) -> None:
        create_account(email="gone@example.org", is_active=False)
        right, wrong = log_in(client, "gone@example.org"), log_in(client, "gone@example.org", "wrong")
        assert (right.status_code, right.json["code"]) == (403, "ACCOUNT_INACTIVE")
        assert (wrong.status_code, wrong.json["code"]) == (401, "INVALID_CREDENTIALS")

    def test_improves_an_old_hash(self, client: FlaskClient) -> None:
        old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
        user = create_account(email="old@example.org", password_hash=old)
        assert log_in(client, "old@example.org", "wrong").status_code == 401
        assert reload_user(user.id).password_hash == old
        assert log_in(client, "old@example.org").status_code == 200
        better = reload_user(user.id).password_hash
        assert better is not None
        assert not needs_rehash(better)
        assert log_in(client, "old@example.org").status_code == 200

    def test_leaves_a_good_hash(self, client: FlaskClient, ada: User) -> None:
        log_in(client)
        assert (reload_user(ada.id).password_hash, reload_user(ada.id).version) == (
            ada.password_hash,
            ada.version,
        )

    @pytest.mark.parametrize("meanwhile", [{"password_hash": "another"}, None], ids=["changed", "deleted"])
    def test_what_happens_while_the_password_is_checked_counts(
        self,
        app: Flask,
        client: FlaskClient,
        ada: User,
        monkeypatch: pytest.MonkeyPatch,
        meanwhile: dict[str, Any] | None,
    ) -> None:
        statement = sa.delete(User) if meanwhile is None else sa.update(User).values(meanwhile)

        def verify(password_hash: str | None, password: str) -> bool:
            with db.engine.begin() as connection:
                connection.execute(statement.where(User.id == ada.id))
            return True

        monkeypatch.setattr(actions, "verify_password", verify)
        assert log_in(client).json["code"] == "INVALID_CREDENTIALS"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            {"email": "ada@example.org"},
            {"password": PASSWORD},
            {"email": "no address", "password": PASSWORD},
            {"email": "ada@example.org", "password": ""},
            {"email": "ada@example.org", "password": "x" * 129},
            {"email": "ada@example.org", "password": "a\0b"},
            {"email": ["ada@example.org"], "password": PASSWORD},
            {"email": "ada@example.org", "password": PASSWORD, "remember": True},
        ],
        ids=str,
    )
    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, ada: User, body: Any) -> None:
        assert client.post("/api/auth/login", json=body).status_code == 400

    def test_is_limited(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(
            app.extensions, "settings", replace(app.extensions["settings"], rate_limit_login="2 per day")
        )
        responses = [log_in(client, password="wrong") for _ in range(3)]
        assert [response.status_code for response in responses] == [401, 401, 429]
        assert int(responses[2].headers["Retry-After"]) > 0
        assert log_in(client).status_code == 429


class TestRefreshTokens:
    def test_gives_the_next_pair(self, client: FlaskClient, ada: User) -> None:
        before = log_in(client).json
        response = client.post("/api/auth/refresh", headers=bearer_header(before["refresh_token"]))
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
        after = response.json
        assert after["user"] == before["user"]
        assert claims_in(after["access_token"])["sid"] == claims_in(before["access_token"])["sid"]
        assert client.get("/api/auth/me", headers=bearer_header(after["access_token"])).status_code == 200
        assert (
            client.post("/api/auth/refresh", headers=bearer_header(after["refresh_token"])).status_code == 200
        )

    def test_access_tokens_of_before_go_on(self, client: FlaskClient, ada: User) -> None:
        tokens = tokens_of(ada)
        client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token))
        assert client.get("/api/auth/me", headers=bearer_header(tokens.access_token)).status_code == 200

    def test_of_many_at_once_all_get_the_same(self, app: Flask, client: FlaskClient, ada: User) -> None:
        token = tokens_of(ada).refresh_token
        responses: list[Any] = []

        def refresh(own: FlaskClient, _: int) -> int:
            responses.append(own.post("/api/auth/refresh", headers=bearer_header(token)))
            return responses[-1].status_code

        assert run_concurrently(app, 8, refresh) == [200] * 8
        (following,) = {response.json["refresh_token"] for response in responses}
        assert db.session.scalar(sa.select(sa.func.count()).where(RefreshToken.used_at.is_(None))) == 1
        assert client.post("/api/auth/refresh", headers=bearer_header(following)).status_code == 200

    def test_prolongs_the_session(self, client: FlaskClient, ada: User) -> None:
        token = tokens_of(ada).refresh_token
        hour_ago = utcnow() - timedelta(hours=1)
        lasts = sessions_of(ada)[0].expires_at - sessions_of(ada)[0].last_used_at
        with transaction() as session:
            session.execute(sa.update(Session).values(last_used_at=hour_ago, expires_at=hour_ago + lasts))
        before = sessions_of(ada)[0]
        client.post("/api/auth/refresh", headers=bearer_header(token))
        after = sessions_of(ada)[0]
        assert after.created_at == before.created_at
        assert after.expires_at - before.expires_at == after.last_used_at - before.last_used_at
        assert after.last_used_at >= before.last_used_at + timedelta(hours=1)

    def test_token_that_was_never_issued_is_refused(self, client: FlaskClient, ada: User) -> None:
        """The signature and the session are valid, but the token was never issued."""
        token = tokens_of(ada).refresh_token
        header = {"alg": "EdDSA", "kid": key_ring().kid, "typ": "rt+jwt"}
        other = signed(header, {**claims_in(token), "jti": "another"})
        assert client.post("/api/auth/refresh", headers=bearer_header(other)).json["code"] == "TOKEN_REVOKED"

    @pytest.mark.parametrize(
        "meanwhile",
        [
            sa.update(Session).values(revoked_at=utcnow()),
            sa.update(User).values(token_version=User.token_version + 1),
            sa.delete(User),
        ],
        ids=["session ended", "newer generation", "account deleted"],
    )
    def test_what_happens_after_the_token_was_checked_counts(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch, meanwhile: Any
    ) -> None:
        token = tokens_of(ada).refresh_token
        then = actions.rotate_refresh_token

        def rotate_refresh_token(caller: Any) -> Any:
            with db.engine.begin() as connection:
                connection.execute(meanwhile)
            return then(caller)

        monkeypatch.setattr(actions, "rotate_refresh_token", rotate_refresh_token)
        response = client.post("/api/auth/refresh", headers=bearer_header(token))
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.post("/api/auth/refresh").json["code"] == "UNAUTHORIZED"


class TestLogOut:
    def test_ends_the_session_at_once(self, client: FlaskClient, ada: User) -> None:
        tokens = tokens_of(ada)
        response = client.delete("/api/auth/logout", headers=bearer_header(tokens.access_token))
        assert (response.status_code, response.data) == (204, b"")
        for call in (
            client.get("/api/auth/me", headers=bearer_header(tokens.access_token)),
            client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token)),
            client.delete("/api/auth/logout", headers=bearer_header(tokens.access_token)),
        ):
            assert (call.status_code, call.json["code"]) == (401, "TOKEN_REVOKED")

    def test_leaves_other_sessions(self, client: FlaskClient, ada: User) -> None:
        one, other = tokens_of(ada), tokens_of(ada)
        client.delete("/api/auth/logout", headers=bearer_header(one.access_token))
        assert client.get("/api/auth/me", headers=bearer_header(other.access_token)).status_code == 200

    def test_keeps_when_it_ended(self, client: FlaskClient, ada: User) -> None:
        client.delete("/api/auth/logout", headers=auth_headers(ada))
        (session,) = sessions_of(ada)
        assert session.revoked_at is not None
        assert session.created_at < session.revoked_at < utcnow()

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.delete("/api/auth/logout").status_code == 401


class TestLogOutEverywhere:
    PATH = "/api/auth/sessions"

    def test_ends_all_sessions_at_once(self, client: FlaskClient, ada: User) -> None:
        mine, other, bystander = tokens_of(ada), tokens_of(ada), tokens_of(create_account())
        response = client.delete(self.PATH, headers=bearer_header(mine.access_token))
        assert (response.status_code, response.data) == (204, b"")
        for tokens in (mine, other):
            for call in (
                client.get("/api/auth/me", headers=bearer_header(tokens.access_token)),
                client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token)),
            ):
                assert (call.status_code, call.json["code"]) == (401, "TOKEN_REVOKED")
        assert client.get("/api/auth/me", headers=bearer_header(bystander.access_token)).status_code == 200
        assert all(session.revoked_at is not None for session in sessions_of(ada))

    def test_can_keep_this_one(self, client: FlaskClient, ada: User) -> None:
        mine, other = tokens_of(ada), tokens_of(ada)
        response = client.delete(f"{self.PATH}?keep_current=true", headers=bearer_header(mine.access_token))
        assert response.status_code == 204
        assert client.get("/api/auth/me", headers=bearer_header(mine.access_token)).status_code == 200
        assert client.post("/api/auth/refresh", headers=bearer_header(mine.refresh_token)).status_code == 200
        assert client.get("/api/auth/me", headers=bearer_header(other.access_token)).status_code == 401

    def test_one_can_log_in_again(self, client: FlaskClient, ada: User) -> None:
        client.delete(self.PATH, headers=auth_headers(ada))
        token = log_in(client).json["access_token"]
        assert client.get("/api/auth/me", headers=bearer_header(token)).status_code == 200

    def test_leaves_the_account_as_it_is(self, client: FlaskClient, ada: User) -> None:
        """What was read before can still be changed with its ETag."""
        client.delete(self.PATH, headers=auth_headers(ada))
        assert (reload_user(ada.id).version, reload_user(ada.id).token_version) == (ada.version, 1)

    def test_keeps_when_earlier_ones_ended(self, client: FlaskClient, ada: User) -> None:
        client.delete("/api/auth/logout", headers=auth_headers(ada))
        before = sessions_of(ada)[0].revoked_at
        client.delete(self.PATH, headers=auth_headers(ada))
        assert sessions_of(ada)[0].revoked_at == before

    def test_of_two_at_once_one_is_logged_out_already(self, app: Flask, ada: User) -> None:
        headers = [auth_headers(ada) for _ in range(4)]
        statuses = run_concurrently(
            app, 4, lambda client, n: client.delete(self.PATH, headers=headers[n]).status_code
        )
        assert set(statuses) <= {204, 401}
        assert all(session.revoked_at is not None for session in sessions_of(ada))

    def test_account_deleted_meanwhile_is_a_revoked_token(self, app: Flask, ada: User) -> None:
        gone = Identity(ada.id + 1, "gone", Role.AUTHOR, uuid4(), "x", 1)
        with pytest.raises(TokenRevoked), transaction():
            actions.log_out_everywhere(gone, keep_current=False)

    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, ada: User) -> None:
        response = client.delete(f"{self.PATH}?keep_current=maybe", headers=auth_headers(ada))
        assert response.status_code == 400

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.delete(self.PATH).status_code == 401


class TestMe:
    def test_shows_oneself(self, client: FlaskClient, ada: User) -> None:
        response = client.get("/api/auth/me", headers=auth_headers(ada))
        assert (response.json["id"], response.json["email"], response.json["role"]) == (
            ada.id,
            "Ada@Example.org",
            "author",
        )

    def test_is_the_same_as_at_its_address(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        me, user = (
            client.get("/api/auth/me", headers=headers),
            client.get(f"/api/users/{ada.id}", headers=headers),
        )
        assert (me.json, me.headers["ETag"]) == (user.json, user.headers["ETag"])

    def test_unchanged_is_304(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        etag = client.get("/api/auth/me", headers=headers).headers["ETag"]
        assert client.get("/api/auth/me", headers={**headers, "If-None-Match": etag}).status_code == 304

    def test_changes_the_profile(self, client: FlaskClient, ada: User) -> None:
        response = client.patch(
            "/api/auth/me", headers=auth_headers(ada), json={"bio": "Hm.", "username": "countess"}
        )
        assert (response.status_code, response.json["bio"], response.json["username"]) == (
            200,
            "Hm.",
            "countess",
        )

    @pytest.mark.parametrize(
        "body", [{"role": "admin"}, {"is_active": True}, {"password": PASSWORD}, {"bio": 1}], ids=str
    )
    def test_changes_nothing_else(self, client: FlaskClient, ada: User, body: dict[str, Any]) -> None:
        assert client.patch("/api/auth/me", headers=auth_headers(ada), json=body).status_code == 400

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"username": "Other"}, "USERNAME_TAKEN"),
            ({"username": "admin"}, "USERNAME_RESERVED"),
        ],
    )
    def test_conflicts_are_409(self, client: FlaskClient, ada: User, body: dict[str, Any], code: str) -> None:
        create_account(username="other")
        response = client.patch("/api/auth/me", headers=auth_headers(ada), json=body)
        assert (response.status_code, response.json["code"]) == (409, code)

    def test_of_another_version_is_412(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        etag = client.get("/api/auth/me", headers=headers).headers["ETag"]
        assert (
            client.patch("/api/auth/me", headers={**headers, "If-Match": etag}, json={"bio": "1"}).status_code
            == 200
        )
        assert (
            client.patch("/api/auth/me", headers={**headers, "If-Match": etag}, json={"bio": "2"}).status_code
            == 412
        )

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.get("/api/auth/me").status_code == 401
        assert client.patch("/api/auth/me", json={"bio": "x"}).status_code == 401

    def test_account_deleted_meanwhile_is_a_revoked_token(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not a 404: the URL is right, the user is gone."""
        gone = replace_id_of_caller(monkeypatch)
        headers = auth_headers(ada)
        for call in (
            client.get("/api/auth/me", headers=headers),
            client.patch("/api/auth/me", headers=headers, json={"bio": "x"}),
        ):
            assert (call.status_code, call.json["code"]) == (401, "TOKEN_REVOKED")
        assert gone == [ada.id] * 2


def replace_id_of_caller(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Delete the account between authentication and operation: the id of the caller is that of no user."""
    replaced: list[int] = []

    def nobody(caller: Any) -> Any:
        replaced.append(caller.id)
        return replace(caller, id=2**62)

    show, update = actions.get_me, actions.update_me
    monkeypatch.setattr(actions, "get_me", lambda caller: show(nobody(caller)))
    monkeypatch.setattr(
        actions, "update_me", lambda caller, *rest, **named: update(nobody(caller), *rest, **named)
    )
    return replaced


class TestChangePassword:
    def change(self, client: FlaskClient, headers: dict[str, str], **body: Any) -> Any:
        given = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, **body}
        return client.post("/api/auth/password", headers=headers, json=given)

    def test_lets_in_with_the_new_one_only(self, client: FlaskClient, ada: User) -> None:
        assert self.change(client, auth_headers(ada)).status_code == 200
        assert log_in(client, password=NEW_PASSWORD).status_code == 200
        assert log_in(client, password=PASSWORD).status_code == 401

    def test_to_one_that_everybody_guesses_is_refused(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        refused = self.change(client, headers, new_password="Password1234")
        assert (refused.status_code, refused.json["code"]) == (409, "PASSWORD_TOO_COMMON")
        wrong = self.change(client, headers, current_password="wrong", new_password="Password1234")
        assert wrong.json["code"] == "INVALID_CURRENT_PASSWORD"
        assert reload_user(ada.id).password_hash == ada.password_hash

    def test_this_session_goes_on_with_new_tokens(self, client: FlaskClient, ada: User) -> None:
        before = tokens_of(ada)
        response = self.change(client, bearer_header(before.access_token))
        assert response.headers["Cache-Control"] == "no-store"
        after = response.json
        assert claims_in(after["access_token"])["sid"] == claims_in(before.access_token)["sid"]
        assert client.get("/api/auth/me", headers=bearer_header(after["access_token"])).status_code == 200
        assert (
            client.post("/api/auth/refresh", headers=bearer_header(after["refresh_token"])).status_code == 200
        )
        assert (
            client.get("/api/auth/me", headers=bearer_header(before.access_token)).json["code"]
            == "TOKEN_REVOKED"
        )
        assert (
            client.post("/api/auth/refresh", headers=bearer_header(before.refresh_token)).json["code"]
            == "TOKEN_REVOKED"
        )

    def test_ends_all_other_sessions(self, client: FlaskClient, ada: User) -> None:
        others = [tokens_of(ada) for _ in range(2)]
        bystander = tokens_of(create_account())
        mine = tokens_of(ada)
        self.change(client, bearer_header(mine.access_token))
        for tokens in others:
            assert (
                client.get("/api/auth/me", headers=bearer_header(tokens.access_token)).json["code"]
                == "TOKEN_REVOKED"
            )
            assert (
                client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token)).status_code
                == 401
            )
        assert client.get("/api/auth/me", headers=bearer_header(bystander.access_token)).status_code == 200
        current = UUID(claims_in(mine.access_token)["sid"])
        assert [session.id for session in sessions_of(ada) if session.revoked_at is None] == [current]

    def test_needs_the_current_one(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        response = self.change(client, headers, current_password="wrong")
        assert (response.status_code, response.json["code"]) == (403, "INVALID_CURRENT_PASSWORD")
        assert client.get("/api/auth/me", headers=headers).status_code == 200
        assert log_in(client).status_code == 200

    @pytest.mark.parametrize("new_password", ["7 chars", "x" * 129, "a\0bcdefgh", 12345678, None], ids=ascii)
    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, ada: User, new_password: Any) -> None:
        assert self.change(client, auth_headers(ada), new_password=new_password).status_code == 400

    def test_needs_a_token(self, client: FlaskClient, ada: User) -> None:
        assert self.change(client, {}).status_code == 401

    def test_account_without_password_has_no_current_one(self, client: FlaskClient) -> None:
        response = self.change(client, auth_headers(create_account(password_hash=None)))
        assert (response.status_code, response.json["code"]) == (403, "INVALID_CURRENT_PASSWORD")

    def test_is_limited(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Otherwise a stolen access token could be used to guess the password."""
        monkeypatch.setitem(
            app.extensions, "settings", replace(app.extensions["settings"], rate_limit_login="2 per day")
        )
        headers = auth_headers(ada)
        statuses = [self.change(client, headers, current_password="wrong").status_code for _ in range(3)]
        assert statuses == [403, 403, 429]

    @pytest.mark.parametrize(
        ("moment", "statement", "expected"),
        [
            ("verify_password", sa.delete(User), (401, "TOKEN_REVOKED")),
            ("hash_password", sa.update(User).values(password_hash="another"), (401, "TOKEN_REVOKED")),
            ("credentials_of_user", sa.delete(User), (401, "TOKEN_REVOKED")),
        ],
        ids=["deleted while checking", "changed while hashing", "deleted before"],
    )
    def test_what_happens_meanwhile_counts(
        self,
        client: FlaskClient,
        ada: User,
        monkeypatch: pytest.MonkeyPatch,
        moment: str,
        statement: Any,
        expected: Any,
    ) -> None:
        then = getattr(actions, moment)

        def interrupted(*given: Any) -> Any:
            with db.engine.begin() as connection:
                connection.execute(statement)
            return then(*given)

        headers = auth_headers(ada)
        monkeypatch.setattr(actions, moment, interrupted)
        response = self.change(client, headers)
        assert (response.status_code, response.json["code"]) == expected


class TestGetJwks:
    def test_checks_our_tokens_elsewhere(self, app: Flask, client: FlaskClient, ada: User) -> None:
        keys = client.get("/.well-known/jwks.json").json["keys"]
        token = tokens_of(ada).access_token
        settings = app.extensions["settings"]
        claims = decode_with_pyjwt(
            token,
            PyJWK(keys[0]),
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            algorithms=["EdDSA"],
        )
        assert claims["sub"] == str(ada.id)

    def test_shows_no_private_half(self, client: FlaskClient) -> None:
        for key in client.get("/.well-known/jwks.json").json["keys"]:
            assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}

    def test_may_be_kept_for_a_while(self, client: FlaskClient) -> None:
        response = client.get("/.well-known/jwks.json")
        assert response.headers["Cache-Control"] == "public, max-age=300"
        again = client.get("/.well-known/jwks.json", headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.headers["ETag"]) == (304, response.headers["ETag"])

    def test_changes_its_tag_with_its_keys(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = client.get("/.well-known/jwks.json").headers["ETag"]
        ring = ephemeral_key_ring()
        monkeypatch.setitem(app.extensions, "key_ring", lambda: ring)
        assert client.get("/.well-known/jwks.json", headers={"If-None-Match": before}).status_code == 200

    def test_asks_no_database(self, client: FlaskClient) -> None:
        statements: list[str] = []
        listener = lambda *event: statements.append(event[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        client.get("/.well-known/jwks.json")
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert statements == []


class TestRoles:
    def test_change_counts_for_the_next_request(self, client: FlaskClient, ada: User) -> None:
        """Also a change outside the API: tokens contain no roles."""
        headers = auth_headers(ada)
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(role=Role.ADMIN))
        other = create_account()
        assert (
            client.patch(f"/api/users/{other.id}", headers=headers, json={"role": "reader"}).status_code
            == 200
        )
