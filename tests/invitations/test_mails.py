"""The mail of an invitation: what it says, and that its link is the only one that works."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.mail.sending import send
from service.extensions import db
from service.invitations.mails import invitation_mail
from service.models.base import utcnow
from service.models.invitations import Invitation
from service.models.jobs import Job, JobState
from service.models.single_use_links import SingleUseLink
from service.models.users import Role, User
from tests.accounts import auth_headers, create_account

Headers = dict[str, str]

NEW = {
    "email": "grace@example.org",
    "role": "editor",
    "name": "Grace Hopper",
    "message": "Would you look after\n<b>compilers</b>?",
}


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", display_name="Ada Lovelace", role=Role.ADMIN)


@pytest.fixture
def admin(ada: User) -> Headers:
    return auth_headers(ada)


@pytest.fixture
def invite(client: FlaskClient, admin: Headers) -> Callable[..., dict[str, Any]]:
    """Return a function that creates an invitation and returns it."""

    def create(**given: Any) -> dict[str, Any]:
        invitation: dict[str, Any] = client.post(
            "/api/invitations", headers=admin, json={**NEW, **given}
        ).json
        return invitation

    return create


@pytest.fixture
def mail_dir(app: Flask) -> Path:
    """Return the empty folder of mails."""
    folder: Path = app.extensions["settings"].mail_dir
    for file in folder.glob("*.eml"):
        file.unlink()
    return folder


def run_mail_jobs() -> None:
    """Run the attempts of all mail jobs that wait, as a worker does."""
    with db.engine.connect() as connection:
        waiting = sa.select(Job.id, Job.payload).where(Job.task == send.name, Job.state == JobState.WAITING)
        jobs = connection.execute(waiting.order_by(Job.id)).all()
    for job in jobs:
        send.run(**job.payload)
        db.session.remove()
        with transaction() as session:
            session.execute(sa.update(Job).where(Job.id == job.id).values(state=JobState.SUCCEEDED))


def mails(folder: Path) -> list[Any]:
    """Return the mails in the folder, oldest first."""
    return [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in sorted(folder.glob("*.eml"))
    ]


def parts_of(mail: Any) -> list[str]:
    """Return the plain text and the HTML of a mail."""
    return [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]


def secret_in(mail: Any) -> str:
    """Return the secret of the link in a mail, which is the same in both parts."""
    found = {
        re.search(r"http://127\.0\.0\.1:8000/invitation#([\w-]{43})\b", part)[1]  # type: ignore[index]
        for part in parts_of(mail)
    }
    (secret,) = found
    return str(secret)


def look_up(client: FlaskClient, secret: str) -> Any:
    return client.post("/api/invitations/lookup", json={"secret": secret})


def load(invitation: dict[str, Any], number: int = 1) -> dict[str, Any] | None:
    with transaction():
        loaded: Any = invitation_mail.load(invitation_id=invitation["id"], mail_number=number)
    return loaded


class TestMail:
    def test_has_a_link_with_which_the_invitation_is_accepted(
        self, client: FlaskClient, admin: Headers, invite: Callable[..., dict[str, Any]], mail_dir: Path
    ) -> None:
        invitation = invite()
        run_mail_jobs()
        (mail,) = mails(mail_dir)
        assert mail["To"] == "grace@example.org"
        assert mail["Subject"].startswith("Ada Lovelace invites you to ")
        found = client.get(f"/api/invitations/{invitation['id']}", headers=admin).json
        assert found["mail_state"] == "sent"
        body = {"secret": secret_in(mail), "username": "grace", "password": "staple correct horse"}
        assert client.post("/api/invitations/accept", json=body).status_code == 201

    def test_says_who_invites_to_what_until_when(
        self, invite: Callable[..., dict[str, Any]], mail_dir: Path
    ) -> None:
        invite()
        run_mail_jobs()
        (mail,) = mails(mail_dir)
        text, html = parts_of(mail)
        expires_at = utcnow() + timedelta(days=7)
        said = f"{expires_at.day} {expires_at:%B %Y}"
        for part in (text, html):
            for words in ("Hello Grace Hopper,", "Ada Lovelace invites you to become an editor", said):
                assert words in part
        assert "> Would you look after\n> <b>compilers</b>?" in text
        assert "&lt;b&gt;compilers&lt;/b&gt;?" in html
        assert "<b>compilers" not in html

    @pytest.mark.parametrize(
        "zone", ["Pacific/Kiritimati", "Pacific/Niue"]
    )  # in one it is another day than in UTC
    def test_its_last_day_is_one_of_the_site(
        self,
        app: Flask,
        monkeypatch: pytest.MonkeyPatch,
        invite: Callable[..., dict[str, Any]],
        mail_dir: Path,
        zone: str,
    ) -> None:
        in_zone = dataclasses.replace(app.extensions["settings"], site_time_zone=zone)
        monkeypatch.setitem(app.extensions, "settings", in_zone)
        expires_at = datetime.fromisoformat(invite()["expires_at"]).astimezone(ZoneInfo(zone))
        run_mail_jobs()
        text, _ = parts_of(mails(mail_dir)[0])
        assert f"{expires_at.day} {expires_at:%B %Y}" in text

    def test_without_name_and_message(self, invite: Callable[..., dict[str, Any]], mail_dir: Path) -> None:
        invite(name=None, message=None, role="reader")
        run_mail_jobs()
        text, _ = parts_of(mails(mail_dir)[0])
        assert "Hello,\n" in text
        assert "to become a reader" in text
        assert ">" not in text

    def test_of_a_deleted_inviter_is_not_sent(
        self, client: FlaskClient, ada: User, invite: Callable[..., dict[str, Any]], mail_dir: Path
    ) -> None:
        invite()
        other = auth_headers(create_account(role=Role.ADMIN))
        assert client.delete(f"/api/users/{ada.id}", headers=other).status_code == 204
        run_mail_jobs()
        assert mails(mail_dir) == []

    def test_has_its_secret_nowhere_else(self, invite: Callable[..., dict[str, Any]], mail_dir: Path) -> None:
        invite()
        run_mail_jobs()
        secret = secret_in(mails(mail_dir)[0])
        with db.engine.connect() as connection:
            for table in (SingleUseLink, Invitation, Job):
                assert secret not in str(connection.execute(sa.select(table.__table__)).all())


class TestLink:
    def test_of_a_resent_mail_replaces_the_first_one(
        self, client: FlaskClient, admin: Headers, invite: Callable[..., dict[str, Any]], mail_dir: Path
    ) -> None:
        invitation = invite()
        run_mail_jobs()
        client.post(f"/api/invitations/{invitation['id']}/resend", headers=admin)
        run_mail_jobs()
        first, second = map(secret_in, mails(mail_dir))
        assert look_up(client, first).json["code"] == "LINK_INVALID"
        assert look_up(client, second).status_code == 200

    def test_is_not_made_by_an_earlier_mail_that_comes_late(
        self, client: FlaskClient, admin: Headers, invite: Callable[..., dict[str, Any]]
    ) -> None:
        invitation = invite()
        client.post(f"/api/invitations/{invitation['id']}/resend", headers=admin)
        newest = load(invitation, number=2)
        assert load(invitation, number=1) is None
        assert newest is not None
        assert look_up(client, newest["url"].partition("#")[2]).status_code == 200

    @pytest.mark.parametrize("state", ["used_at", "revoked_at", "expires_at"])
    def test_is_not_made_for_a_closed_invitation(
        self, invite: Callable[..., dict[str, Any]], state: str
    ) -> None:
        invitation = invite()
        with transaction() as session:
            link = sa.update(SingleUseLink).where(SingleUseLink.id == UUID(invitation["id"]))
            session.execute(link.values({state: utcnow() - timedelta(days=1)}))
        assert load(invitation) is None

    def test_is_not_made_for_a_deleted_invitation(self, app: Flask) -> None:
        assert load({"id": str(uuid4())}) is None


def test_the_example_is_of_the_same_variables(invite: Callable[..., dict[str, Any]]) -> None:
    loaded = load(invite())
    assert loaded is not None
    assert loaded.keys() == invitation_mail.example.keys()
