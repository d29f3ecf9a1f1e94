"""A token lets its owner in while its session and account stand, and nobody in any other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import flask_jwt_extended
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token, jwt_required

from service.app import create_app
from service.core.database import transaction
from service.core.identity import (
    Identity,
    current_user,
    current_user_or_none,
    verify_access_token,
    verify_refresh_token,
)
from service.core.sessions import TokenPair
from service.core.signing_keys import create_key
from service.core.tokens import MEDIA_TYPES
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import Session
from service.models.users import Role, User
from tests.accounts import bearer_header, claims_in, create_account, header_of, signed, tokens_of
from tests.conftest import settings_on


@pytest.fixture
def user(app: Flask) -> User:
    return create_account(role=Role.EDITOR)


@pytest.fixture
def tokens(user: User) -> TokenPair:
    return tokens_of(user)


def change(statement: Any) -> None:
    with transaction() as session:
        session.execute(statement)


class TestAuthorizationHeader:
    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
    def test_scheme_is_taken_in_any_case(self, client: FlaskClient, tokens: TokenPair, scheme: str) -> None:
        response = client.get("/api/auth/me", headers={"Authorization": scheme + tokens.access_token})
        assert response.status_code == 200

    def test_missing_is_told_apart(self, client: FlaskClient) -> None:
        response = client.get("/api/auth/me")
        assert (response.status_code, response.json["code"]) == (401, "UNAUTHORIZED")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Basic YWRhOnNlY3JldA==",
            "Token @",
            "Digest username=ada",
            "@",
            "Bearer:@",
            "Bearer\t@",
            "Bearer @ @",
            "Bearer @,Bearer @",
            "Bearer @, Bearer @",
            "Bearer @, Basic YWRhOnNlY3JldA==",
            "Basic YWRhOnNlY3JldA==, Bearer @",
            ",Bearer @",
            "Bearer @,",
            'Bearer "@"',
            "Bearer token=@",
            "Bearer Bearer @",
            "Bearer @\u00a0",
        ],
    )
    def test_any_other_form_is_refused(self, client: FlaskClient, tokens: TokenPair, header: str) -> None:
        sent = {"Authorization": header.replace("@", tokens.access_token)}
        for path in ("/api/auth/me", "/api/users"):
            response = client.get(path, headers=sent)
            assert (response.status_code, response.json["code"]) == (401, "INVALID_TOKEN")
            assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_sent_twice_is_refused(self, client: FlaskClient, tokens: TokenPair) -> None:
        header = ("Authorization", f"Bearer {tokens.access_token}")
        assert client.get("/api/auth/me", headers=[header, header]).status_code == 401


class TestRevocation:
    @pytest.mark.parametrize(
        "end",
        [
            lambda user, session: sa.update(Session).values(revoked_at=utcnow()),
            lambda user, session: sa.update(Session).values(expires_at=utcnow() - timedelta(seconds=1)),
            lambda user, session: sa.delete(Session),
            lambda user, session: sa.update(User).where(User.id == user).values(is_active=False),
            lambda user, session: sa.update(User).where(User.id == user).values(token_version=2),
            lambda user, session: sa.delete(User).where(User.id == user),
        ],
        ids=["revoked", "expired", "deleted", "account inactive", "newer generation", "account deleted"],
    )
    def test_is_seen_by_the_next_request(
        self, client: FlaskClient, user: User, tokens: TokenPair, end: Callable[..., Any]
    ) -> None:
        assert client.get("/api/auth/me", headers=bearer_header(tokens.access_token)).status_code == 200
        change(end(user.id, None))
        for method, path, token in (
            ("GET", "/api/auth/me", tokens.access_token),
            ("POST", "/api/auth/refresh", tokens.refresh_token),
            ("DELETE", "/api/auth/logout", tokens.access_token),
        ):
            response = client.open(path, method=method, headers=bearer_header(token))
            assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")
            assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_token_of_anothers_session_is_refused(self, client: FlaskClient, tokens: TokenPair) -> None:
        """Both exist and stand; they only do not belong together."""
        other = create_account()
        mixed = {**claims_in(tokens.access_token), "sub": str(other.id)}
        response = client.get(
            "/api/auth/me", headers=bearer_header(signed(header_of(tokens.access_token), mixed))
        )
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")

    def test_token_of_a_session_that_never_was_is_refused(
        self, client: FlaskClient, tokens: TokenPair
    ) -> None:
        mixed = {**claims_in(tokens.access_token), "sid": str(uuid4())}
        response = client.get(
            "/api/auth/me", headers=bearer_header(signed(header_of(tokens.access_token), mixed))
        )
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")

    def test_persists_from_one_application_to_the_next(
        self, app: Flask, database_url: str, tmp_path: Any
    ) -> None:
        create_key(tmp_path / "keys")
        first, second = (create_app(settings_on(database_url, tmp_path)) for _ in range(2))
        user = create_account()
        with first.app_context():
            tokens = tokens_of(user)
        headers = bearer_header(tokens.access_token)
        assert second.test_client().get("/api/auth/me", headers=headers).status_code == 200
        assert first.test_client().delete("/api/auth/logout", headers=headers).status_code == 204
        third = create_app(settings_on(database_url, tmp_path))
        for application in (first, second, third):
            response = application.test_client().get("/api/auth/me", headers=headers)
            assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")
            with application.app_context():
                db.engine.dispose()


class TestVerifyAccess:
    def test_tells_who_it_is_now(self, app: Flask, user: User, tokens: TokenPair) -> None:
        change(sa.update(User).where(User.id == user.id).values(role=Role.ADMIN))
        with app.test_request_context(headers=bearer_header(tokens.access_token)):
            found = verify_access_token()
        claims = claims_in(tokens.access_token)
        assert isinstance(found, Identity)
        assert (found.id, found.username, found.role, found.is_admin) == (
            user.id,
            user.username,
            Role.ADMIN,
            True,
        )
        assert (str(found.session_id), found.token_id, found.token_version) == (
            claims["sid"],
            claims["jti"],
            1,
        )

    def test_asks_the_database_once(self, app: Flask, tokens: TokenPair) -> None:
        statements = []
        listener = lambda *event: statements.append(event[2])  # noqa: E731
        with app.test_request_context(headers=bearer_header(tokens.access_token)):
            sa.event.listen(db.engine, "before_cursor_execute", listener)
            verify_access_token()
            sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert len(statements) == 1

    def test_forged_token_costs_no_statement(self, client: FlaskClient, tokens: TokenPair) -> None:
        statements = []
        listener = lambda *event: statements.append(event[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        client.get("/api/auth/me", headers=bearer_header(tokens.access_token[:-4] + "AAAA"))
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert statements == []

    def test_optional_takes_nobody_but_nothing_bad(self, app: Flask, tokens: TokenPair) -> None:
        with app.test_request_context():
            assert verify_access_token(optional=True) is None
        for header in ("", "Basic x", "bearer x", f"Bearer {tokens.access_token} x"):
            with (
                app.test_request_context(headers={"Authorization": header}),
                pytest.raises(Exception) as refused,
            ):
                verify_access_token(optional=True)
            assert refused.value.status == 401  # type: ignore[attr-defined]


class TestCurrentUser:
    def test_is_the_caller_of_the_operation(self, app: Flask, user: User, tokens: TokenPair) -> None:
        with app.test_client() as client:
            client.get("/api/auth/me", headers=bearer_header(tokens.access_token))
            found = current_user()
            assert (found.id, found) == (user.id, current_user_or_none())

    @pytest.mark.parametrize("path", ["/api/posts", "/api/hello"], ids=["optional", "public"])
    def test_is_nobody_for_an_anonymous_caller(self, app: Flask, path: str) -> None:
        with app.test_client() as client:
            assert client.get(path).status_code == 200
            assert current_user_or_none() is None
            with pytest.raises(RuntimeError, match="no authenticated user"):
                current_user()


class TestVerifyRefresh:
    def test_takes_refresh_tokens_only(self, app: Flask, user: User, tokens: TokenPair) -> None:
        with app.test_request_context(headers=bearer_header(tokens.refresh_token)):
            found = verify_refresh_token()
        assert found is not None
        assert found.id == user.id
        for verify, token in (
            (verify_refresh_token, tokens.access_token),
            (verify_access_token, tokens.refresh_token),
        ):
            with (
                app.test_request_context(headers=bearer_header(token)),
                pytest.raises(Exception, match="a token of type"),
            ):
                verify()


@pytest.fixture(scope="module")
def stock_application(
    shared_app: Flask, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Make the application once more, with views of another one that are protected as in a manual."""
    application = create_app(settings_on(database_url, tmp_path_factory.mktemp("foreign")))
    application.extensions["key_ring"] = shared_app.extensions["key_ring"]
    for path, options in {
        "/stock": {},
        "/stock/optional": {"optional": True},
        "/stock/refresh": {"refresh": True},
        "/stock/fresh": {"fresh": True},
    }.items():

        @jwt_required(**options)
        def view() -> dict[str, Any]:
            known = flask_jwt_extended.get_current_user()
            return {"id": known and known.id, "same": current_user_or_none() == known}

        application.add_url_rule(path, path, view)
    yield application
    with application.app_context():
        db.engine.dispose()


class TestForeignNamespace:
    """Views of another application, protected as the manual of Flask-JWT-Extended says."""

    @pytest.fixture
    def foreign(self, app: Flask, stock_application: Flask) -> FlaskClient:
        return stock_application.test_client()

    def test_knows_the_caller(self, foreign: FlaskClient, user: User, tokens: TokenPair) -> None:
        for path, token in (
            ("/stock", tokens.access_token),
            ("/stock/optional", tokens.access_token),
            ("/stock/refresh", tokens.refresh_token),
        ):
            response = foreign.get(path, headers=bearer_header(token))
            assert (response.status_code, response.json) == (200, {"id": user.id, "same": True})
        assert foreign.get("/stock/optional").json == {"id": None, "same": True}

    @pytest.mark.parametrize(
        ("path", "make", "code"),
        [
            ("/stock", lambda t: None, "UNAUTHORIZED"),
            ("/stock", lambda t: "x", "INVALID_TOKEN"),
            ("/stock", lambda t: t.refresh_token, "INVALID_TOKEN"),
            ("/stock/refresh", lambda t: t.access_token, "INVALID_TOKEN"),
            ("/stock/fresh", lambda t: t.access_token, "INVALID_TOKEN"),
            ("/stock/optional", lambda t: t.access_token[:-4] + "AAAA", "INVALID_TOKEN"),
            ("/stock", lambda t: expired(t.access_token), "TOKEN_EXPIRED"),
            ("/stock", lambda t: create_access_token("1"), "INVALID_TOKEN"),
            ("/stock", lambda t: revoked(t.access_token), "TOKEN_REVOKED"),
        ],
        ids=[
            "no token",
            "junk",
            "refresh for access",
            "access for refresh",
            "not fresh",
            "another signature",
            "expired",
            "claims missing",
            "revoked",
        ],
    )
    def test_answers_problems(
        self,
        foreign: FlaskClient,
        tokens: TokenPair,
        path: str,
        make: Callable[[TokenPair], str | None],
        code: str,
    ) -> None:
        token = make(tokens)
        response = foreign.get(path, headers=bearer_header(token) if token else {})
        assert (response.status_code, response.json["code"]) == (401, code)
        assert response.content_type == "application/problem+json"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def expired(token: str) -> str:
    return signed(header_of(token), {**claims_in(token), "exp": 1})


def revoked(token: str) -> str:
    change(sa.update(Session).values(revoked_at=utcnow()))
    return token


class TestRole:
    @pytest.mark.parametrize("role", list(Role))
    def test_each_may_do_what_those_before_it_may(self, role: Role) -> None:
        order = ["reader", "author", "editor", "admin"]
        assert [other for other in Role if role.at_least(other)] == order[: order.index(role) + 1]


def test_both_kinds_have_a_media_type_of_their_own() -> None:
    assert len(set(MEDIA_TYPES.values())) == len(MEDIA_TYPES) == 2


def operations_with_tokens(app: Flask, *, also_optional: bool) -> list[tuple[str, str, str]]:
    found = []
    for path, item in app.extensions["api"].document["paths"].items():
        for method, operation in item.items():
            examples = {p["name"]: p["example"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            if also_optional or {} not in operation["security"]:
                # API keys are tried in test_api_key_identity, and every operation with one in test_declared_failures.
                schemes = {name for requirement in operation["security"] for name in requirement} - {
                    "apiKeyAuth"
                }
                found += [(method.upper(), path.format(**examples), scheme) for scheme in schemes]
    return found


class TestEveryProtectedOperation:
    """What holds of one holds of all: read from the document, so that none can be forgotten."""

    @pytest.fixture
    def protected(self, app: Flask) -> list[tuple[str, str, str]]:
        """Return method, path and scheme of every operation that takes a token."""
        found = operations_with_tokens(app, also_optional=True)
        assert {scheme for _, _, scheme in found} == {"bearerAuth", "refreshAuth"}
        return found

    @pytest.fixture
    def mandatory(self, app: Flask) -> list[tuple[str, str, str]]:
        """Return method, path and scheme of every operation that cannot be called without one."""
        return operations_with_tokens(app, also_optional=False)

    @pytest.fixture
    def kinds(self, tokens: TokenPair) -> dict[str, str]:
        return {"bearerAuth": tokens.access_token, "refreshAuth": tokens.refresh_token}

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (lambda token: f"{token[:-4]}AAAA", "INVALID_TOKEN"),
            (lambda token: token.rsplit(".", 1)[0] + ".", "INVALID_TOKEN"),
            (lambda token: signed({**header_of(token), "alg": "none"}, claims_in(token)), "INVALID_TOKEN"),
            (lambda token: signed({**header_of(token), "kid": "other"}, claims_in(token)), "INVALID_TOKEN"),
            (lambda token: signed(header_of(token), {**claims_in(token), "aud": "other"}), "INVALID_TOKEN"),
            (lambda token: signed(header_of(token), {**claims_in(token), "sub": 1}), "INVALID_TOKEN"),
            (lambda token: f"{token}, Bearer {token}", "INVALID_TOKEN"),
            (expired, "TOKEN_EXPIRED"),
            (lambda token: signed(header_of(token), {**claims_in(token), "ver": 2}), "TOKEN_REVOKED"),
            (revoked, "TOKEN_REVOKED"),
        ],
        ids=[
            "tampered",
            "unsigned",
            "none",
            "kid",
            "aud",
            "sub",
            "twice",
            "expired",
            "generation",
            "revoked",
        ],
    )
    def test_refuses_what_is_not_in_order(
        self,
        client: FlaskClient,
        protected: list[tuple[str, str, str]],
        kinds: dict[str, str],
        spoil: Callable[[str], str],
        code: str,
    ) -> None:
        for method, path, scheme in protected:
            response = client.open(path, method=method, headers=bearer_header(spoil(kinds[scheme])))
            assert (path, response.status_code, response.json["code"]) == (path, 401, code)

    def test_takes_no_token_of_the_other_kind(
        self, client: FlaskClient, protected: list[tuple[str, str, str]], kinds: dict[str, str]
    ) -> None:
        for method, path, scheme in protected:
            (other,) = kinds.keys() - {scheme}
            response = client.open(path, method=method, headers=bearer_header(kinds[other]))
            assert (path, response.status_code, response.json["code"]) == (path, 401, "INVALID_TOKEN")

    def test_asks_for_a_token(self, client: FlaskClient, mandatory: list[tuple[str, str, str]]) -> None:
        for method, path, _ in mandatory:
            response = client.open(path, method=method)
            assert (path, response.status_code, response.json["code"]) == (path, 401, "UNAUTHORIZED")
