"""Uploads: what is accepted, what is refused and why, and that a refused file leaves nothing behind."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.config import settings
from service.core.storage import StorageUnavailable, open_storage
from service.core.storage.local import LocalStorage
from service.core.uploads.files import InsufficientStorage
from service.extensions import db
from service.media import files
from service.media.document_types import DOCUMENT_TYPES
from service.models.jobs import Job
from service.models.media import Media
from service.models.users import Role, User
from tests.accounts import auth_headers
from tests.emitted_events import EmittedEvents
from tests.factories import create_user
from tests.image_files import FORMATS, GPS_TEXT, animation, claiming, encoded, exif, picture, turned
from tests.media_library.forms import form, jpeg, send, uploaded

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ZIP = b"PK\x03\x04" + bytes(60)


def container(media_type: str) -> bytes:
    return b"PK\x03\x04" + bytes(26) + b"mimetype" + media_type.encode() + bytes(20)


DOCUMENTS = {
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "txt": "Grüße\n".encode(),
    "csv": b"a,b\r\n1,2\r\n",
    "zip": ZIP,
    "docx": ZIP,
    "xlsx": ZIP,
    "pptx": ZIP,
    "odt": container("application/vnd.oasis.opendocument.text"),
    "ods": container("application/vnd.oasis.opendocument.spreadsheet"),
    "epub": container("application/epub+zip"),
    "mp3": b"ID3\x04" + bytes(20),
    "mp4": b"\x00\x00\x00\x18ftypisom" + bytes(20),
}


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(role=Role.AUTHOR, username="ada")


@pytest.fixture
def headers(ada: User) -> dict[str, str]:
    return auth_headers(ada)


@pytest.fixture(autouse=True)
def nothing_stored(app: Flask) -> None:
    storage = open_storage()
    storage.delete(*[file.name for file in storage.names()])


def stored() -> list[str]:
    return sorted(file.name for file in open_storage().names())


def received() -> list[str]:
    folder = settings().upload_dir
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def rows() -> int:
    with db.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(Media)) or 0


def render_jobs() -> list[dict[str, str]]:
    with db.engine.connect() as connection:
        return list(connection.scalars(sa.select(Job.payload).where(Job.task == "media.render")))


class TestWhoMay:
    def test_readers_and_strangers_may_not(self, client: FlaskClient) -> None:
        reader = auth_headers(create_user(role=Role.READER))
        assert send(client, {}, jpeg(), "a.jpg").status_code == 401
        assert send(client, reader, jpeg(), "a.jpg").status_code == 403
        assert (stored(), rows(), received()) == ([], 0, [])

    def test_whoever_is_deleted_meanwhile_may_not(
        self, client: FlaskClient, ada: User, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def delete_account(*arguments: Any) -> Any:
            with db.engine.begin() as connection:
                connection.execute(sa.delete(User).where(User.id == ada.id))
            return store(*arguments)

        store = files.store_file
        monkeypatch.setattr("service.media_library.actions.store_file", delete_account)
        assert send(client, headers, jpeg(), "a.jpg").status_code == 401
        assert rows() == 0


class TestImages:
    @pytest.mark.parametrize("kind", FORMATS)
    def test_types_are_accepted_by_content(
        self, client: FlaskClient, headers: dict[str, str], kind: str
    ) -> None:
        data = encoded(picture(32, 24), kind)
        response = send(client, headers, data, "whatever")
        media = response.json
        assert response.status_code == 201
        assert response.headers["Location"] == f"/api/media/{media['id']}"
        assert media["media_type"] == f"image/{kind.lower()}"
        assert (media["kind"], media["width"], media["height"]) == ("image", 32, 24)
        assert (media["state"], media["sources"], media["placeholder"]) == ("processing", [], None)
        [name] = stored()
        assert media["url"] == f"/media/{name}"
        assert received() == []

    def test_texts_and_uploader_are_kept(
        self, client: FlaskClient, ada: User, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers, alt_text="A loom", caption="Of 1804", credit="Me")
        assert (media["alt_text"], media["caption"], media["credit"]) == ("A loom", "Of 1804", "Me")
        assert media["file_name"] == "loom.jpg"
        assert media["uploader"] == {
            "id": ada.id,
            "username": "ada",
            "display_name": ada.display_name,
        }

    def test_size_is_that_as_displayed(self, client: FlaskClient, headers: dict[str, str]) -> None:
        media = send(client, headers, turned(6, size=(64, 48)), "a.jpg").json
        assert (media["width"], media["height"]) == (64, 48)

    def test_animation_is_one(self, client: FlaskClient, headers: dict[str, str]) -> None:
        assert send(client, headers, animation("GIF"), "a.gif").json["is_animated"] is True

    def test_position_is_never_stored(self, client: FlaskClient, headers: dict[str, str]) -> None:
        data = encoded(picture(), "JPEG", exif=exif(located=True))
        assert GPS_TEXT in data
        media = send(client, headers, data, "a.jpg").json
        reader = open_storage().read(media["url"].removeprefix("/media/"))
        assert reader is not None
        content = reader.read_all()
        assert GPS_TEXT not in content
        assert media["size_bytes"] == len(content)

    def test_the_same_file_twice_is_two(self, client: FlaskClient, headers: dict[str, str]) -> None:
        first, second = uploaded(client, headers), uploaded(client, headers)
        assert first["url"] != second["url"]
        assert len(stored()) == 2

    def test_a_job_renders_it(
        self, client: FlaskClient, headers: dict[str, str], events: EmittedEvents
    ) -> None:
        media = uploaded(client, headers)
        assert render_jobs() == [{"media_id": media["id"]}]
        assert events.take() == [("media.created", {"media_id": media["id"]})]

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../etc/passwd.jpg", "passwd.jpg"),
            (r"C:\\temp\\photo.jpg", "photo.jpg"),
            ("a\u202egpj.exe", "agpj.exe"),
            ("\u0007.jpg", ".jpg"),
            ("x" * 4_000 + ".jpg", "x" * 255),
            (" ", "file"),
        ],
    )
    def test_names_are_texts_of_one_line(
        self, client: FlaskClient, headers: dict[str, str], name: str, shown: str
    ) -> None:
        assert uploaded(client, headers, name)["file_name"] == shown


class TestDocuments:
    def test_every_type_has_a_sample(self) -> None:
        assert set(DOCUMENTS) == set(DOCUMENT_TYPES.values())

    @pytest.mark.parametrize(("ending", "media_type"), [(e, t) for t, e in DOCUMENT_TYPES.items()])
    def test_types_are_accepted(
        self, client: FlaskClient, headers: dict[str, str], ending: str, media_type: str
    ) -> None:
        response = send(client, headers, DOCUMENTS[ending], f"Paper.{ending.upper()}")
        media = response.json
        assert response.status_code == 201
        assert (media["kind"], media["media_type"], media["state"]) == ("document", media_type, "ready")
        assert (media["width"], media["height"], media["crops"]) == (
            None,
            None,
            {"square": None, "card": None},
        )
        assert stored() == [media["url"].removeprefix("/media/")]
        assert stored()[0].endswith(f".{ending}")
        assert render_jobs() == []

    @pytest.mark.parametrize("ending", DOCUMENTS)
    def test_other_content_is_refused(
        self, client: FlaskClient, headers: dict[str, str], ending: str
    ) -> None:
        response = send(client, headers, b"MZ\x90\x00" + bytes(200), f"setup.{ending}")
        assert (response.status_code, response.json["code"]) == (409, "MEDIA_TYPE_REFUSED")
        assert f".{ending}" in response.json["detail"]

    def test_setting_decides(
        self, app: Flask, client: FlaskClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.extensions, "settings", replace(settings(), media_document_types=("csv",)))
        assert send(client, headers, DOCUMENTS["csv"], "a.csv").status_code == 201
        response = send(client, headers, DOCUMENTS["pdf"], "a.pdf")
        assert response.json["detail"] == "Files of the type .pdf are not accepted here."


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "name", "code", "words"),
        [
            (b"", "a.jpg", "MEDIA_EMPTY", "empty"),
            (SVG, "a.svg", "MEDIA_TYPE_REFUSED", "SVG"),
            (SVG, "a.png", "MEDIA_TYPE_REFUSED", "SVG"),
            (b"<html><script>alert(1)</script>", "a.jpg", "MEDIA_TYPE_REFUSED", "no image"),
            (b"<html><script>alert(1)</script>", "a.html", "MEDIA_TYPE_REFUSED", "not of an accepted type"),
            (b"GIF89a", "a.gif", "IMAGE_INVALID", ""),
            (encoded(picture(), "PNG")[:40], "a.png", "IMAGE_INVALID", ""),
            (claiming("PNG", 10_000, 10_000), "a.png", "IMAGE_INVALID", "pixels"),
            (encoded(picture(), "PNG"), "a.pdf", "MEDIA_TYPE_REFUSED", "is an image"),
            (b"text\x00with NUL", "a.txt", "MEDIA_TYPE_REFUSED", "something else"),
            (b"\xff\xfe not UTF-8", "a.csv", "MEDIA_TYPE_REFUSED", "something else"),
        ],
    )
    def test_reason_is_told_and_nothing_is_left(
        self,
        client: FlaskClient,
        headers: dict[str, str],
        data: bytes,
        name: str,
        code: str,
        words: str,
    ) -> None:
        response = send(client, headers, data, name)
        assert (response.status_code, response.json["code"]) == (409, code)
        assert words in response.json["detail"]
        assert (stored(), rows(), received()) == ([], 0, [])

    def test_a_form_without_a_file(self, client: FlaskClient, headers: dict[str, str]) -> None:
        body = b'--part\r\nContent-Disposition: form-data; name="alt_text"\r\n\r\nx\r\n--part--\r\n'
        content_type = "multipart/form-data; boundary=part"
        response = client.post("/api/media", headers=headers, data=body, content_type=content_type)
        assert response.status_code == 400

    def test_a_text_that_is_too_long(self, client: FlaskClient, headers: dict[str, str]) -> None:
        response = send(client, headers, jpeg(), "a.jpg", alt_text="x" * 1_001)
        assert response.status_code == 400
        assert (stored(), received()) == ([], [])

    def test_a_file_above_the_limit(
        self, app: Flask, client: FlaskClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.extensions, "settings", replace(settings(), media_max_bytes=1_024))
        response = send(client, headers, jpeg() + bytes(1_024), "a.jpg")
        assert (response.status_code, response.json["code"]) == (409, "MEDIA_TOO_LARGE")
        assert (stored(), received()) == ([], [])

    def test_a_body_above_the_limit_is_not_read(self, client: FlaskClient, headers: dict[str, str]) -> None:
        # Announced alone: the limit of the setting counts, not the larger one of the document.
        length = settings().media_max_bytes + 64 * 1024 + 1
        sent = form(jpeg(), "a.jpg")
        response = client.post(
            "/api/media", headers=headers, environ_overrides={"CONTENT_LENGTH": str(length)}, **sent
        )
        assert response.status_code == 413
        assert received() == []

    def test_a_connection_that_is_cut(self, client: FlaskClient, headers: dict[str, str]) -> None:
        sent = form(jpeg(), "a.jpg")
        whole = len(sent["data"])
        response = client.post(
            "/api/media",
            headers=headers,
            data=sent["data"][: whole // 2],
            content_type=sent["content_type"],
            environ_overrides={"CONTENT_LENGTH": str(whole)},
        )
        assert response.status_code == 400
        assert (stored(), rows(), received()) == ([], 0, [])


class TestStorage:
    @pytest.mark.parametrize(("error", "status"), [(InsufficientStorage, 507), (StorageUnavailable, 503)])
    def test_a_file_that_cannot_be_stored(
        self,
        client: FlaskClient,
        headers: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
        error: type[Exception],
        status: int,
    ) -> None:
        def fail(*_arguments: object) -> None:
            raise error

        monkeypatch.setattr(LocalStorage, "put", fail)
        assert send(client, headers, jpeg(), "a.jpg").status_code == status
        assert (rows(), received()) == (0, [])

    def test_a_disk_that_is_full_while_metadata_are_removed(
        self, client: FlaskClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_arguments: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(files, "remove_metadata", fail)
        assert send(client, headers, jpeg(), "a.jpg").status_code == 507
        assert (stored(), rows(), received()) == ([], 0, [])
