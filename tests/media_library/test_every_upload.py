"""What every form with a picture can meet, in the library and as an avatar: a clear answer, and nothing is left."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.config import settings
from service.core.storage import StorageUnavailable
from service.core.storage.local import LocalStorage
from service.core.uploads import files as upload_files
from service.core.uploads import receiving
from service.core.uploads.files import InsufficientStorage
from service.models.users import Role, User
from tests.accounts import auth_headers
from tests.factories import create_user
from tests.media_library.forms import form, jpeg, uploaded

UPLOADS = ("uploadMedia", "replaceMediaFile", "setAvatar")


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(role=Role.AUTHOR, username="ada")


@pytest.fixture
def headers(ada: User) -> dict[str, str]:
    return auth_headers(ada)


@pytest.fixture(params=UPLOADS)
def operation(
    request: pytest.FixtureRequest, client: FlaskClient, ada: User, headers: dict[str, str]
) -> tuple[str, str]:
    """Return method and path of an operation that takes a picture."""
    if request.param == "replaceMediaFile":
        return "POST", f"/api/media/{uploaded(client, headers)['id']}/file"
    return (
        ("POST", "/api/media") if request.param == "uploadMedia" else ("PUT", f"/api/users/{ada.id}/avatar")
    )


def send(client: FlaskClient, operation: tuple[str, str], headers: dict[str, str], data: bytes) -> Any:
    method, path = operation
    response = client.open(path, method=method, headers=headers, **form(data, "a.jpg"))
    assert list(settings().upload_dir.glob("*")) == []
    return response


class BrokenForm(io.RawIOBase):
    """A form whose connection stands still in the middle of its file."""

    def __init__(self) -> None:
        self.sent = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.sent:
            raise TimeoutError
        self.sent = True
        begun = form(jpeg(), "a.jpg")["data"][:200]
        buffer[: len(begun)] = begun
        return len(begun)


def test_a_connection_that_stands_still(
    client: FlaskClient, operation: tuple[str, str], headers: dict[str, str]
) -> None:
    environ = {
        "wsgi.input": BrokenForm(),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "multipart/form-data; boundary=part",
    }
    chunked = {**headers, "Transfer-Encoding": "chunked"}
    method, path = operation
    response = client.open(path, method=method, headers=chunked, environ_overrides=environ)
    assert (response.status_code, response.json["code"]) == (408, "REQUEST_TIMEOUT")
    assert list(settings().upload_dir.glob("*")) == []


def test_too_many_at_a_time(
    client: FlaskClient,
    operation: tuple[str, str],
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "_free", threading.Semaphore(0))
    refused = send(client, operation, headers, jpeg())
    assert (refused.status_code, refused.json["code"]) == (503, "TOO_MANY_UPLOADS")
    assert int(refused.headers["Retry-After"]) > 0


def test_a_full_disk(
    client: FlaskClient,
    operation: tuple[str, str],
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_file: Any, _data: Any) -> int:
        raise InsufficientStorage

    monkeypatch.setattr(upload_files.IncomingFile, "write", full)
    refused = send(client, operation, headers, jpeg())
    assert (refused.status_code, refused.json["code"]) == (507, "INSUFFICIENT_STORAGE")


def test_a_storage_that_is_gone(
    client: FlaskClient,
    operation: tuple[str, str],
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*_arguments: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(LocalStorage, "put", gone)
    refused = send(client, operation, headers, jpeg())
    assert (refused.status_code, refused.json["code"]) == (503, "STORAGE_UNAVAILABLE")


@pytest.mark.parametrize(("data", "code"), [(b"", "MEDIA_EMPTY"), (jpeg()[:60], "IMAGE_INVALID")])
def test_what_is_no_picture(
    client: FlaskClient, operation: tuple[str, str], headers: dict[str, str], data: bytes, code: str
) -> None:
    refused = send(client, operation, headers, data)
    assert (refused.status_code, refused.json["code"]) == (409, code)


def test_a_picture_above_the_limit(
    app: Flask,
    client: FlaskClient,
    operation: tuple[str, str],
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(settings(), media_max_bytes=10))
    refused = send(client, operation, headers, jpeg())
    assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_TOO_LARGE")
