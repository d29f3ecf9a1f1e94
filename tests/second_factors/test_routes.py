"""Two-factor authentication over the API: setting it up, logging in with it, and what it protects."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.contract.problems import NotFound
from service.core.database import transaction
from service.core.single_use_links import new_secret, store_secret
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.second_factors import RecoveryCode, SecondFactor
from service.models.sessions import Session
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role, User
from service.second_factors import actions, codes, totp
from service.second_factors.codes import RECOVERY_CODES
from service.second_factors.mails import recovery_code_used_mail, second_factor_changed_mail
from tests.accounts import (
    PASSWORD,
    auth_headers,
    bearer_header,
    create_account,
    reload_user,
    run_concurrently,
    tokens_of,
)
from tests.second_factors.authenticator import Authenticator, enable

Headers = dict[str, str]


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="ada@example.org")


@pytest.fixture
def phone(ada: User) -> Authenticator:
    """Return the authenticator app of ada, whose account needs its codes."""
    return enable(ada)


@pytest.fixture
def chief(app: Flask) -> User:
    return create_account(username="chief", email="chief@example.org", role=Role.ADMIN)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of the codes: no step may end during the test."""
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)


def log_in(client: FlaskClient, password: str = PASSWORD) -> Any:
    return client.post("/api/auth/login", json={"email": "ada@example.org", "password": password})


def challenge_of(client: FlaskClient) -> str:
    answer = log_in(client)
    assert (answer.status_code, answer.json["code"]) == (401, "SECOND_FACTOR_REQUIRED")
    return answer.json["challenge"]


def complete(client: FlaskClient, challenge: str, code: str) -> Any:
    return client.post("/api/auth/second-factor", json={"challenge": challenge, "code": code})


def set_up(client: FlaskClient, headers: Headers) -> Any:
    return client.post("/api/auth/second-factor/setup", headers=headers)


def confirm(client: FlaskClient, headers: Headers, code: str) -> Any:
    return client.post("/api/auth/second-factor/confirm", headers=headers, json={"code": code})


def state(client: FlaskClient, headers: Headers) -> Any:
    return client.get("/api/auth/second-factor", headers=headers).json


def mails() -> list[str]:
    """Return what the mails about second factors tell that wait to be sent, oldest first."""
    db.session.remove()
    payloads = db.session.scalars(sa.select(Job.payload).where(Job.task == "mail.send").order_by(Job.id))
    kinds = {"second_factor_changed", "recovery_code_used"}
    return [job["payload"].get("change", job["mail"]) for job in payloads if job["mail"] in kinds]


def forget_authentication() -> None:
    """Let every session have logged in as long ago as does not count any more."""
    with transaction() as session:
        session.execute(sa.update(Session).values(authenticated_at=utcnow() - timedelta(days=1)))


def use_settings(app: Flask, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], **changes))


class TestSetup:
    def test_gives_what_an_app_needs(self, client: FlaskClient, ada: User) -> None:
        answer = set_up(client, auth_headers(ada))
        assert answer.status_code == 200
        url = urlsplit(answer.json["otpauth_url"])
        assert (url.scheme, url.netloc, url.path) == ("otpauth", "totp", "/Colophon:ada%40example.org")
        assert parse_qs(url.query) == {"secret": [answer.json["secret"]], "issuer": ["Colophon"]}

    def test_names_an_account_without_an_address_by_its_username(self, client: FlaskClient) -> None:
        grace = create_account(username="grace", email=None)
        url = set_up(client, auth_headers(grace)).json["otpauth_url"]
        assert urlsplit(url).path == "/Colophon:grace"

    def test_changes_nothing_until_it_is_confirmed(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        set_up(client, headers)
        assert state(client, headers) == {
            "is_enabled": False,
            "is_required": False,
            "has_authenticator_app": False,
            "passkeys": 0,
            "enabled_at": None,
            "recovery_codes_left": 0,
        }
        assert log_in(client).status_code == 200

    def test_that_is_begun_again_has_another_secret(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        first, second = (set_up(client, headers).json["secret"] for _ in range(2))
        assert first != second
        assert confirm(client, headers, pyotp.TOTP(first).now()).json["code"] == "SECOND_FACTOR_INVALID"
        assert confirm(client, headers, pyotp.TOTP(second).now()).status_code == 200

    def test_is_stored_encrypted(self, client: FlaskClient, ada: User) -> None:
        secret = set_up(client, auth_headers(ada)).json["secret"]
        stored = db.session.scalar(sa.select(SecondFactor.secret))
        assert stored is not None
        assert secret.encode() not in stored

    def test_is_refused_where_it_is_on(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        answer = set_up(client, auth_headers(ada))
        assert (answer.status_code, answer.json["code"]) == (409, "SECOND_FACTOR_ENABLED")
        assert complete(client, challenge_of(client), phone.code()).status_code == 200

    def test_needs_a_step_up(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        forget_authentication()
        answer = set_up(client, headers)
        assert (answer.json["code"], answer.json["method"]) == ("STEP_UP_REQUIRED", "password")


class TestConfirmation:
    def test_turns_it_on_and_gives_recovery_codes(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        answer = confirm(client, headers, pyotp.TOTP(set_up(client, headers).json["secret"]).now())
        assert answer.status_code == 200
        assert len(set(answer.json["recovery_codes"])) == RECOVERY_CODES
        now = state(client, headers)
        assert (now["is_enabled"], now["recovery_codes_left"]) == (True, RECOVERY_CODES)
        assert now["enabled_at"] is not None
        assert mails() == ["added"]

    def test_recovery_codes_have_112_bits(self) -> None:
        made = {codes._new_code() for _ in range(100)}
        assert len(made) == 100
        assert all(len(codes._ALPHABET) ** len(code.replace("-", "")) >= 2**112 for code in made)

    def test_stores_no_recovery_code(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        codes = confirm(client, headers, pyotp.TOTP(set_up(client, headers).json["secret"]).now()).json
        stored = db.session.scalars(sa.select(RecoveryCode.code_hash)).all()
        assert all(code.encode() not in stored for code in codes["recovery_codes"])
        assert {len(each) for each in stored} == {32}

    def test_ends_the_sessions_that_were_begun_without_a_code(self, client: FlaskClient, ada: User) -> None:
        headers, others = auth_headers(ada), auth_headers(ada)
        confirm(client, headers, pyotp.TOTP(set_up(client, headers).json["secret"]).now())
        assert client.get("/api/auth/me", headers=headers).status_code == 200
        assert client.get("/api/auth/me", headers=others).json["code"] == "TOKEN_REVOKED"

    def test_of_tokens_that_end_meanwhile_is_refused(
        self, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = auth_headers(ada)
        code = pyotp.TOTP(set_up(client, headers).json["secret"]).now()

        def end_tokens(_caller: Any) -> None:
            with db.engine.begin() as connection:
                connection.execute(sa.update(User).values(token_version=User.token_version + 1))

        monkeypatch.setattr(actions, "require_step_up", end_tokens)
        answer = confirm(client, headers, code)
        assert (answer.status_code, answer.json["code"]) == (401, "TOKEN_REVOKED")
        assert mails() == []

    def test_uses_its_code_up(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        code = pyotp.TOTP(set_up(client, headers).json["secret"]).now()
        confirm(client, headers, code)
        assert complete(client, challenge_of(client), code).json["code"] == "SECOND_FACTOR_INVALID"

    def test_of_nothing_is_refused(self, client: FlaskClient, ada: User) -> None:
        answer = confirm(client, auth_headers(ada), "123456")
        assert (answer.status_code, answer.json["code"]) == (409, "SECOND_FACTOR_NOT_ENABLED")

    def test_is_refused_where_it_is_on(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        assert confirm(client, auth_headers(ada), phone.code()).json["code"] == "SECOND_FACTOR_ENABLED"

    def test_needs_a_step_up(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        code = pyotp.TOTP(set_up(client, headers).json["secret"]).now()
        forget_authentication()
        assert confirm(client, headers, code).json["code"] == "STEP_UP_REQUIRED"
        assert not reload_user(ada.id).has_second_factor

    @pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "k7wq-2n9f-x4tb-8hmd-3vpc-m6ra", ""])
    def test_takes_codes_of_the_app_alone(self, client: FlaskClient, ada: User, code: str) -> None:
        assert confirm(client, auth_headers(ada), code).status_code == 400

    def test_is_limited(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_settings(app, monkeypatch, rate_limit_login="1 per day")
        headers = auth_headers(ada)
        assert [confirm(client, headers, "123456").status_code for _ in range(2)] == [409, 429]


class TestLogIn:
    def test_of_an_account_without_one_takes_one_step(self, client: FlaskClient, ada: User) -> None:
        assert log_in(client).status_code == 200

    def test_takes_a_code(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        answer = complete(client, challenge_of(client), phone.code())
        assert (answer.status_code, answer.json["user"]["username"]) == (200, "ada")
        assert answer.headers["Cache-Control"] == "no-store"
        headers = bearer_header(answer.json["access_token"])
        assert client.get("/api/auth/me", headers=headers).status_code == 200
        assert client.delete("/api/auth/second-factor", headers=headers).status_code == 204  # it is a step-up

    def test_takes_a_recovery_code_in_any_spelling_once(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        code = phone.recovery_codes[0].replace("-", " ").upper()
        answer = complete(client, challenge_of(client), code)
        assert answer.status_code == 200
        assert mails() == ["recovery_code_used"]
        left = state(client, bearer_header(answer.json["access_token"]))["recovery_codes_left"]
        assert left == RECOVERY_CODES - 1
        assert complete(client, challenge_of(client), code).json["code"] == "SECOND_FACTOR_INVALID"

    def test_takes_a_code_once(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        code = phone.code()
        assert complete(client, challenge_of(client), code).status_code == 200
        answer = complete(client, challenge_of(client), code)
        assert (answer.status_code, answer.json["code"]) == (403, "SECOND_FACTOR_INVALID")

    def test_takes_no_code_of_before_the_last_one(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        assert complete(client, challenge_of(client), phone.code(steps=1)).status_code == 200
        assert complete(client, challenge_of(client), phone.code()).status_code == 403

    @pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 200), (0, 200), (1, 200), (3, 403)])
    def test_takes_codes_of_one_step_around(
        self, client: FlaskClient, ada: User, phone: Authenticator, frozen: None, steps: int, status: int
    ) -> None:
        assert complete(client, challenge_of(client), phone.code(steps)).status_code == status

    def test_takes_a_challenge_once(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        challenge = challenge_of(client)
        assert complete(client, challenge, phone.code()).status_code == 200
        answer = complete(client, challenge, phone.code(steps=1))
        assert (answer.status_code, answer.json["code"]) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_goes_on_after_a_wrong_code(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        challenge = challenge_of(client)
        assert complete(client, challenge, phone.wrong_code()).status_code == 403
        assert complete(client, challenge, phone.code()).status_code == 200

    def test_takes_no_code_of_somebody_else(
        self, client: FlaskClient, ada: User, phone: Authenticator, chief: User
    ) -> None:
        another = enable(chief)
        for code in (another.code(), another.recovery_codes[0]):
            assert complete(client, challenge_of(client), code).status_code == 403

    def test_needs_the_password_first(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        assert log_in(client, "wrong").json["code"] == "INVALID_CREDENTIALS"
        answer = complete(client, "A" * 43, phone.code())
        assert (answer.status_code, answer.json["code"]) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_must_be_completed_soon(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        challenge = challenge_of(client)
        with transaction() as session:
            session.execute(sa.update(SingleUseLink).values(expires_at=utcnow()))
        assert complete(client, challenge, phone.code()).json["code"] == "LOGIN_CHALLENGE_INVALID"

    def test_takes_no_secret_of_another_purpose(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        challenge = challenge_of(client)
        body = {"secret": challenge, "password": "staple correct horse"}
        assert client.post("/api/password-resets/redeem", json=body).json["code"] == "LINK_INVALID"

    def test_with_a_challenge_that_is_used_meanwhile_is_refused(
        self, client: FlaskClient, ada: User, phone: Authenticator, meanwhile: Callable[[Any], None]
    ) -> None:
        challenge = challenge_of(client)
        meanwhile(sa.update(SingleUseLink).values(used_at=utcnow()))
        assert complete(client, challenge, phone.code()).json["code"] == "LOGIN_CHALLENGE_INVALID"

    def test_of_a_deactivated_account_is_refused(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        challenge = challenge_of(client)
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(is_active=False))
        assert complete(client, challenge, phone.code()).json["code"] == "ACCOUNT_INACTIVE"

    @pytest.mark.parametrize(
        "statement",
        [
            sa.update(User).values(has_second_factor=False),
            sa.update(SingleUseLink).values(user_id=None),
            sa.delete(User),
        ],
        ids=["removed", "of nobody", "deleted"],
    )
    def test_that_has_lost_its_point_is_refused(
        self, client: FlaskClient, ada: User, phone: Authenticator, statement: Any
    ) -> None:
        challenge = challenge_of(client)
        with transaction() as session:
            session.execute(statement)
        assert complete(client, challenge, phone.code()).json["code"] == "LOGIN_CHALLENGE_INVALID"

    def test_is_void_after_a_change_of_the_password(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        challenge = challenge_of(client)
        body = {"current_password": PASSWORD, "new_password": "staple correct horse"}
        assert client.post("/api/auth/password", headers=auth_headers(ada), json=body).status_code == 200
        assert complete(client, challenge, phone.code()).json["code"] == "LOGIN_CHALLENGE_INVALID"

    def test_is_asked_for_after_a_reset_of_the_password(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        secret, password = new_secret(), "staple correct horse"
        with transaction() as session:
            link = SingleUseLink(
                purpose=LinkPurpose.PASSWORD_RESET, user_id=ada.id, expires_at=utcnow() + timedelta(hours=1)
            )
            session.add(link)
            session.flush()
            assert store_secret(link.id, secret)
        reset = client.post("/api/password-resets/redeem", json={"secret": secret, "password": password})
        assert (reset.status_code, reset.data) == (204, b"")
        answer = log_in(client, password)
        assert (answer.status_code, answer.json["code"]) == (401, "SECOND_FACTOR_REQUIRED")
        assert complete(client, answer.json["challenge"], phone.code()).status_code == 200

    def test_is_possible_with_recovery_codes_where_the_secret_is_lost(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        with transaction() as session:
            session.execute(sa.update(SecondFactor).values(secret=b"of another key"))
        assert complete(client, challenge_of(client), phone.code()).status_code == 403
        assert complete(client, challenge_of(client), phone.recovery_codes[0]).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [{}, {"code": "123456"}, {"challenge": "A" * 43}, {"challenge": "A", "code": "123456"}],
        ids=str,
    )
    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, body: Any) -> None:
        assert client.post("/api/auth/second-factor", json=body).status_code == 400

    def test_with_one_code_succeeds_once_at_a_time(
        self, app: Flask, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        for code in (phone.code(), phone.recovery_codes[0]):
            challenges = [challenge_of(client) for _ in range(2)]
            db.session.remove()
            send = partial(complete_one_of, challenges, code)
            assert sorted(run_concurrently(app, 2, send)) == [200, 403]


def complete_one_of(challenges: list[str], code: str, client: FlaskClient, number: int) -> int:
    status: int = complete(client, challenges[number], code).status_code
    return status


class TestGuessing:
    @pytest.fixture(autouse=True)
    def few_attempts(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        use_settings(app, monkeypatch, login_failures=2)

    def test_is_slowed_down(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        challenge = challenge_of(client)
        answers = [complete(client, challenge, phone.wrong_code()) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [403, 403, 429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert complete(client, challenge, phone.code()).status_code == 429

    def test_is_slowed_down_though_the_password_is_right(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        statuses = [complete(client, challenge_of(client), phone.wrong_code()).status_code for _ in range(3)]
        assert statuses == [403, 403, 429]

    def test_of_recovery_codes_and_in_step_ups_is_counted_too(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        headers = auth_headers(ada)
        assert step_up(client, headers, phone.wrong_code()).status_code == 403
        assert complete(client, challenge_of(client), "k7wq-2n9f-x4tb-8hmd-3vpc-m6ra").status_code == 403
        assert step_up(client, headers, phone.code()).status_code == 429

    def test_begins_anew_after_a_success(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        assert complete(client, challenge_of(client), phone.wrong_code()).status_code == 403
        assert complete(client, challenge_of(client), phone.code()).status_code == 200
        assert complete(client, challenge_of(client), phone.wrong_code()).status_code == 403
        assert complete(client, challenge_of(client), phone.code(steps=1)).status_code == 200

    def test_a_client_has_a_limit_too(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_settings(app, monkeypatch, rate_limit_login="2 per day")
        statuses = [complete(client, "A" * 43, "123456").status_code for _ in range(3)]
        assert statuses == [401, 401, 429]


def step_up(client: FlaskClient, headers: Headers, code: str) -> Any:
    return client.post("/api/auth/second-factor/step-up", headers=headers, json={"code": code})


class TestStepUp:
    @pytest.fixture
    def stale(self, ada: User, phone: Authenticator) -> Headers:
        headers = auth_headers(ada)
        forget_authentication()
        return headers

    def test_is_asked_for_with_its_method(self, client: FlaskClient, ada: User, stale: Headers) -> None:
        answer = client.delete(f"/api/users/{ada.id}", headers=stale)
        assert (answer.json["code"], answer.json["method"]) == ("STEP_UP_REQUIRED", "second_factor")

    def test_with_a_code_suffices(
        self, client: FlaskClient, ada: User, stale: Headers, phone: Authenticator
    ) -> None:
        answer = step_up(client, stale, phone.code())
        assert (answer.status_code, answer.json["method"]) == (200, "second_factor")
        assert client.delete(f"/api/users/{ada.id}", headers=stale).status_code == 202

    def test_with_a_recovery_code_suffices(
        self, client: FlaskClient, stale: Headers, phone: Authenticator
    ) -> None:
        assert step_up(client, stale, phone.recovery_codes[0]).status_code == 200
        assert mails() == ["recovery_code_used"]

    def test_with_a_wrong_code_does_not(
        self, client: FlaskClient, ada: User, stale: Headers, phone: Authenticator
    ) -> None:
        assert step_up(client, stale, phone.wrong_code()).json["code"] == "SECOND_FACTOR_INVALID"
        assert client.delete(f"/api/users/{ada.id}", headers=stale).json["code"] == "STEP_UP_REQUIRED"

    def test_with_the_password_is_refused(self, client: FlaskClient, ada: User, stale: Headers) -> None:
        body = {"method": "password", "password": PASSWORD}
        answer = client.post("/api/auth/step-up", headers=stale, json=body)
        assert (answer.status_code, answer.json["code"]) == (403, "PASSWORD_NOT_ENOUGH")
        assert client.delete(f"/api/users/{ada.id}", headers=stale).json["code"] == "STEP_UP_REQUIRED"

    def test_is_none_by_a_change_of_the_password(
        self, client: FlaskClient, ada: User, stale: Headers
    ) -> None:
        body = {"current_password": PASSWORD, "new_password": "staple correct horse"}
        tokens = client.post("/api/auth/password", headers=stale, json=body).json
        headers = bearer_header(tokens["access_token"])
        assert client.delete(f"/api/users/{ada.id}", headers=headers).json["code"] == "STEP_UP_REQUIRED"

    def test_needs_a_second_factor(self, client: FlaskClient) -> None:
        headers = auth_headers(create_account())
        answer = step_up(client, headers, "123456")
        assert (answer.status_code, answer.json["code"]) == (409, "SECOND_FACTOR_NOT_ENABLED")

    def test_is_limited(
        self, app: Flask, client: FlaskClient, stale: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_settings(app, monkeypatch, rate_limit_login="1 per day")
        assert [step_up(client, stale, "123456").status_code for _ in range(2)] == [403, 429]

    def test_of_a_session_that_was_revoked_meanwhile_is_none(
        self, client: FlaskClient, stale: Headers, phone: Authenticator, meanwhile: Callable[[Any], None]
    ) -> None:
        meanwhile(sa.update(User).values(token_version=User.token_version + 1))
        assert step_up(client, stale, phone.code()).json["code"] == "TOKEN_REVOKED"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Return a function that lets a statement be executed after the request was authenticated."""

    def arrange(statement: Any) -> None:
        def count(*_given: Any) -> Any:
            with db.engine.begin() as connection:
                connection.execute(statement)
            return None

        monkeypatch.setattr("service.second_factors.actions.count_attempt", count)

    return arrange


class TestRecoveryCodes:
    def test_that_are_new_replace_the_former_ones(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        answer = client.post("/api/auth/second-factor/recovery-codes", headers=auth_headers(ada))
        assert answer.status_code == 200
        assert set(answer.json["recovery_codes"]).isdisjoint(phone.recovery_codes)
        assert complete(client, challenge_of(client), phone.recovery_codes[0]).status_code == 403
        new = answer.json["recovery_codes"][0]
        assert complete(client, challenge_of(client), new).status_code == 200
        assert mails() == ["recovery_codes_renewed", "recovery_code_used"]

    def test_need_a_second_factor(self, client: FlaskClient, ada: User) -> None:
        answer = client.post("/api/auth/second-factor/recovery-codes", headers=auth_headers(ada))
        assert (answer.status_code, answer.json["code"]) == (409, "SECOND_FACTOR_NOT_ENABLED")

    def test_need_a_step_up(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        headers = auth_headers(ada)
        forget_authentication()
        answer = client.post("/api/auth/second-factor/recovery-codes", headers=headers)
        assert answer.json["code"] == "STEP_UP_REQUIRED"


class TestRemoval:
    def test_lets_the_password_suffice(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        headers, others = auth_headers(ada), auth_headers(ada)
        assert client.delete("/api/auth/second-factor", headers=headers).status_code == 204
        assert not state(client, headers)["is_enabled"]
        assert log_in(client).status_code == 200
        assert client.get("/api/auth/me", headers=others).status_code == 200
        assert mails() == ["removed"]

    def test_forgets_secret_and_recovery_codes(
        self, client: FlaskClient, ada: User, phone: Authenticator
    ) -> None:
        client.delete("/api/auth/second-factor", headers=auth_headers(ada))
        for table in (SecondFactor, RecoveryCode):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0

    def test_of_none_does_nothing(self, client: FlaskClient, ada: User) -> None:
        assert client.delete("/api/auth/second-factor", headers=auth_headers(ada)).status_code == 204
        assert mails() == []

    def test_needs_a_step_up(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        headers = auth_headers(ada)
        forget_authentication()
        answer = client.delete("/api/auth/second-factor", headers=headers)
        assert (answer.json["code"], answer.json["method"]) == ("STEP_UP_REQUIRED", "second_factor")
        assert reload_user(ada.id).has_second_factor

    def test_voids_logins_that_were_begun(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        challenge = challenge_of(client)
        client.delete("/api/auth/second-factor", headers=auth_headers(ada))
        assert complete(client, challenge, "123456").json["code"] == "LOGIN_CHALLENGE_INVALID"


class TestReset:
    def test_by_an_admin_ends_all_sessions(
        self, client: FlaskClient, ada: User, phone: Authenticator, chief: User
    ) -> None:
        headers = auth_headers(ada)
        path = f"/api/users/{ada.id}/second-factor"
        assert client.get(path, headers=auth_headers(chief)).json["is_enabled"]
        assert client.delete(path, headers=auth_headers(chief)).status_code == 204
        assert not client.get(path, headers=auth_headers(chief)).json["is_enabled"]
        assert client.get("/api/auth/me", headers=headers).json["code"] == "TOKEN_REVOKED"
        assert log_in(client).status_code == 200
        assert mails() == ["reset"]

    def test_of_none_does_nothing(self, client: FlaskClient, ada: User, chief: User) -> None:
        headers = auth_headers(ada)
        path = f"/api/users/{ada.id}/second-factor"
        assert client.delete(path, headers=auth_headers(chief)).status_code == 204
        assert client.get("/api/auth/me", headers=headers).status_code == 200
        assert mails() == []

    def test_of_nobody_is_not_found(self, client: FlaskClient, chief: User) -> None:
        path = f"/api/users/{chief.id + 1000}/second-factor"
        for call in (client.get, client.delete):
            assert call(path, headers=auth_headers(chief)).status_code == 404

    def test_is_for_admins(self, client: FlaskClient, ada: User, phone: Authenticator) -> None:
        editor = auth_headers(create_account(role=Role.EDITOR))
        for call in (client.get, client.delete):
            answer = call(f"/api/users/{ada.id}/second-factor", headers=editor)
            assert (answer.status_code, answer.json["code"]) == (403, "FORBIDDEN")
        assert reload_user(ada.id).has_second_factor

    def test_needs_a_step_up(self, client: FlaskClient, ada: User, phone: Authenticator, chief: User) -> None:
        headers = auth_headers(chief)
        forget_authentication()
        answer = client.delete(f"/api/users/{ada.id}/second-factor", headers=headers)
        assert answer.json["code"] == "STEP_UP_REQUIRED"
        assert reload_user(ada.id).has_second_factor

    @pytest.mark.parametrize("name", ["ADA", "ada@EXAMPLE.org"])
    def test_by_command_does_the_same(
        self, app: Flask, client: FlaskClient, ada: User, phone: Authenticator, name: str
    ) -> None:
        headers = auth_headers(ada)
        db.session.remove()
        result = app.test_cli_runner().invoke(args=["reset-second-factor", name])
        assert (result.exit_code, result.output) == (
            0,
            f"{name} logs in without a code now, and was logged out everywhere.\n",
        )
        assert client.get("/api/auth/me", headers=headers).json["code"] == "TOKEN_REVOKED"
        assert log_in(client).status_code == 200

    def test_by_command_of_nobody_fails(self, app: Flask) -> None:
        result = app.test_cli_runner().invoke(args=["reset-second-factor", "nobody"])
        assert (result.exit_code, result.output) == (1, "Error: There is no account nobody.\n")


class TestRequirement:
    """Of a role whose accounts must have a second factor."""

    @pytest.fixture(autouse=True)
    def required(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        use_settings(app, monkeypatch, require_second_factor=("admin",))

    def test_leaves_nothing_but_to_set_it_up(self, client: FlaskClient, chief: User) -> None:
        headers = auth_headers(chief)
        for path in ("/api/users", "/api/posts", "/api/jobs"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (403, "SECOND_FACTOR_SETUP_REQUIRED")
        assert client.get("/api/auth/me", headers=headers).status_code == 200
        assert state(client, headers)["is_required"]

    def test_is_met_by_setting_it_up(self, client: FlaskClient, chief: User) -> None:
        headers = auth_headers(chief)
        confirm(client, headers, pyotp.TOTP(set_up(client, headers).json["secret"]).now())
        assert client.get("/api/users", headers=headers).status_code == 200

    def test_lets_one_step_up_refresh_and_log_out(self, client: FlaskClient, chief: User) -> None:
        tokens = tokens_of(chief)
        forget_authentication()
        headers = bearer_header(tokens.access_token)
        body = {"method": "password", "password": PASSWORD}
        assert client.post("/api/auth/step-up", headers=headers, json=body).status_code == 200
        assert (
            client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token)).status_code == 200
        )
        assert client.delete("/api/auth/logout", headers=headers).status_code == 204

    def test_is_not_for_other_roles(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        assert client.get("/api/users", headers=headers).status_code == 200
        assert not state(client, headers)["is_required"]

    def test_is_met_before_permissions_are_looked_at(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_settings(app, monkeypatch, require_second_factor=("author",))
        answer = client.get("/api/jobs", headers=auth_headers(ada))
        assert answer.json["code"] == "SECOND_FACTOR_SETUP_REQUIRED"

    def test_does_not_keep_readers_out(self, client: FlaskClient) -> None:
        assert client.get("/api/posts").status_code == 200


def test_of_an_account_that_was_deleted_meanwhile_nothing_is_told(
    client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_found(_user_id: int) -> Any:
        raise NotFound

    monkeypatch.setattr("service.second_factors.queries.get_second_factor", not_found)
    answer = client.get("/api/auth/second-factor", headers=auth_headers(ada))
    assert answer.json["code"] == "TOKEN_REVOKED"


def test_mails_say_what_happened_and_lead_to_the_page(app: Flask) -> None:
    url = f"{app.extensions['settings'].site_url}/account/two-factor"
    assert second_factor_changed_mail.load(change="added") == {"change": "added", "url": url}
    assert recovery_code_used_mail.load(codes_left=3) == {"codes_left": 3, "url": url}


def test_codes_are_those_of_rfc_6238(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", of its appendix B
    monkeypatch.setattr("time.time", lambda: 1_111_111_109)
    assert totp.step_of("081804", totp.encrypt_secret(secret)) == 1_111_111_109 // 30
