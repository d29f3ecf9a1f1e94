"""The change of one's e-mail address over the API: it is pending until its link is confirmed, and both hear of it."""

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
from service.email_changes import actions
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role, User
from service.users.email_changes import LINKS_PER_HOUR
from tests.accounts import PASSWORD, auth_headers, create_account, reload_user, run_concurrently
from tests.job_queue import JobQueue
from tests.mailbox import Mailbox

OLD, NEW = "ada@example.org", "ada@new.example"
Headers = dict[str, str]


@pytest.fixture
def mailbox(app: Flask, jobs: JobQueue) -> Mailbox:
    return Mailbox(app, jobs)


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email=OLD, display_name="Ada Lovelace")


@pytest.fixture
def headers(ada: User) -> Headers:
    return auth_headers(ada)


@pytest.fixture
def secret(client: FlaskClient, headers: Headers, mailbox: Mailbox) -> str:
    """Return the secret in the mail to the new address."""
    return mailed_secret(client, headers, mailbox)


def mailed_secret(client: FlaskClient, headers: Headers, mailbox: Mailbox, address: str = NEW) -> str:
    assert ask(client, headers, address).status_code == 200
    (mail,) = (mail for mail in mailbox.receive() if mail.to == address)
    return mail.secret


def ask(client: FlaskClient, headers: Headers, address: str = NEW) -> Any:
    return client.patch("/api/auth/me", headers=headers, json={"email": address})


def look_up(client: FlaskClient, secret: str) -> Any:
    return client.post("/api/email-changes/lookup", json={"secret": secret})


def confirm(client: FlaskClient, secret: str) -> Any:
    return client.post("/api/email-changes/confirm", json={"secret": secret})


def me(client: FlaskClient, headers: Headers) -> tuple[str, str | None]:
    user = client.get("/api/auth/me", headers=headers).json
    return user["email"], user["pending_email"]


def log_in(client: FlaskClient, email: str) -> int:
    return client.post("/api/auth/login", json={"email": email, "password": PASSWORD}).status_code


def change_links(**values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(SingleUseLink).values(**values))


def change_user(user: User, **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(User).where(User.id == user.id).values(**values))


def answer(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["code"]


class TestRequest:
    def test_is_pending_and_both_addresses_hear_of_it(
        self, client: FlaskClient, headers: Headers, mailbox: Mailbox
    ) -> None:
        response = ask(client, headers)
        assert (response.json["email"], response.json["pending_email"]) == (OLD, NEW)
        heard = {mail.to: mail for mail in mailbox.receive()}
        assert (log_in(client, OLD), log_in(client, NEW)) == (200, 401)
        assert heard.keys() == {OLD, NEW}
        assert heard[NEW].subject == "Confirm your new address at Colophon"
        assert heard[OLD].secrets == frozenset()
        assert NEW in heard[OLD].text
        assert "cancel the change" in heard[OLD].text

    @pytest.mark.parametrize("method", ["patch", "put"])
    def test_is_the_same_at_the_address_of_the_account(
        self, client: FlaskClient, ada: User, headers: Headers, method: str
    ) -> None:
        body = {"username": "ada", "display_name": "Ada", "email": NEW}
        response = getattr(client, method)(f"/api/users/{ada.id}", headers=headers, json=body)
        assert (response.json["email"], response.json["pending_email"]) == (OLD, NEW)
        assert response.json["display_name"] == "Ada"

    def test_of_an_administrator_is_pending_too(self, client: FlaskClient) -> None:
        headers = auth_headers(create_account(email="admin@example.org", role=Role.ADMIN))
        ask(client, headers)
        assert me(client, headers) == ("admin@example.org", NEW)

    def test_does_not_tell_who_has_an_account(
        self, client: FlaskClient, headers: Headers, mailbox: Mailbox
    ) -> None:
        create_account(email="taken@example.org")
        response = ask(client, headers, "Taken@example.org")
        assert (response.status_code, response.json["pending_email"]) == (200, "Taken@example.org")
        mail = {mail.to: mail for mail in mailbox.receive()}["Taken@example.org"]
        assert mail.subject == "This address has an account at Colophon"
        assert mail.secrets == frozenset()

    def test_another_one_replaces_it(self, client: FlaskClient, headers: Headers, mailbox: Mailbox) -> None:
        first = mailed_secret(client, headers, mailbox)
        second = mailed_secret(client, headers, mailbox, "other@new.example")
        assert answer(confirm(client, first)) == (409, "LINK_REVOKED")
        assert confirm(client, second).status_code == 204
        assert me(client, headers) == ("other@new.example", None)

    def test_again_mails_a_new_link(self, client: FlaskClient, headers: Headers, mailbox: Mailbox) -> None:
        first, second = (mailed_secret(client, headers, mailbox) for _ in range(2))
        assert answer(look_up(client, first)) == (409, "LINK_REVOKED")
        assert look_up(client, second).status_code == 200

    def test_nobody_fills_a_mailbox(self, client: FlaskClient, headers: Headers, mailbox: Mailbox) -> None:
        for _ in range(LINKS_PER_HOUR):
            assert ask(client, headers).status_code == 200
        assert answer(ask(client, headers, "victim@new.example")) == (409, "TOO_MANY_EMAIL_CHANGES")
        assert me(client, headers) == (OLD, NEW)
        change_links(created_at=utcnow() - timedelta(hours=1, seconds=1))
        assert ask(client, headers).status_code == 200

    @pytest.mark.parametrize("method", ["patch", "put"])
    def test_nor_at_the_address_of_the_account(
        self, client: FlaskClient, ada: User, headers: Headers, method: str
    ) -> None:
        for _ in range(LINKS_PER_HOUR):
            ask(client, headers)
        body = {"username": "ada", "display_name": "Ada", "email": "victim@new.example"}
        response = getattr(client, method)(f"/api/users/{ada.id}", headers=headers, json=body)
        assert answer(response) == (409, "TOO_MANY_EMAIL_CHANGES")
        assert me(client, headers) == (OLD, NEW)

    def test_the_limit_is_that_of_each_account(self, client: FlaskClient, headers: Headers) -> None:
        for _ in range(LINKS_PER_HOUR):
            ask(client, headers)
        assert ask(client, auth_headers(create_account())).status_code == 200

    def test_the_same_address_changes_nothing(
        self, client: FlaskClient, headers: Headers, secret: str
    ) -> None:
        assert ask(client, headers, OLD).json["pending_email"] == NEW
        assert look_up(client, secret).status_code == 200

    def test_other_letters_are_no_other_address(
        self, client: FlaskClient, headers: Headers, mailbox: Mailbox
    ) -> None:
        ask(client, headers, "ADA@example.org")
        assert me(client, headers) == ("ADA@example.org", None)
        assert mailbox.receive() == []

    def test_is_seen_by_its_owner_and_administrators(
        self, client: FlaskClient, ada: User, secret: str
    ) -> None:
        admin, other = create_account(role=Role.ADMIN), create_account()
        shown = [
            client.get(f"/api/users/{ada.id}", headers=auth_headers(who)).json["pending_email"]
            for who in (ada, admin, other)
        ]
        assert shown == [NEW, NEW, None]

    def test_a_mail_after_the_account_is_gone_is_not_sent(
        self, client: FlaskClient, ada: User, headers: Headers, mailbox: Mailbox
    ) -> None:
        ask(client, headers)
        with transaction() as session:
            session.execute(sa.delete(User).where(User.id == ada.id))
        assert mailbox.receive() == []

    def test_a_mail_that_comes_too_late_has_no_link(
        self, client: FlaskClient, headers: Headers, mailbox: Mailbox
    ) -> None:
        ask(client, headers)
        change_links(expires_at=utcnow() - timedelta(seconds=1))
        assert [mail.to for mail in mailbox.receive()] == [OLD]


class TestLookup:
    def test_tells_what_it_changes(self, client: FlaskClient, secret: str) -> None:
        response = look_up(client, secret)
        assert response.json.keys() == {"username", "email", "expires_at"}
        assert (response.json["username"], response.json["email"]) == ("ada", NEW)
        assert response.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"expires_at": utcnow() - timedelta(seconds=1)}, (409, "LINK_EXPIRED")),
            ({"used_at": utcnow()}, (409, "LINK_USED")),
            ({"revoked_at": utcnow()}, (409, "LINK_REVOKED")),
            ({"purpose": LinkPurpose.SIGN_UP}, (404, "LINK_INVALID")),
        ],
    )
    def test_refuses_what_is_not_open(
        self,
        client: FlaskClient,
        headers: Headers,
        secret: str,
        values: dict[str, Any],
        code: tuple[int, str],
    ) -> None:
        change_links(**values)
        assert answer(look_up(client, secret)) == code
        assert answer(confirm(client, secret)) == code
        assert me(client, headers)[0] == OLD

    def test_an_unknown_secret(self, client: FlaskClient) -> None:
        assert answer(look_up(client, new_secret())) == (404, "LINK_INVALID")
        assert answer(confirm(client, new_secret())) == (404, "LINK_INVALID")

    def test_a_link_without_an_address(self, client: FlaskClient, secret: str) -> None:
        change_links(email=None, email_key=None)
        assert answer(look_up(client, secret)) == (404, "LINK_INVALID")


class TestConfirmation:
    def test_changes_the_address_and_both_hear_of_it(
        self, client: FlaskClient, headers: Headers, secret: str, mailbox: Mailbox
    ) -> None:
        response = confirm(client, secret)
        assert (response.status_code, response.data) == (204, b"")
        assert me(client, headers) == (NEW, None)
        assert (log_in(client, OLD), log_in(client, NEW)) == (401, 200)
        heard = {mail.to: mail.text for mail in mailbox.receive() if "was changed" in mail.subject}
        assert heard.keys() == {OLD, NEW}
        assert "can no longer be used to log in" in heard[OLD]

    def test_works_once(self, client: FlaskClient, secret: str) -> None:
        assert confirm(client, secret).status_code == 204
        assert answer(confirm(client, secret)) == (409, "LINK_USED")

    def test_of_eight_at_once_one_wins(self, app: Flask, secret: str) -> None:
        statuses = run_concurrently(app, 8, lambda client, _: confirm(client, secret).status_code)
        assert sorted(statuses) == [204, *[409] * 7]

    def test_password_resets_that_the_former_address_has_are_dead(
        self, client: FlaskClient, secret: str, mailbox: Mailbox
    ) -> None:
        client.post("/api/password-resets", json={"email": OLD})
        (reset,) = mailbox.receive()
        confirm(client, secret)
        looked_up = client.post("/api/password-resets/lookup", json={"secret": reset.secret})
        assert answer(looked_up) == (409, "LINK_REVOKED")

    def test_an_address_that_was_taken_meanwhile(
        self, client: FlaskClient, headers: Headers, secret: str
    ) -> None:
        create_account(email=NEW.upper())
        assert answer(confirm(client, secret)) == (409, "EMAIL_TAKEN")
        assert me(client, headers) == (OLD, NEW)
        assert look_up(client, secret).status_code == 200

    def test_of_an_account_that_was_deactivated(self, client: FlaskClient, ada: User, secret: str) -> None:
        change_user(ada, is_active=False)
        assert answer(confirm(client, secret)) == (403, "ACCOUNT_INACTIVE")
        assert reload_user(ada.id).email == OLD

    def test_of_an_account_that_is_deleted_at_this_moment(
        self, client: FlaskClient, ada: User, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        link = actions.find_link(LinkPurpose.EMAIL_CHANGE, secret)
        with transaction() as session:
            session.execute(sa.delete(User).where(User.id == ada.id))
        for name in ("find_link", "redeem_link"):
            monkeypatch.setattr(actions, name, lambda *_: link)
        assert answer(look_up(client, secret)) == (404, "LINK_INVALID")
        assert answer(confirm(client, secret)) == (404, "LINK_INVALID")


class TestCancellation:
    def test_kills_the_link(self, client: FlaskClient, headers: Headers, secret: str) -> None:
        response = client.delete("/api/email-changes/pending", headers=headers)
        assert (response.status_code, response.data) == (204, b"")
        assert me(client, headers) == (OLD, None)
        assert answer(confirm(client, secret)) == (409, "LINK_REVOKED")

    def test_of_nothing_is_no_error(self, client: FlaskClient, headers: Headers) -> None:
        assert client.delete("/api/email-changes/pending", headers=headers).status_code == 204

    def test_concerns_oneself_alone(self, client: FlaskClient, secret: str) -> None:
        client.delete("/api/email-changes/pending", headers=auth_headers(create_account()))
        assert look_up(client, secret).status_code == 200

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.delete("/api/email-changes/pending").status_code == 401

    def test_account_deleted_meanwhile_is_a_revoked_token(
        self, client: FlaskClient, ada: User, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions.db.session, "get", lambda *_, **__: None)
        response = client.delete("/api/email-changes/pending", headers=headers)
        assert answer(response) == (401, "TOKEN_REVOKED")


class TestOtherChanges:
    """What shuts somebody out of the account shuts the address out that they asked for."""

    def test_of_the_password(self, client: FlaskClient, headers: Headers, secret: str) -> None:
        body = {"current_password": PASSWORD, "new_password": "staple correct horse"}
        assert client.post("/api/auth/password", headers=headers, json=body).status_code == 200
        assert answer(confirm(client, secret)) == (409, "LINK_REVOKED")

    def test_of_the_password_by_mail(
        self, client: FlaskClient, ada: User, secret: str, mailbox: Mailbox
    ) -> None:
        client.post("/api/password-resets", json={"email": OLD})
        (reset,) = mailbox.receive()
        body = {"secret": reset.secret, "password": "staple correct horse"}
        assert client.post("/api/password-resets/redeem", json=body).status_code == 204
        assert answer(confirm(client, secret)) == (409, "LINK_REVOKED")
        assert reload_user(ada.id).pending_email is None

    @pytest.mark.parametrize("change", [{"email": "third@example.org"}, {"role": "editor"}], ids=str)
    def test_by_an_administrator(
        self, client: FlaskClient, ada: User, secret: str, change: dict[str, str]
    ) -> None:
        headers = auth_headers(create_account(role=Role.ADMIN))
        changed = client.patch(f"/api/users/{ada.id}", headers=headers, json=change)
        assert (changed.status_code, changed.json["pending_email"]) == (200, None)
        assert answer(confirm(client, secret)) == (409, "LINK_REVOKED")


@pytest.mark.parametrize("call", [look_up, confirm])
def test_links_are_tried_so_often(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    settings = replace(app.extensions["settings"], rate_limit_links="2 per day")
    monkeypatch.setitem(app.extensions, "settings", settings)
    assert [call(client, "x" * 43).status_code for _ in range(3)] == [404, 404, 429]
