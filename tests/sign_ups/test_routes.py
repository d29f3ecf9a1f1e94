"""Sign-ups over the API: what anybody is told, what the mailbox is told, and who chooses the password."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.single_use_links import new_secret
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role, User
from service.users.mails import SIGN_UP_MAILS_PER_HOUR
from tests.accounts import PASSWORD, create_account, run_concurrently
from tests.job_queue import JobQueue
from tests.mailbox import Mailbox

ADDRESS = "mary@example.org"
REGISTRATION = {"username": "mary", "email": ADDRESS, "password": "typed by somebody"}
CHOICE = {"username": "mary", "password": PASSWORD}


@pytest.fixture
def mailbox(app: Flask, jobs: JobQueue) -> Mailbox:
    return Mailbox(app, jobs)


@pytest.fixture
def verified(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(app.extensions["settings"], sign_up="verified", default_role="reader")
    monkeypatch.setitem(app.extensions, "settings", settings)


@pytest.fixture
def secret(client: FlaskClient, mailbox: Mailbox) -> str:
    """Return the secret in the mail to a free address."""
    ask(client)
    (mail,) = mailbox.receive()
    return mail.secret


def ask(client: FlaskClient, address: str = ADDRESS) -> Any:
    return client.post("/api/sign-ups", json={"email": address})


def look_up(client: FlaskClient, secret: str) -> Any:
    return client.post("/api/sign-ups/lookup", json={"secret": secret})


def complete(client: FlaskClient, secret: str, **given: Any) -> Any:
    return client.post("/api/sign-ups/complete", json={"secret": secret, **CHOICE, **given})


def log_in(client: FlaskClient, password: str, email: str = ADDRESS) -> Any:
    return client.post("/api/auth/login", json={"email": email, "password": password})


def change_links(**values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(SingleUseLink).values(**values))


def count(model: Any) -> int:
    with db.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def answer(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["code"]


class TestMode:
    def test_is_open_by_default(self, client: FlaskClient) -> None:
        assert client.get("/api/sign-ups").json == {"mode": "open"}

    @pytest.mark.usefixtures("verified")
    def test_is_that_of_the_setting(self, client: FlaskClient) -> None:
        assert client.get("/api/sign-ups").json == {"mode": "verified"}


class TestRegistration:
    """`POST /api/users`, which creates no account where addresses are proved first."""

    @pytest.mark.usefixtures("verified")
    def test_answers_alike_whoever_has_the_address(self, client: FlaskClient, mailbox: Mailbox) -> None:
        create_account(username="other", email="Taken@example.org")
        answers = [
            client.post("/api/users", json={**REGISTRATION, "email": address})
            for address in (ADDRESS, "taken@example.org")
        ]
        assert [(each.status_code, each.data) for each in answers] == [(202, b"")] * 2
        assert "Location" not in answers[0].headers
        assert count(User) == 1
        free, taken = sorted(mailbox.receive(), key=lambda mail: mail.to)
        assert (free.to, taken.to) == (ADDRESS, "taken@example.org")

    @pytest.mark.usefixtures("verified")
    def test_names_tell_nothing_either(self, client: FlaskClient) -> None:
        create_account(username="mary", email="other@example.org")
        assert client.post("/api/users", json=REGISTRATION).status_code == 202

    @pytest.mark.usefixtures("verified")
    def test_the_password_of_whoever_asked_opens_nothing(self, client: FlaskClient, mailbox: Mailbox) -> None:
        client.post("/api/users", json=REGISTRATION)
        (mail,) = mailbox.receive()
        assert complete(client, mail.secret).status_code == 201
        assert log_in(client, REGISTRATION["password"]).status_code == 401
        assert log_in(client, PASSWORD).status_code == 200

    @pytest.mark.usefixtures("verified")
    def test_what_is_no_registration_is_400(self, client: FlaskClient) -> None:
        assert client.post("/api/users", json={**REGISTRATION, "email": "mary"}).status_code == 400


class TestRequest:
    def test_mails_a_link_to_a_free_address(self, client: FlaskClient, mailbox: Mailbox) -> None:
        response = ask(client)
        assert (response.status_code, response.data) == (202, b"")
        (mail,) = mailbox.receive()
        assert (mail.to, mail.subject) == (ADDRESS, "Create your account at Colophon")
        assert look_up(client, mail.secret).status_code == 200

    def test_tells_the_owner_of_an_address_that_has_an_account(
        self, client: FlaskClient, mailbox: Mailbox
    ) -> None:
        create_account(email="Mary@Example.org")
        ask(client)
        (mail,) = mailbox.receive()
        assert mail.subject == "You have an account at Colophon"
        assert mail.secrets == frozenset()
        assert "/forgot-password" in mail.text

    def test_answers_alike_with_the_same_statements(self, client: FlaskClient) -> None:
        create_account(email="taken@example.org")

        def answered(address: str) -> tuple[int, bytes, list[str]]:
            statements: list[str] = []

            def record(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
                statements.append(statement)

            sa.event.listen(db.engine, "before_cursor_execute", record)
            try:
                response = ask(client, address)
            finally:
                sa.event.remove(db.engine, "before_cursor_execute", record)
            return response.status_code, response.data, statements

        known, unknown = answered("taken@example.org"), answered("free@example.org")
        assert known == unknown
        assert not any("users" in statement for statement in known[2])

    def test_a_mailbox_is_not_filled(self, client: FlaskClient, mailbox: Mailbox) -> None:
        mails = []
        for _ in range(SIGN_UP_MAILS_PER_HOUR + 2):
            assert ask(client).status_code == 202
            mails += mailbox.receive()
        assert len(mails) == SIGN_UP_MAILS_PER_HOUR
        assert {look_up(client, mail.secret).status_code for mail in mails} == {200}
        change_links(created_at=utcnow() - timedelta(hours=1, seconds=1))
        ask(client)
        assert len(mailbox.receive()) == 1

    def test_many_at_once_do_not_keep_the_first_from_coming(
        self, client: FlaskClient, mailbox: Mailbox
    ) -> None:
        for _ in range(SIGN_UP_MAILS_PER_HOUR + 2):
            ask(client)
        assert len(mailbox.receive()) == SIGN_UP_MAILS_PER_HOUR

    def test_the_mails_to_others_do_not_count(self, client: FlaskClient, mailbox: Mailbox) -> None:
        for number in range(SIGN_UP_MAILS_PER_HOUR):
            ask(client, f"other-{number}@example.org")
        ask(client)
        assert len(mailbox.receive()) == SIGN_UP_MAILS_PER_HOUR + 1

    @pytest.mark.parametrize("given", ["", "mary", None])
    def test_an_address_is_needed(self, client: FlaskClient, given: Any) -> None:
        assert ask(client, given).status_code == 400

    def test_a_mail_that_comes_too_late_has_no_link(self, client: FlaskClient, mailbox: Mailbox) -> None:
        ask(client)
        change_links(expires_at=utcnow() - timedelta(seconds=1))
        assert mailbox.receive() == []

    def test_a_link_that_was_revoked_is_not_mailed(self, client: FlaskClient, mailbox: Mailbox) -> None:
        ask(client)
        change_links(revoked_at=utcnow())
        assert mailbox.receive() == []


class TestLookup:
    def test_tells_the_address(self, client: FlaskClient, secret: str) -> None:
        response = look_up(client, secret)
        assert response.json.keys() == {"email", "expires_at"}
        assert response.json["email"] == ADDRESS
        assert response.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"expires_at": utcnow() - timedelta(seconds=1)}, (409, "LINK_EXPIRED")),
            ({"used_at": utcnow()}, (409, "LINK_USED")),
            ({"revoked_at": utcnow()}, (409, "LINK_REVOKED")),
            ({"purpose": LinkPurpose.PASSWORD_RESET}, (404, "LINK_INVALID")),
        ],
    )
    def test_refuses_what_is_not_open(
        self, client: FlaskClient, secret: str, values: dict[str, Any], code: tuple[int, str]
    ) -> None:
        change_links(**values)
        assert answer(look_up(client, secret)) == code
        assert answer(complete(client, secret)) == code
        assert count(User) == 0

    def test_an_unknown_secret(self, client: FlaskClient) -> None:
        assert answer(look_up(client, new_secret())) == (404, "LINK_INVALID")
        assert answer(complete(client, new_secret())) == (404, "LINK_INVALID")

    def test_a_link_without_an_address(self, client: FlaskClient, secret: str) -> None:
        change_links(email=None, email_key=None)
        assert answer(look_up(client, secret)) == (404, "LINK_INVALID")


class TestCompletion:
    def test_creates_the_account_and_logs_in(self, client: FlaskClient, secret: str) -> None:
        response = complete(client, secret, display_name="Mary Somerville")
        assert response.status_code == 201
        user = response.json["user"]
        assert (user["email"], user["username"], user["display_name"], user["role"]) == (
            ADDRESS,
            "mary",
            "Mary Somerville",
            Role.AUTHOR,
        )
        headers = {"Authorization": f"Bearer {response.json['access_token']}"}
        assert client.get("/api/auth/me", headers=headers).json["id"] == user["id"]

    @pytest.mark.usefixtures("verified")
    def test_gives_the_role_of_the_setting(self, client: FlaskClient, secret: str) -> None:
        assert complete(client, secret).json["user"]["role"] == "reader"

    def test_works_once(self, client: FlaskClient, secret: str) -> None:
        assert complete(client, secret).status_code == 201
        assert answer(complete(client, secret, username="other")) == (409, "LINK_USED")
        assert answer(look_up(client, secret)) == (409, "LINK_USED")

    def test_of_eight_at_once_one_wins(self, app: Flask, secret: str) -> None:
        statuses = run_concurrently(
            app, 8, lambda client, index: complete(client, secret, username=f"mary-{index}").status_code
        )
        assert sorted(statuses) == [201, *[409] * 7]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"username": "Other"}, "USERNAME_TAKEN"),
            ({"username": "admin"}, "USERNAME_RESERVED"),
            ({"password": "password123"}, "PASSWORD_TOO_COMMON"),
        ],
    )
    def test_conflicts_leave_the_link_open(
        self, client: FlaskClient, secret: str, given: dict[str, str], code: str
    ) -> None:
        create_account(username="other")
        assert answer(complete(client, secret, **given)) == (409, code)
        assert complete(client, secret).status_code == 201

    def test_an_address_that_was_taken_meanwhile(self, client: FlaskClient, secret: str) -> None:
        create_account(email="MARY@example.org")
        assert answer(complete(client, secret)) == (409, "EMAIL_TAKEN")
        assert look_up(client, secret).status_code == 200


@pytest.mark.parametrize("call", [look_up, complete])
def test_links_are_tried_so_often(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    settings = replace(app.extensions["settings"], rate_limit_links="2 per day")
    monkeypatch.setitem(app.extensions, "settings", settings)
    assert [call(client, "x" * 43).status_code for _ in range(3)] == [404, 404, 429]


def test_mails_are_asked_for_so_often(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.extensions["settings"], rate_limit_register="2 per day")
    monkeypatch.setitem(app.extensions, "settings", settings)
    assert [ask(client).status_code for _ in range(3)] == [202, 202, 429]
