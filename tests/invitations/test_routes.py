"""Invitations over the API: who may invite whom, what a link allows, and that it allows it once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.single_use_links import RETENTION_AFTER_EXPIRY, new_secret, purge_links, store_secret
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job, JobState
from service.models.sessions import Session
from service.models.single_use_links import SingleUseLink
from service.models.users import Role, User
from tests.accounts import auth_headers, bearer_header, create_account, reload_user, run_concurrently
from tests.factories import create_user

Headers = dict[str, str]
Invite = Callable[..., dict[str, Any]]

DAY = timedelta(days=1)
PASSWORD = "staple correct horse"
NEW = {"email": "grace@example.org", "role": "editor"}
# Each operation of administrators, on an invitation that is there.
OPERATIONS = [
    ("get", ""),
    ("post", ""),
    ("get", "/{id}"),
    ("post", "/{id}/resend"),
    ("post", "/{id}/revoke"),
]


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", display_name="Ada Lovelace", role=Role.ADMIN)


@pytest.fixture
def admin(ada: User) -> Headers:
    return auth_headers(ada)


@pytest.fixture
def invite(client: FlaskClient, admin: Headers) -> Invite:
    """Return a function that creates an invitation and returns it."""

    def create(**given: Any) -> dict[str, Any]:
        response = client.post("/api/invitations", headers=admin, json={**NEW, **given})
        assert response.status_code == 201, response.json
        invitation: dict[str, Any] = response.json
        return invitation

    return create


def link_of(invitation: dict[str, Any]) -> str:
    """Return a new secret of an invitation, as its mail has one."""
    secret = new_secret()
    with transaction():
        assert store_secret(UUID(invitation["id"]), secret)
    return secret


def change_link(invitation: dict[str, Any], **values: Any) -> None:
    link = sa.update(SingleUseLink).where(SingleUseLink.id == UUID(invitation["id"]))
    with transaction() as session:
        session.execute(link.values(**values))


def change_all(table: Any, **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(table).values(**values))


def resend(client: FlaskClient, invitation: dict[str, Any], headers: Headers) -> Any:
    return client.post(f"/api/invitations/{invitation['id']}/resend", headers=headers)


def revoke(client: FlaskClient, invitation: dict[str, Any], headers: Headers) -> Any:
    return client.post(f"/api/invitations/{invitation['id']}/revoke", headers=headers)


def look_up(client: FlaskClient, secret: Any) -> Any:
    return client.post("/api/invitations/lookup", json={"secret": secret})


def accept(client: FlaskClient, secret: Any, **given: Any) -> Any:
    body = {"secret": secret, "username": "grace", "password": PASSWORD, **given}
    return client.post("/api/invitations/accept", json=body)


def answer(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["code"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
def test_nobody_else_may(client: FlaskClient, invite: Invite, method: str, path: str, role: Role) -> None:
    url = "/api/invitations" + path.format(id=invite()["id"])
    body = {"json": {**NEW, "email": "other@example.org"}} if (method, path) == ("post", "") else {}
    headers = auth_headers(create_user(role=role))
    assert client.open(url, method=method, headers=headers, **body).status_code == 403
    assert client.open(url, method=method, **body).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/resend"), ("post", "/revoke")])
def test_unknown_invitation(client: FlaskClient, admin: Headers, method: str, path: str) -> None:
    url = f"/api/invitations/{uuid4()}{path}"
    assert client.open(url, method=method, headers=admin).status_code == 404


class TestCreate:
    def test_returns_a_pending_invitation_and_queues_its_mail(
        self, client: FlaskClient, ada: User, admin: Headers
    ) -> None:
        body = {**NEW, "name": "Grace Hopper", "message": "Welcome!\nAda"}
        before = utcnow()
        response = client.post("/api/invitations", headers=admin, json=body)
        invitation = response.json
        assert response.status_code == 201
        assert response.headers["Location"] == f"/api/invitations/{invitation['id']}"
        assert {name: invitation[name] for name in body} == body
        assert (invitation["state"], invitation["mail_state"]) == ("pending", "waiting")
        assert invitation["invited_by"] == {"id": ada.id, "username": "ada", "display_name": "Ada Lovelace"}
        for name in ("user_id", "accepted_at", "revoked_at", "mailed_at", "mail_error"):
            assert invitation[name] is None
        lasts = datetime.fromisoformat(invitation["expires_at"]) - before
        assert timedelta(days=7) <= lasts < timedelta(days=7, minutes=1)
        assert client.get(response.headers["Location"], headers=admin).json == invitation
        with db.engine.connect() as connection:
            payload = connection.scalar(sa.select(Job.payload).where(Job.task == "mail.send"))
            assert connection.scalar(sa.select(SingleUseLink.secret_hash)) is None
        assert (payload["mail"], payload["to"]) == ("invitation", "grace@example.org")

    def test_needs_a_step_up(self, client: FlaskClient, admin: Headers) -> None:
        change_all(Session, authenticated_at=utcnow() - DAY)
        response = client.post("/api/invitations", headers=admin, json=NEW)
        assert answer(response) == (403, "STEP_UP_REQUIRED")
        assert client.get("/api/invitations", headers=admin).json == []

    def test_of_an_address_with_an_account(self, client: FlaskClient, admin: Headers) -> None:
        create_user(email="Grace@example.org", is_active=False)
        response = client.post("/api/invitations", headers=admin, json=NEW)
        assert answer(response) == (409, "EMAIL_TAKEN")

    def test_of_an_invited_address(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        invite()
        response = client.post("/api/invitations", headers=admin, json={**NEW, "email": "GRACE@example.org"})
        assert answer(response) == (409, "ALREADY_INVITED")

    def test_of_one_address_at_the_same_time(self, app: Flask, admin: Headers) -> None:
        def call(client: FlaskClient, _index: int) -> int:
            return client.post("/api/invitations", headers=admin, json=NEW).status_code

        assert sorted(run_concurrently(app, 4, call)) == [201, 409, 409, 409]

    def test_replaces_an_expired_invitation(
        self, client: FlaskClient, admin: Headers, invite: Invite
    ) -> None:
        change_link(invite(), expires_at=utcnow())
        replaced = invite(role="author")
        assert client.get("/api/invitations", headers=admin).json == [replaced]

    def test_again_after_a_revocation(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        revoke(client, invite(), admin)
        assert invite()["state"] == "pending"

    @pytest.mark.parametrize(
        "changes",
        [
            {"role": "admin"},
            {"role": None},
            {"email": "grace"},
            {"email": "a@b.example\r\nBcc: c@d.example"},
            {"name": "Grace\nBcc: c@d.example"},
            {"name": ""},
            {"message": "  "},
            {"message": "x" * 1001},
            {"state": "accepted"},
        ],
        ids=str,
    )
    def test_refuses_what_the_schema_refuses(
        self, client: FlaskClient, admin: Headers, changes: dict[str, Any]
    ) -> None:
        response = client.post("/api/invitations", headers=admin, json={**NEW, **changes})
        assert answer(response) == (400, "INVALID_INPUT")


class TestList:
    def test_newest_first_in_pages(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        created = [invite(email=f"{number}@example.org") for number in range(3)]
        response = client.get("/api/invitations?per_page=2", headers=admin)
        assert response.json == created[:0:-1]
        assert response.headers["X-Total-Count"] == "3"

    def test_by_state(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        states = ("pending", "expired", "accepted", "revoked")
        created = {state: invite(email=f"{state}@example.org") for state in states}
        change_link(created["expired"], expires_at=utcnow() - DAY)
        assert accept(client, link_of(created["accepted"])).status_code == 201
        revoke(client, created["revoked"], admin)
        for state, invitation in created.items():
            response = client.get(f"/api/invitations?state={state}", headers=admin)
            (found,) = response.json
            assert (found["id"], found["state"]) == (invitation["id"], state)
            assert response.headers["X-Total-Count"] == "1"

    def test_refuses_an_unknown_state(self, client: FlaskClient, admin: Headers) -> None:
        assert client.get("/api/invitations?state=lost", headers=admin).status_code == 400


class TestGet:
    def test_has_an_entity_tag_that_changes_with_it(
        self, client: FlaskClient, ada: User, admin: Headers, invite: Invite
    ) -> None:
        invitation = invite()
        url = f"/api/invitations/{invitation['id']}"
        changes: list[Callable[[], Any]] = [
            lambda: client.patch(f"/api/users/{ada.id}", headers=admin, json={"display_name": "Ada"}),
            lambda: resend(client, invitation, admin),
            lambda: revoke(client, invitation, admin),
        ]
        for change in changes:
            tag = client.get(url, headers=admin).headers["ETag"]
            assert client.get(url, headers={**admin, "If-None-Match": tag}).status_code == 304
            assert change().status_code == 200
            assert client.get(url, headers={**admin, "If-None-Match": tag}).status_code == 200

    @pytest.mark.parametrize(
        ("job", "state", "error"),
        [
            ({"state": JobState.WAITING}, "waiting", None),
            ({"state": JobState.WAITING, "attempts": 1, "error": "451 later"}, "waiting", "451 later"),
            ({"state": JobState.FAILED, "error": "550 unknown"}, "failed", "550 unknown"),
            ({"state": JobState.CANCELLED}, "failed", None),
            (None, None, None),
        ],
        ids=["waiting", "repeated", "failed", "cancelled", "job deleted"],
    )
    def test_tells_the_state_of_the_mail(
        self,
        client: FlaskClient,
        admin: Headers,
        invite: Invite,
        job: dict[str, Any] | None,
        state: str | None,
        error: str | None,
    ) -> None:
        url = f"/api/invitations/{invite()['id']}"
        with transaction() as session:
            session.execute(sa.delete(Job) if job is None else sa.update(Job).values(**job))
        found = client.get(url, headers=admin).json
        assert (found["mail_state"], found["mail_error"], found["mailed_at"]) == (state, error, None)

    def test_tells_when_it_was_mailed(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        url = f"/api/invitations/{invite()['id']}"
        change_all(Job, error="451 later", state=JobState.SUCCEEDED, finished_at=utcnow())
        found = client.get(url, headers=admin).json
        assert (found["mail_state"], found["mail_error"]) == ("sent", None)
        assert found["mailed_at"]


class TestResend:
    def test_makes_the_old_link_invalid_and_queues_a_mail(
        self, client: FlaskClient, admin: Headers, invite: Invite
    ) -> None:
        invitation = invite()
        old = link_of(invitation)
        change_all(Job, state=JobState.SUCCEEDED)
        response = resend(client, invitation, admin)
        assert (response.status_code, response.json["mail_state"]) == (200, "waiting")
        assert answer(look_up(client, old)) == (404, "LINK_INVALID")
        assert answer(accept(client, old)) == (404, "LINK_INVALID")
        with db.engine.connect() as connection:
            mails = sa.select(Job.state).where(Job.task == "mail.send").order_by(Job.id)
            states = connection.scalars(mails).all()
        assert states == [JobState.SUCCEEDED, JobState.WAITING]

    def test_revives_an_expired_one_under_the_name_of_who_sent_it(
        self, client: FlaskClient, invite: Invite
    ) -> None:
        invitation = invite()
        change_link(invitation, expires_at=utcnow() - DAY)
        other = create_account(username="edith", role=Role.ADMIN)
        response = resend(client, invitation, auth_headers(other))
        assert (response.json["state"], response.json["invited_by"]["username"]) == ("pending", "edith")
        assert accept(client, link_of(invitation)).status_code == 201

    def test_needs_a_step_up(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        invitation = invite()
        secret = link_of(invitation)
        change_all(Session, authenticated_at=None)
        assert answer(resend(client, invitation, admin)) == (403, "STEP_UP_REQUIRED")
        assert look_up(client, secret).status_code == 200

    def test_of_an_address_that_has_an_account_by_now(
        self, client: FlaskClient, admin: Headers, invite: Invite
    ) -> None:
        invitation = invite()
        create_user(email="grace@example.org")
        assert answer(resend(client, invitation, admin)) == (409, "EMAIL_TAKEN")

    @pytest.mark.parametrize("state", ["used_at", "revoked_at"])
    @pytest.mark.parametrize("operation", [resend, revoke])
    def test_and_revoke_of_a_closed_one(
        self, client: FlaskClient, admin: Headers, invite: Invite, state: str, operation: Any
    ) -> None:
        invitation = invite()
        change_link(invitation, **{state: utcnow()})
        assert answer(operation(client, invitation, admin)) == (409, "INVITATION_CLOSED")


class TestRevoke:
    def test_makes_the_link_useless(self, client: FlaskClient, admin: Headers, invite: Invite) -> None:
        invitation = invite()
        secret = link_of(invitation)
        response = revoke(client, invitation, admin)
        assert (response.status_code, response.json["state"]) == (200, "revoked")
        assert response.json["revoked_at"]
        assert answer(look_up(client, secret)) == (409, "LINK_REVOKED")
        assert answer(accept(client, secret)) == (409, "LINK_REVOKED")

    @pytest.mark.parametrize(
        "end",
        [
            lambda client, url, headers: client.patch(url, headers=headers, json={"role": "editor"}),
            lambda client, url, headers: client.patch(url, headers=headers, json={"is_active": False}),
            lambda client, url, headers: client.delete(url, headers=headers),
        ],
        ids=["demoted", "deactivated", "deleted"],
    )
    def test_follows_the_end_of_the_inviter(
        self, client: FlaskClient, ada: User, invite: Invite, end: Any
    ) -> None:
        invitation = invite()
        secret = link_of(invitation)
        other = auth_headers(create_account(role=Role.ADMIN))
        assert end(client, f"/api/users/{ada.id}", other).status_code in {200, 204}
        assert answer(accept(client, secret)) == (409, "LINK_REVOKED")
        found = client.get(f"/api/invitations/{invitation['id']}", headers=other).json
        assert found["state"] == "revoked"

    def test_does_not_follow_other_changes_of_the_inviter(
        self, client: FlaskClient, ada: User, admin: Headers, invite: Invite
    ) -> None:
        secret = link_of(invite())
        response = client.patch(f"/api/users/{ada.id}", headers=admin, json={"bio": "Hm.", "role": "admin"})
        assert response.status_code == 200
        assert accept(client, secret).status_code == 201

    def test_names_nobody_when_the_inviter_is_gone(
        self, client: FlaskClient, ada: User, invite: Invite
    ) -> None:
        invitation = invite()
        other = auth_headers(create_account(role=Role.ADMIN))
        client.delete(f"/api/users/{ada.id}", headers=other)
        found = client.get(f"/api/invitations/{invitation['id']}", headers=other).json
        assert found["invited_by"] is None


class TestLookUp:
    def test_tells_what_the_mail_told(self, client: FlaskClient, invite: Invite) -> None:
        invitation = invite(name="Grace Hopper")
        response = look_up(client, link_of(invitation))
        assert response.json == {
            "email": "grace@example.org",
            "role": "editor",
            "name": "Grace Hopper",
            "invited_by": "Ada Lovelace",
            "expires_at": invitation["expires_at"],
        }
        assert response.headers["Cache-Control"] == "no-store"

    def test_uses_nothing_up(self, client: FlaskClient, invite: Invite) -> None:
        secret = link_of(invite())
        assert {look_up(client, secret).status_code for _ in range(3)} == {200}

    def test_of_an_unknown_secret(self, client: FlaskClient, invite: Invite) -> None:
        invite()
        assert answer(look_up(client, "x" * 43)) == (404, "LINK_INVALID")

    def test_of_an_expired_one(self, client: FlaskClient, invite: Invite) -> None:
        invitation = invite()
        secret = link_of(invitation)
        change_link(invitation, expires_at=utcnow())
        assert answer(look_up(client, secret)) == (409, "LINK_EXPIRED")
        assert answer(accept(client, secret)) == (409, "LINK_EXPIRED")

    @pytest.mark.parametrize("secret", ["", "short", "x" * 44, "x" * 42 + "/", 7, None], ids=str)
    def test_refuses_what_is_no_secret(self, client: FlaskClient, secret: Any) -> None:
        assert look_up(client, secret).status_code == 400


class TestAccept:
    def test_creates_the_account_and_logs_in(
        self, client: FlaskClient, admin: Headers, invite: Invite
    ) -> None:
        invitation = invite()
        response = accept(client, link_of(invitation), display_name="Grace Hopper")
        assert response.status_code == 201
        user, tokens = response.json["user"], response.json
        assert response.headers["Location"] == f"/api/users/{user['id']}"
        assert response.headers["Cache-Control"] == "no-store"
        shown = {name: user[name] for name in ("username", "display_name", "email", "role", "is_active")}
        assert shown == {**NEW, "username": "grace", "display_name": "Grace Hopper", "is_active": True}
        assert client.get("/api/auth/me", headers=bearer_header(tokens["access_token"])).json == user
        refreshed = client.post("/api/auth/refresh", headers=bearer_header(tokens["refresh_token"]))
        assert refreshed.status_code == 200
        credentials = {"email": "grace@example.org", "password": PASSWORD}
        assert client.post("/api/auth/login", json=credentials).status_code == 200
        found = client.get(f"/api/invitations/{invitation['id']}", headers=admin).json
        assert (found["state"], found["user_id"]) == ("accepted", user["id"])
        assert found["accepted_at"]

    @pytest.mark.parametrize("role", ["reader", "author", "editor"])
    def test_gives_the_role_of_the_invitation(self, client: FlaskClient, invite: Invite, role: str) -> None:
        user = accept(client, link_of(invite(role=role))).json["user"]
        assert user["role"] == reload_user(user["id"]).role == role

    @pytest.mark.parametrize("more", [{"role": "admin"}, {"email": "other@example.org"}], ids=str)
    def test_takes_role_and_address_from_nowhere_else(
        self, client: FlaskClient, invite: Invite, more: dict[str, str]
    ) -> None:
        assert accept(client, link_of(invite()), **more).status_code == 400

    def test_works_once(self, client: FlaskClient, invite: Invite) -> None:
        secret = link_of(invite())
        assert accept(client, secret).status_code == 201
        for again in (accept(client, secret), accept(client, secret, username="hopper")):
            assert answer(again) == (409, "LINK_USED")
        assert answer(look_up(client, secret)) == (409, "LINK_USED")

    def test_of_a_form_that_is_sent_twice_creates_one_account(self, app: Flask, invite: Invite) -> None:
        secret = link_of(invite())

        def call(client: FlaskClient, index: int) -> int:
            return accept(client, secret, username=f"grace-{index}").status_code

        assert sorted(run_concurrently(app, 4, call)) == [201, 409, 409, 409]
        with db.engine.connect() as connection:
            invited = sa.select(sa.func.count()).where(User.email == "grace@example.org")
            assert connection.scalar(invited) == 1

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"username": "ADA"}, "USERNAME_TAKEN"),
            ({"username": "admin"}, "USERNAME_RESERVED"),
            ({"password": "password1"}, "PASSWORD_TOO_COMMON"),
        ],
        ids=str,
    )
    def test_that_is_refused_leaves_the_link_open(
        self, client: FlaskClient, invite: Invite, given: dict[str, str], code: str
    ) -> None:
        secret = link_of(invite())
        assert answer(accept(client, secret, **given)) == (409, code)
        assert accept(client, secret).status_code == 201

    def test_of_an_address_that_has_an_account_by_now(self, client: FlaskClient, invite: Invite) -> None:
        # Whoever registered it need not be who was invited: addresses of accounts are not verified.
        secret = link_of(invite())
        other = create_user(email="GRACE@example.org", role=Role.READER)
        assert answer(accept(client, secret)) == (409, "EMAIL_TAKEN")
        assert reload_user(other.id).role is Role.READER

    def test_of_unknown_secrets_hashes_no_password(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.users.actions.hash_password", lambda _: pytest.fail("it is slow"))
        assert answer(accept(client, "x" * 43)) == (404, "LINK_INVALID")

    @pytest.mark.parametrize(
        "changes",
        [
            {"secret": "short"},
            {"username": "g"},
            {"username": None},
            {"password": "short"},
            {"password": "x" * 129},
            {"display_name": ""},
        ],
        ids=str,
    )
    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, changes: dict[str, Any]) -> None:
        assert answer(accept(client, **{"secret": "x" * 43, **changes})) == (400, "INVALID_INPUT")

    @pytest.mark.parametrize("call", [look_up, accept])
    def test_and_lookup_are_limited(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, call: Any
    ) -> None:
        settings = replace(app.extensions["settings"], rate_limit_links="2 per day")
        monkeypatch.setitem(app.extensions, "settings", settings)
        assert [call(client, "x" * 43).status_code for _ in range(3)] == [404, 404, 429]


def test_the_purge_forgets_old_invitations(client: FlaskClient, admin: Headers, invite: Invite) -> None:
    change_link(invite(), expires_at=utcnow() - RETENTION_AFTER_EXPIRY - DAY)
    with transaction():
        assert purge_links(10) == 1
    assert client.get("/api/invitations", headers=admin).json == []
