"""Password resets over the API: who gets a mail, what its link allows, and that it allows it once."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.jobs.runner import run_attempt
from service.core.single_use_links import new_secret
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.known_addresses import KnownAddress
from service.models.sessions import Session
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role, User
from service.password_resets.mails import OPEN_LINKS_MAX, mail_link
from tests.accounts import (
    PASSWORD,
    auth_headers,
    create_account,
    reload_user,
    run_concurrently,
)
from tests.factories import create_user
from tests.job_queue import JobQueue

NEW_PASSWORD = "staple correct horse"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="Ada@example.org", display_name="Ada Lovelace")


@pytest.fixture
def mail_dir(app: Flask) -> Path:
    """Return the empty folder of mails."""
    folder: Path = app.extensions["settings"].mail_dir
    for file in folder.glob("*.eml"):
        file.unlink()
    return folder


@pytest.fixture
def work(app: Flask, jobs: JobQueue, mail_dir: Path) -> Callable[[], list[Any]]:
    """Return a function that runs all jobs that wait, as a worker does, and returns the new mails, oldest first."""

    def run() -> list[Any]:
        before = set(mail_dir.glob("*.eml"))
        while (claimed := jobs.claim()) is not None:
            run_attempt(app, claimed)
        new = sorted(set(mail_dir.glob("*.eml")) - before)
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in new]

    return run


@pytest.fixture
def mailed_secret(client: FlaskClient, ada: User, work: Callable[[], list[Any]]) -> Callable[[], str]:
    """Return a function that asks for a reset and returns the secret in the mail."""

    def get() -> str:
        assert ask(client, "ada@example.org").status_code == 204
        (mail,) = work()
        return secret_in(mail)

    return get


def ask(client: FlaskClient, address: str) -> Any:
    return client.post("/api/password-resets", json={"email": address})


def look_up(client: FlaskClient, secret: str) -> Any:
    return client.post("/api/password-resets/lookup", json={"secret": secret})


def redeem(client: FlaskClient, secret: str, password: str = NEW_PASSWORD) -> Any:
    return client.post("/api/password-resets/redeem", json={"secret": secret, "password": password})


def log_in(client: FlaskClient, password: str) -> Any:
    return client.post("/api/auth/login", json={"email": "ada@example.org", "password": password})


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def secret_in(mail: Any) -> str:
    """Return the secret of the link in a mail, which is the same in both parts."""
    parts = [part.get_content() for part in mail.iter_parts()]
    (secret,) = {re.search(r"/reset-password#([\w-]{43})\b", part)[1] for part in parts}  # type: ignore[index]
    return str(secret)


def change_links(**values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(SingleUseLink).values(**values))


def answer(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["code"]


class TestRequest:
    def test_mails_a_link_to_the_address_of_the_account(
        self, client: FlaskClient, ada: User, work: Callable[[], list[Any]]
    ) -> None:
        assert ask(client, "ADA@example.org").data == b""
        (mail,) = work()
        assert mail["To"].addresses[0].addr_spec == "Ada@example.org"
        assert mail["Subject"] == "Choose a new password for Colophon"
        assert look_up(client, secret_in(mail)).status_code == 200

    def test_an_address_that_only_looks_alike_gets_nothing(
        self, app: Flask, work: Callable[[], list[Any]]
    ) -> None:
        # Casefolded, the ligature is two letters: its owner must not get the link of the other address.
        create_account(username="fi", email="fi@example.org")
        with transaction():
            mail_link.run(email="\ufb01@example.org")
        assert [mail["To"].addresses[0].addr_spec for mail in work()] == ["fi@example.org"]

    def test_answers_alike_with_the_same_statements(self, client: FlaskClient, ada: User) -> None:
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

        known, unknown = answered("ada@example.org"), answered("nobody@example.org")
        assert known == unknown
        assert known[:2] == (204, b"")
        assert not any("users" in statement for statement in known[2])

    @pytest.mark.parametrize(
        "given", [{"is_active": False}, {"email": "other@example.org"}], ids=["inactive", "unknown"]
    )
    def test_nobody_else_gets_a_mail(
        self, client: FlaskClient, work: Callable[[], list[Any]], given: dict[str, Any]
    ) -> None:
        create_account(**{"username": "ada", "email": "ada@example.org", **given})
        assert ask(client, "ada@example.org").status_code == 204
        assert work() == []

    def test_requests_that_come_before_the_worker_are_one(
        self, client: FlaskClient, ada: User, work: Callable[[], list[Any]]
    ) -> None:
        for _ in range(3):
            ask(client, "ada@example.org")
        assert len(work()) == 1

    def test_a_mailbox_is_not_filled_and_the_links_in_it_work(
        self, client: FlaskClient, ada: User, work: Callable[[], list[Any]]
    ) -> None:
        secrets = []
        for _ in range(OPEN_LINKS_MAX + 2):
            ask(client, "ada@example.org")
            secrets += [secret_in(mail) for mail in work()]
        assert len(secrets) == OPEN_LINKS_MAX
        assert {look_up(client, secret).status_code for secret in secrets} == {200}
        change_links(expires_at=utcnow() - timedelta(seconds=1))
        ask(client, "ada@example.org")
        assert len(work()) == 1

    @pytest.mark.parametrize("given", ["", "ada", None])
    def test_an_address_is_needed(self, client: FlaskClient, given: Any) -> None:
        assert ask(client, given).status_code == 400


class TestLookup:
    def test_tells_whose_password_it_is(self, client: FlaskClient, mailed_secret: Callable[[], str]) -> None:
        response = look_up(client, mailed_secret())
        assert response.json.keys() == {"username", "email", "expires_at"}
        assert (response.json["username"], response.json["email"]) == ("ada", "Ada@example.org")
        assert response.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"expires_at": utcnow() - timedelta(seconds=1)}, (409, "LINK_EXPIRED")),
            ({"used_at": utcnow()}, (409, "LINK_USED")),
            ({"revoked_at": utcnow()}, (409, "LINK_REVOKED")),
            ({"purpose": LinkPurpose.INVITATION}, (404, "LINK_INVALID")),
        ],
    )
    def test_refuses_what_is_not_open(
        self,
        client: FlaskClient,
        mailed_secret: Callable[[], str],
        values: dict[str, Any],
        code: tuple[int, str],
    ) -> None:
        secret = mailed_secret()
        change_links(**values)
        assert answer(look_up(client, secret)) == code
        assert answer(redeem(client, secret)) == code
        assert log_in(client, PASSWORD).status_code == 200

    def test_an_unknown_secret(self, client: FlaskClient, ada: User) -> None:
        secret = new_secret()
        assert answer(look_up(client, secret)) == (404, "LINK_INVALID")
        assert answer(redeem(client, secret)) == (404, "LINK_INVALID")

    def test_an_account_that_lost_its_address(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str]
    ) -> None:
        secret = mailed_secret()
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(email=None, email_key=None))
        assert answer(look_up(client, secret)) == (404, "LINK_INVALID")


class TestRedeem:
    def test_sets_the_password_and_ends_all_sessions(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str], work: Callable[[], list[Any]]
    ) -> None:
        before = auth_headers(ada)
        secret = mailed_secret()
        response = redeem(client, secret)
        assert (response.status_code, response.data) == (204, b"")
        assert client.get("/api/auth/me", headers=before).status_code == 401
        assert log_in(client, PASSWORD).status_code == 401
        assert log_in(client, NEW_PASSWORD).status_code == 200
        (notice,) = work()
        assert notice["Subject"] == "Your password for Colophon was changed"
        assert "with the link that was mailed to you" in " ".join(text_of(notice).split())

    def test_works_once(self, client: FlaskClient, mailed_secret: Callable[[], str]) -> None:
        secret = mailed_secret()
        assert redeem(client, secret).status_code == 204
        assert answer(redeem(client, secret, "another good password")) == (409, "LINK_USED")

    def test_the_other_links_are_dead(self, client: FlaskClient, mailed_secret: Callable[[], str]) -> None:
        first, second = mailed_secret(), mailed_secret()
        redeem(client, first)
        assert answer(redeem(client, second, "another good password")) == (409, "LINK_REVOKED")

    def test_of_eight_at_once_one_wins(self, app: Flask, ada: User, mailed_secret: Callable[[], str]) -> None:
        secret = mailed_secret()
        statuses = run_concurrently(
            app, 8, lambda client, index: redeem(client, secret, f"{NEW_PASSWORD} {index}").status_code
        )
        assert sorted(statuses) == [204, *[409] * 7]

    def test_a_common_password_leaves_the_link_open(
        self, client: FlaskClient, mailed_secret: Callable[[], str]
    ) -> None:
        secret = mailed_secret()
        assert answer(redeem(client, secret, "password123")) == (409, "PASSWORD_TOO_COMMON")
        assert redeem(client, secret).status_code == 204

    def test_an_account_that_was_deactivated_stays_out(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str]
    ) -> None:
        secret = mailed_secret()
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(is_active=False))
        assert answer(redeem(client, secret)) == (403, "ACCOUNT_INACTIVE")
        assert reload_user(ada.id).password_hash == ada.password_hash

    def test_a_deleted_account_takes_its_links_along(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str]
    ) -> None:
        secret = mailed_secret()
        admin = auth_headers(create_user(role=Role.ADMIN))
        assert client.delete(f"/api/users/{ada.id}", headers=admin).status_code == 204
        assert answer(look_up(client, secret)) == (404, "LINK_INVALID")

    def test_guesses_from_elsewhere_do_not_slow_the_log_in_that_follows(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str]
    ) -> None:
        redeem(client, mailed_secret())
        with db.engine.connect() as connection:
            known = connection.scalars(sa.select(KnownAddress.user_id)).all()
        assert known == [ada.id]


class TestOtherChanges:
    """What changes who may use the account kills the links that are on their way."""

    def test_of_the_password(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str], work: Any
    ) -> None:
        secret = mailed_secret()
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert client.post("/api/auth/password", headers=auth_headers(ada), json=body).status_code == 200
        assert answer(redeem(client, secret)) == (409, "LINK_REVOKED")
        (notice,) = work()
        assert "logged out on all other devices" in " ".join(text_of(notice).split())

    def test_of_the_address_by_an_administrator(
        self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str], work: Any
    ) -> None:
        secret = mailed_secret()
        admin = create_user(role=Role.ADMIN)
        changed = client.patch(
            f"/api/users/{ada.id}", headers=auth_headers(admin), json={"email": "new@example.org"}
        )
        assert changed.status_code == 200
        assert answer(redeem(client, secret)) == (409, "LINK_REVOKED")
        heard = {mail["To"].addresses[0].addr_spec: " ".join(text_of(mail).split()) for mail in work()}
        assert heard.keys() == {"Ada@example.org", "new@example.org"}
        assert all("An administrator has changed" in text for text in heard.values())
        assert "This address can no longer be used to log in" in heard["Ada@example.org"]

    def test_of_its_letters_alone_is_none(self, client: FlaskClient, ada: User, work: Any) -> None:
        client.patch("/api/auth/me", headers=auth_headers(ada), json={"email": "ADA@example.org"})
        assert work() == []

    def test_of_the_role(self, client: FlaskClient, ada: User, mailed_secret: Callable[[], str]) -> None:
        secret = mailed_secret()
        admin = create_user(role=Role.ADMIN)
        changed = client.patch(f"/api/users/{ada.id}", headers=auth_headers(admin), json={"role": "editor"})
        assert changed.status_code == 200
        assert answer(redeem(client, secret)) == (409, "LINK_REVOKED")


def test_a_mail_that_comes_too_late_is_not_sent(
    client: FlaskClient, ada: User, app: Flask, jobs: JobQueue, work: Callable[[], list[Any]]
) -> None:
    ask(client, "ada@example.org")
    run_attempt(app, jobs.claim())
    change_links(expires_at=utcnow() - timedelta(seconds=1))
    assert work() == []


@pytest.mark.parametrize(
    ("limit", "path", "body"),
    [
        ("rate_limit_password_reset", "", {"email": "ada@example.org"}),
        ("rate_limit_links", "/lookup", {"secret": "x" * 43}),
        ("rate_limit_links", "/redeem", {"secret": "x" * 43, "password": NEW_PASSWORD}),
    ],
)
def test_requests_are_limited(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    path: str,
    body: dict[str, str],
) -> None:
    settings: Any = replace(app.extensions["settings"], **{limit: "2 per day"})
    monkeypatch.setitem(app.extensions, "settings", settings)
    statuses = [client.post(f"/api/password-resets{path}", json=body).status_code for _ in range(3)]
    assert statuses[2] == 429
    assert 429 not in statuses[:2]


def test_secrets_are_stored_nowhere(client: FlaskClient, mailed_secret: Callable[[], str]) -> None:
    secret = mailed_secret()
    with db.engine.connect() as connection:
        rows = [
            *connection.execute(sa.select(Job.__table__)),
            *connection.execute(sa.select(SingleUseLink.__table__)),
            *connection.execute(sa.select(Session.__table__)),
        ]
    assert secret not in repr(rows)
