"""Refresh-token rotation: concurrent refreshes within the grace period, reuse detection after it, and the purge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from flask import Flask
from flask.testing import FlaskClient

from service.core import sessions
from service.core.database import transaction
from service.core.identity import Identity
from service.core.sessions import TokenPair, purge_sessions, revoke_tokens, rotate_refresh_token
from service.core.signing_keys import ephemeral_key_ring
from service.core.tokens import key_ring
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import RefreshToken, Session
from service.models.users import Role, User
from tests.accounts import PASSWORD, bearer_header, claims_in, create_account, header_of, tokens_of
from tests.locks import lock_waits
from tests.servers import Server, gunicorn
from tests.waiting import wait_until

LEEWAY_S = 10
TABS = 8


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="ada@example.org")


@pytest.fixture
def tokens(ada: User) -> TokenPair:
    return tokens_of(ada)


@pytest.fixture
def with_leeway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that sets the grace period in seconds."""
    return lambda seconds: monkeypatch.setitem(
        app.extensions, "settings", replace(app.extensions["settings"], refresh_leeway_s=seconds)
    )


def refresh(client: FlaskClient, token: str) -> Any:
    return client.post("/api/auth/refresh", headers=bearer_header(token))


def successor(client: FlaskClient, token: str) -> str:
    """Return the refresh token that this one is rotated to."""
    response = refresh(client, token)
    assert response.status_code == 200
    return response.json["refresh_token"]


def is_refused(response: Any) -> bool:
    return (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")


def let_pass(seconds: float) -> None:
    """Move the first use of all used tokens into the past."""
    with transaction() as session:
        rows = session.scalars(sa.select(RefreshToken).where(RefreshToken.used_at.is_not(None))).all()
        for row in rows:
            row.used_at -= timedelta(seconds=seconds)


def caller_with(user: User, tokens: TokenPair) -> Identity:
    claims = claims_in(tokens.refresh_token)
    return Identity(user.id, user.username, Role.AUTHOR, UUID(claims["sid"]), claims["jti"], claims["ver"])


def successors_kept() -> int:
    with db.engine.connect() as connection:
        stored = sa.select(sa.func.count()).where(RefreshToken.successor.is_not(None))
        return connection.scalar(stored) or 0


class TestWithinTheLeeway:
    def test_default_is_what_the_tests_assume(self, app: Flask) -> None:
        assert app.extensions["settings"].refresh_leeway_s == LEEWAY_S

    def test_a_used_token_gets_the_same_successor(self, client: FlaskClient, tokens: TokenPair) -> None:
        first = refresh(client, tokens.refresh_token)
        again = [refresh(client, tokens.refresh_token) for _ in range(3)]
        assert {response.status_code for response in again} == {200}
        assert {response.json["refresh_token"] for response in again} == {first.json["refresh_token"]}
        assert {response.headers["Cache-Control"] for response in again} == {"no-store"}
        unused = sa.select(sa.func.count()).where(RefreshToken.used_at.is_(None))
        assert db.session.scalar(unused) == 1

    def test_every_access_token_is_good(self, client: FlaskClient, tokens: TokenPair) -> None:
        responses = [refresh(client, tokens.refresh_token).json for _ in range(3)]
        for response in responses:
            me = client.get("/api/auth/me", headers=bearer_header(response["access_token"]))
            assert (me.status_code, me.json) == (200, response["user"])

    def test_the_family_lives_on(self, client: FlaskClient, tokens: TokenPair) -> None:
        following = tokens.refresh_token
        for _ in range(3):
            (following,) = {successor(client, following) for _ in range(2)}
            let_pass(LEEWAY_S + 1)
        assert refresh(client, following).status_code == 200

    def test_every_used_token_has_its_own(self, client: FlaskClient, tokens: TokenPair) -> None:
        """A slow tab may be two rotations behind: each token that it gets is used too, until it has the last one."""
        second = successor(client, tokens.refresh_token)
        third = successor(client, second)
        assert successor(client, tokens.refresh_token) == second
        assert successor(client, second) == third

    def test_lasts_until_its_end(self, client: FlaskClient, tokens: TokenPair) -> None:
        first = successor(client, tokens.refresh_token)
        let_pass(LEEWAY_S / 2)
        assert successor(client, tokens.refresh_token) == first

    def test_a_new_signing_key_changes_nothing(
        self, app: Flask, client: FlaskClient, tokens: TokenPair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = successor(client, tokens.refresh_token)
        before, after = key_ring(), ephemeral_key_ring()
        both = replace(after, public_keys={**before.public_keys, **after.public_keys})
        monkeypatch.setitem(app.extensions, "key_ring", lambda: both)
        again = refresh(client, tokens.refresh_token).json
        assert again["refresh_token"] == first
        assert header_of(again["access_token"])["kid"] == after.kid

    def test_nobody_without_the_used_token_can_read_the_successor(
        self, client: FlaskClient, ada: User, tokens: TokenPair
    ) -> None:
        following = successor(client, tokens.refresh_token)
        sealed = db.session.scalars(
            sa.select(RefreshToken.successor).where(RefreshToken.used_at.is_not(None))
        ).one()
        assert sealed is not None
        for readable in (following, *following.split("."), claims_in(following)["jti"]):
            assert readable.encode() not in sealed
        owner = caller_with(ada, tokens)
        assert sessions._decrypt_token(owner, sealed) == following
        with pytest.raises(InvalidTag):
            sessions._decrypt_token(replace(owner, token_id=claims_in(following)["jti"]), sealed)

    def test_an_ended_session_gets_nothing(self, client: FlaskClient, tokens: TokenPair) -> None:
        access_token = refresh(client, tokens.refresh_token).json["access_token"]
        client.delete("/api/auth/logout", headers=bearer_header(access_token))
        assert is_refused(refresh(client, tokens.refresh_token))

    def test_an_account_with_other_tokens_gets_nothing(
        self, client: FlaskClient, ada: User, tokens: TokenPair
    ) -> None:
        refresh(client, tokens.refresh_token)
        with transaction() as session:
            user = session.get(User, ada.id)
            assert user is not None
            revoke_tokens(user, keep=UUID(claims_in(tokens.refresh_token)["sid"]))
        assert is_refused(refresh(client, tokens.refresh_token))

    def test_costs_few_statements(self, app: Flask, ada: User, tokens: TokenPair) -> None:
        statements: list[str] = []
        listener = lambda *event: statements.append(event[2])  # noqa: E731
        caller = caller_with(ada, tokens)
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        counts = []
        for _ in range(2):
            statements.clear()
            with transaction():
                rotate_refresh_token(caller)
            db.session.remove()
            counts.append(len([one for one in statements if not one.startswith("BEGIN")]))
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert counts == [5, 4]


class TestAfterTheLeeway:
    def test_the_session_ends_for_both(self, client: FlaskClient, tokens: TokenPair) -> None:
        following = refresh(client, tokens.refresh_token).json
        let_pass(LEEWAY_S + 1)
        late = refresh(client, tokens.refresh_token)
        assert is_refused(late)
        assert late.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert is_refused(refresh(client, following["refresh_token"]))
        for access_token in (tokens.access_token, following["access_token"]):
            assert is_refused(client.get("/api/auth/me", headers=bearer_header(access_token)))

    def test_other_sessions_go_on(self, client: FlaskClient, ada: User, tokens: TokenPair) -> None:
        other = tokens_of(ada)
        refresh(client, tokens.refresh_token)
        let_pass(LEEWAY_S + 1)
        assert is_refused(refresh(client, tokens.refresh_token))
        assert refresh(client, other.refresh_token).status_code == 200

    def test_the_log_says_so_once(
        self, client: FlaskClient, ada: User, tokens: TokenPair, capsys: pytest.CaptureFixture[str]
    ) -> None:
        refresh(client, tokens.refresh_token)
        let_pass(LEEWAY_S + 5)
        capsys.readouterr()
        for _ in range(2):
            assert is_refused(refresh(client, tokens.refresh_token))
        lines = [
            line for line in capsys.readouterr().err.splitlines() if "used refresh token came back" in line
        ]
        assert len(lines) == 1
        for part in ("warning", claims_in(tokens.refresh_token)["sid"], f"user_id={ada.id}", "used_s_ago=15"):
            assert part in lines[0]
        assert claims_in(tokens.refresh_token)["jti"] not in lines[0]

    def test_any_old_token_of_the_family_will_do(self, client: FlaskClient, tokens: TokenPair) -> None:
        following = successor(client, successor(client, tokens.refresh_token))
        let_pass(LEEWAY_S + 1)
        assert is_refused(refresh(client, tokens.refresh_token))
        assert is_refused(refresh(client, following))

    def test_zero_switches_it_off(
        self, client: FlaskClient, tokens: TokenPair, with_leeway: Callable[[int], None]
    ) -> None:
        with_leeway(0)
        following = successor(client, tokens.refresh_token)
        assert successors_kept() == 0
        assert is_refused(refresh(client, tokens.refresh_token))
        assert is_refused(refresh(client, following))

    def test_catalogue_goes_on_describing_the_code_in_general(self, client: FlaskClient) -> None:
        assert "The token was revoked or its session has ended" in client.get("/problems/TOKEN_REVOKED").text


class TestSuccessor:
    def test_is_forgotten_when_the_session_goes_on(self, client: FlaskClient, tokens: TokenPair) -> None:
        second = successor(client, tokens.refresh_token)
        let_pass(LEEWAY_S + 1)
        third = successor(client, second)
        assert successors_kept() == 1
        assert successor(client, second) == third

    def test_of_another_session_is_left_alone(
        self, client: FlaskClient, ada: User, tokens: TokenPair
    ) -> None:
        refresh(client, tokens_of(ada).refresh_token)
        let_pass(LEEWAY_S + 1)
        refresh(client, tokens.refresh_token)
        assert successors_kept() == 2

    def test_of_an_abandoned_session_is_forgotten_by_the_purge(
        self, client: FlaskClient, ada: User, tokens: TokenPair
    ) -> None:
        refresh(client, tokens.refresh_token)
        let_pass(LEEWAY_S + 1)
        recent = tokens_of(ada).refresh_token
        following = successor(client, recent)
        with transaction():
            assert purge_sessions() == 1
        assert successors_kept() == 1
        assert successor(client, recent) == following
        # The reuse is detected without it.
        assert is_refused(refresh(client, tokens.refresh_token))


class TestRace:
    """The second request arrives while the first one, which has consumed the token, has not committed yet."""

    @pytest.fixture
    def pool(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(2) as threads:
            yield threads

    def race(
        self, app: Flask, pool: ThreadPoolExecutor, caller: Identity, token: str, end: Callable[[], None]
    ) -> tuple[str, Future[Any]]:
        """Return the token that the first request got, and the future of the second, which waited until `end`."""
        used = Event()

        def second() -> Any:
            with app.app_context():
                used.wait(60)
                return refresh(app.test_client(), token)

        second_response = pool.submit(second)
        with pytest.raises(LookupError) if end is fail else nullcontext(), transaction():
            _, first = rotate_refresh_token(caller)
            with lock_waits() as waits:
                used.set()
                wait_until(waits)
            assert not second_response.done()
            end()
        db.session.remove()
        return first.refresh_token, second_response

    def test_the_second_waits_for_the_first(
        self, app: Flask, pool: ThreadPoolExecutor, ada: User, tokens: TokenPair
    ) -> None:
        first, second_response = self.race(
            app, pool, caller_with(ada, tokens), tokens.refresh_token, lambda: None
        )
        assert second_response.result(60).json["refresh_token"] == first

    def test_the_second_takes_the_place_of_a_first_that_failed(
        self, app: Flask, client: FlaskClient, pool: ThreadPoolExecutor, ada: User, tokens: TokenPair
    ) -> None:
        first, second_response = self.race(app, pool, caller_with(ada, tokens), tokens.refresh_token, fail)
        response = second_response.result(60)
        assert response.status_code == 200
        assert response.json["refresh_token"] != first
        assert refresh(client, response.json["refresh_token"]).status_code == 200


def fail() -> None:
    raise LookupError


class TestTwoWorkers:
    """Two workers and eight concurrent requests whose access token has expired, as from a front end."""

    @pytest.fixture
    def server(self, app: Flask, database_url: str, tmp_path: Path) -> Iterator[Server]:
        with gunicorn(tmp_path, database_url=database_url, env={"REFRESH_LEEWAY_S": "60"}) as running:
            yield running

    def post(self, server: Server, path: str, token: str = "", body: Any = None) -> Any:
        headers = {"Content-Type": "application/json", **(bearer_header(token) if token else {})}
        data = json.dumps(body).encode() if body else None
        with urlopen(Request(server.url + path, data, headers, method="POST"), timeout=30) as response:
            return json.load(response)

    def test_eight_at_once_stay_logged_in(self, server: Server, ada: User) -> None:
        login = {"email": "ada@example.org", "password": PASSWORD}
        token = self.post(server, "/api/auth/login", body=login)["refresh_token"]
        together = Barrier(TABS)

        def tab(used: str) -> Any:
            together.wait(60)
            return self.post(server, "/api/auth/refresh", used)

        with ThreadPoolExecutor(TABS) as pool:
            for _ in range(5):
                responses = list(pool.map(tab, [token] * TABS))
                assert len({response["access_token"] for response in responses}) == TABS
                (following,) = {response["refresh_token"] for response in responses}
                used, token = token, following
        assert self.post(server, "/api/auth/refresh", token)["user"]["id"] == ada.id
        let_pass(61)
        with pytest.raises(OSError, match="401"):
            self.post(server, "/api/auth/refresh", used)
        assert server.output().count("used refresh token came back") == 1


class TestPurge:
    @pytest.fixture
    def purge(self, app: Flask) -> Callable[[], str]:
        def run() -> str:
            db.session.remove()
            result = app.test_cli_runner().invoke(args=["purge-sessions"])
            assert result.exit_code == 0, result.output
            return result.output

        return run

    def test_deletes_what_has_expired(
        self, client: FlaskClient, ada: User, tokens: TokenPair, purge: Callable[[], str]
    ) -> None:
        old = tokens_of(ada)
        ended = sa.update(Session).where(Session.id == UUID(claims_in(old.refresh_token)["sid"]))
        with transaction() as session:
            session.execute(ended.values(expires_at=utcnow() - timedelta(days=2)))
        assert purge() == "Deleted 1 expired rows.\n"
        assert db.session.scalars(sa.select(Session.id)).all() == [
            UUID(claims_in(tokens.refresh_token)["sid"])
        ]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RefreshToken)) == 1
        assert is_refused(refresh(client, old.refresh_token))
        assert refresh(client, tokens.refresh_token).status_code == 200

    def test_expired_sessions_stay_for_a_day(
        self, client: FlaskClient, ada: User, tokens: TokenPair, purge: Callable[[], str]
    ) -> None:
        """Clocks differ, and whoever looks into a theft has to find the session."""
        tokens_of(ada)
        expire = sa.update(Session).where(Session.id != UUID(claims_in(tokens.refresh_token)["sid"]))
        with transaction() as session:
            session.execute(expire.values(expires_at=utcnow() - timedelta(hours=23)))
            session.execute(sa.update(RefreshToken).values(expires_at=utcnow() - timedelta(hours=23)))
        assert purge() == "Deleted 0 expired rows.\n"
        with transaction() as session:
            session.execute(expire.values(expires_at=utcnow() - timedelta(hours=25)))
        assert purge() == "Deleted 1 expired rows.\n"

    def test_deletes_old_tokens_of_sessions_that_last(
        self, client: FlaskClient, tokens: TokenPair, purge: Callable[[], str]
    ) -> None:
        following = successor(client, tokens.refresh_token)
        used = sa.update(RefreshToken).where(RefreshToken.used_at.is_not(None))
        with transaction() as session:
            session.execute(used.values(expires_at=utcnow() - timedelta(days=2)))
        assert purge() == "Deleted 1 expired rows.\n"
        assert refresh(client, following).status_code == 200

    def test_takes_as_many_steps_as_it_needs(
        self, ada: User, purge: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(5):
            tokens_of(ada)
        with transaction() as session:
            session.execute(sa.update(Session).values(expires_at=utcnow() - timedelta(days=2)))
        monkeypatch.setattr(sessions, "PURGE_BATCH_SIZE", 2)
        assert purge() == "Deleted 5 expired rows.\n"

    def test_finds_nothing_where_all_is_recent(
        self, client: FlaskClient, tokens: TokenPair, purge: Callable[[], str]
    ) -> None:
        refresh(client, tokens.refresh_token)
        assert purge() == "Deleted 0 expired rows.\n"
