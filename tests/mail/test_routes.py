"""Mail in files over the API, which administrators alone may read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.core.mail.message import Recipient
from service.core.mail.sending import message_of, render_mail
from service.core.mail.sending import test_mail as sample
from service.core.mail.transport import write_message
from service.models.ids import uuid7
from service.models.users import Role
from tests.accounts import auth_headers
from tests.factories import create_user


@pytest.fixture
def admin(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.ADMIN))


@pytest.fixture(autouse=True)
def mail_dir(app: Flask) -> Iterator[Path]:
    """Return the directory of mail, which is empty: the application is shared."""
    folder: Path = app.extensions["settings"].mail_dir
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    return folder


@pytest.fixture
def mail_server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a mail server."""
    set_server = dataclasses.replace(app.extensions["settings"], mail_host="smtp.example.org")
    monkeypatch.setitem(app.extensions, "settings", set_server)


def write(app: Flask, address: str = "ada@example.org") -> UUID:
    """Write the test mail, as a worker does; return its id."""
    mail_id, settings = uuid7(), app.extensions["settings"]
    rendered = render_mail(sample, Recipient(address), {}, settings)
    write_message(message_of(rendered, mail_id, settings), mail_id, settings.mail_dir)
    return mail_id


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
    def test_only_admins(self, app: Flask, client: FlaskClient, role: Role) -> None:
        headers = auth_headers(create_user(role=role))
        for path in ("/api/mail", f"/api/mail/{write(app)}"):
            assert client.get(path, headers=headers).status_code == 403
            assert client.get(path).status_code == 401


class TestListMail:
    def test_newest_first_in_pages(self, app: Flask, client: FlaskClient, admin: dict[str, str]) -> None:
        written = [str(write(app)) for _ in range(3)]
        response = client.get("/api/mail?per_page=2", headers=admin)
        assert [mail["id"] for mail in response.json] == [written[2], written[1]]
        assert response.headers["X-Total-Count"] == "3"
        assert [
            mail["id"] for mail in client.get("/api/mail?per_page=2&page=2", headers=admin).json
        ] == written[:1]

    def test_shows_what_a_list_needs(self, app: Flask, client: FlaskClient, admin: dict[str, str]) -> None:
        write(app, "grace@example.org")
        (mail,) = client.get("/api/mail", headers=admin).json
        assert mail.keys() == {"id", "template", "subject", "to", "written_at"}
        assert (mail["template"], mail["to"]) == ("test", "grace@example.org")

    def test_is_empty_before_the_first_mail(
        self, client: FlaskClient, admin: dict[str, str], mail_dir: Path
    ) -> None:
        mail_dir.rmdir()
        response = client.get("/api/mail", headers=admin)
        assert (response.json, response.headers["X-Total-Count"]) == ([], "0")

    def test_leaves_out_what_is_no_mail(
        self, app: Flask, client: FlaskClient, admin: dict[str, str], mail_dir: Path
    ) -> None:
        mail_id = write(app)
        (mail_dir / "notes.eml").write_text("Subject: notes\n\n")
        (mail_dir / f"{uuid7()}.eml").write_bytes(b"x" * (2 << 20))
        assert [mail["id"] for mail in client.get("/api/mail", headers=admin).json] == [str(mail_id)]

    @pytest.mark.usefixtures("mail_server")
    def test_says_that_a_server_has_the_mail(
        self, app: Flask, client: FlaskClient, admin: dict[str, str]
    ) -> None:
        for path in ("/api/mail", f"/api/mail/{write(app)}"):
            response = client.get(path, headers=admin)
            assert (response.status_code, response.json["code"]) == (409, "MAIL_NOT_STORED")


class TestGetMail:
    def test_has_headers_and_both_parts(self, app: Flask, client: FlaskClient, admin: dict[str, str]) -> None:
        response = client.get(f"/api/mail/{write(app)}", headers=admin)
        assert {"name": "To", "value": "ada@example.org"} in response.json["headers"]
        assert response.json["subject"] in response.json["text"] + response.json["html"]
        assert response.json["html"].startswith("<!DOCTYPE html>")

    def test_is_not_sent_again_to_whoever_has_it(
        self, app: Flask, client: FlaskClient, admin: dict[str, str]
    ) -> None:
        url = f"/api/mail/{write(app)}"
        etag = client.get(url, headers=admin).headers["ETag"]
        assert client.get(url, headers={**admin, "If-None-Match": etag}).status_code == 304

    @pytest.mark.parametrize(
        "name", [uuid4(), "..%2f..%2fkeys", "../keys", "nonsense", f"{uuid4()}.eml", f"{uuid4()}%00"]
    )
    def test_unknown(self, client: FlaskClient, admin: dict[str, str], name: object) -> None:
        assert client.get(f"/api/mail/{name}", headers=admin).status_code == 404

    def test_a_link_to_another_file_is_not_followed(
        self, client: FlaskClient, admin: dict[str, str], mail_dir: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("Subject: secret\n\n")
        mail_id = uuid7()
        (mail_dir / f"{mail_id}.eml").symlink_to(tmp_path / "secret")
        assert client.get(f"/api/mail/{mail_id}", headers=admin).status_code == 404
        assert client.get("/api/mail", headers=admin).json == []
