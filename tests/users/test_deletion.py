"""The grace period of deletions: what changes until its end, who can cancel, and what a worker does then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.extensions import db
from service.models.base import utcnow
from service.models.posts import Post
from service.models.users import Role, User
from service.users.deletion import delete_due_account
from tests.accounts import PASSWORD, auth_headers, create_account, reload_user
from tests.factories import create_post
from tests.job_queue import JobQueue
from tests.mailbox import Mailbox

Headers = dict[str, str]


@pytest.fixture
def mailbox(app: Flask, jobs: JobQueue) -> Mailbox:
    return Mailbox(app, jobs)


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="ada@example.org", display_name="Ada Lovelace")


@pytest.fixture
def headers(ada: User) -> Headers:
    return auth_headers(ada)


def delete(client: FlaskClient, user: User, headers: Headers) -> Any:
    return client.delete(f"/api/users/{user.id}", headers=headers)


def cancel(client: FlaskClient, user: User, headers: Headers) -> Any:
    return client.post(f"/api/users/{user.id}/cancel-deletion", headers=headers)


def let_time_pass() -> None:
    """Let the time of all deletions have come."""
    with transaction() as session:
        session.execute(
            sa.update(User)
            .where(User.deletion_at.is_not(None))
            .values(deletion_at=utcnow() - timedelta(seconds=1))
        )


def delete_due() -> int:
    with transaction():
        return delete_due_account()


def user_ids() -> set[int]:
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.select(User.id)))


class TestDeletion:
    def test_of_ones_own_account_has_a_grace_period(
        self, client: FlaskClient, ada: User, headers: Headers, mailbox: Mailbox
    ) -> None:
        before = utcnow()
        response = delete(client, ada, headers)
        assert (response.status_code, response.headers["Location"]) == (202, f"/api/users/{ada.id}")
        at = datetime.fromisoformat(response.json["deletion_at"])
        assert timedelta(days=14) <= at - before < timedelta(days=14, minutes=1)
        (mail,) = mailbox.receive()
        assert (mail.to, mail.subject) == ("ada@example.org", "Your account at Colophon will be deleted")
        assert f"{at.day} {at:%B %Y}" in mail.text

    def test_changes_nothing_until_then(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        post = create_post(ada, status="published")
        delete(client, ada, headers)
        assert client.get("/api/auth/me", headers=headers).json["deletion_at"] is not None
        assert client.get(f"/api/posts/{post.id}").json["author"]["username"] == "ada"
        logged_in = client.post("/api/auth/login", json={"email": "ada@example.org", "password": PASSWORD})
        assert logged_in.json["user"]["deletion_at"] is not None
        assert delete_due() == 0

    def test_asked_for_again_moves_no_date(
        self, client: FlaskClient, ada: User, headers: Headers, mailbox: Mailbox
    ) -> None:
        first, second = (delete(client, ada, headers).json["deletion_at"] for _ in range(2))
        assert first == second
        assert len(mailbox.receive()) == 1

    def test_by_an_administrator_is_at_once(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        delete(client, ada, headers)
        admin = auth_headers(create_account(role=Role.ADMIN))
        assert delete(client, ada, admin).status_code == 204
        assert ada.id not in user_ids()

    def test_of_the_last_administrator_is_refused(self, client: FlaskClient) -> None:
        admin = create_account(role=Role.ADMIN)
        response = delete(client, admin, auth_headers(admin))
        assert (response.status_code, response.json["code"]) == (409, "LAST_ADMIN")
        assert reload_user(admin.id).deletion_at is None

    def test_is_seen_by_its_owner_and_administrators(
        self, client: FlaskClient, ada: User, headers: Headers
    ) -> None:
        delete(client, ada, headers)
        admin, other = create_account(role=Role.ADMIN), create_account()
        shown = [
            client.get(f"/api/users/{ada.id}", headers=auth_headers(who)).json["deletion_at"] is not None
            for who in (ada, admin, other)
        ]
        assert shown == [True, True, False]


class TestCancellation:
    def test_keeps_the_account(
        self, client: FlaskClient, ada: User, headers: Headers, mailbox: Mailbox
    ) -> None:
        delete(client, ada, headers)
        response = cancel(client, ada, headers)
        assert (response.status_code, response.json["deletion_at"]) == (200, None)
        assert mailbox.receive() == []  # it was cancelled before the mail was sent
        assert delete_due() == 0

    def test_of_nothing_changes_nothing(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        assert cancel(client, ada, headers).status_code == 200
        assert reload_user(ada.id).version == ada.version

    def test_by_an_administrator(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        delete(client, ada, headers)
        admin = auth_headers(create_account(role=Role.ADMIN))
        assert cancel(client, ada, admin).json["deletion_at"] is None

    def test_by_anybody_else_is_refused(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        delete(client, ada, headers)
        response = cancel(client, ada, auth_headers(create_account(role=Role.EDITOR)))
        assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_ACCOUNT")
        assert reload_user(ada.id).deletion_at is not None

    def test_of_nobody_is_404(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        assert client.post(f"/api/users/{ada.id + 1}/cancel-deletion", headers=headers).status_code == 404

    def test_needs_a_token(self, client: FlaskClient, ada: User) -> None:
        assert client.post(f"/api/users/{ada.id}/cancel-deletion").status_code == 401


class TestWorker:
    def test_deletes_whose_time_has_come(
        self, client: FlaskClient, ada: User, headers: Headers, mailbox: Mailbox
    ) -> None:
        post, other = create_post(ada), create_account()
        delete(client, ada, headers)
        let_time_pass()
        assert (delete_due(), delete_due()) == (1, 0)
        assert user_ids() == {other.id}
        with db.engine.connect() as connection:
            assert connection.scalar(sa.select(Post.author_id).where(Post.id == post.id)) is None
        assert client.get("/api/auth/me", headers=headers).status_code == 401
        (mail,) = mailbox.receive()
        assert (mail.to, mail.subject) == ("ada@example.org", "Your account at Colophon was deleted")

    def test_deletes_one_at_a_time_the_oldest_first(
        self, client: FlaskClient, ada: User, headers: Headers
    ) -> None:
        grace = create_account()
        delete(client, grace, auth_headers(grace))
        delete(client, ada, headers)
        let_time_pass()
        with transaction() as session:
            earlier = utcnow() - timedelta(days=1)
            session.execute(sa.update(User).where(User.id == ada.id).values(deletion_at=earlier))
        assert delete_due() == 1
        assert user_ids() == {grace.id}

    def test_leaves_the_last_administrator(self, client: FlaskClient) -> None:
        first, second = (create_account(role=Role.ADMIN) for _ in range(2))
        for admin in (first, second):
            delete(client, admin, auth_headers(admin))
        let_time_pass()
        assert (delete_due(), delete_due()) == (1, 0)
        assert len(user_ids()) == 1
        create_account(role=Role.ADMIN)
        assert delete_due() == 1

    @pytest.mark.parametrize("given", [{"email": None, "email_key": None}, {"is_active": False}], ids=str)
    def test_mails_nobody_who_cannot_log_in(
        self, client: FlaskClient, ada: User, headers: Headers, mailbox: Mailbox, given: dict[str, Any]
    ) -> None:
        delete(client, ada, headers)
        mailbox.receive()
        let_time_pass()
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(**given))
        assert delete_due() == 1
        assert mailbox.receive() == []
