"""The bucket: what others read in it and write to it, and what happens when it cannot be reached."""

from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from service.config import Settings
from service.core.storage import Storage, StorageUnavailable, s3
from service.core.storage.s3 import S3Storage
from service.core.uploads.files import InsufficientStorage
from tests.s3_server import KEY_ID, MAX_KEYS, SECRET, S3Server

NAME = f"{'0a' * 16}.png"
BUCKETS = count(1)
USES: dict[str, Callable[[Storage], object]] = {
    "put": lambda storage: storage.put(NAME, b"png", "image/png"),
    "stat": lambda storage: storage.stat(NAME),
    "read": lambda storage: storage.read(NAME),
    "delete": lambda storage: storage.delete(NAME),
    "names": lambda storage: list(storage.names()),
}


@pytest.fixture
def bucket_settings(s3_server: S3Server) -> Settings:
    return s3_server.settings(f"bucket-{next(BUCKETS)}", s3_prefix="blog/media")


def test_another_client_reads_what_is_written(s3_server: S3Server, bucket_settings: Settings) -> None:
    content = os.urandom(2 * s3.PART_BYTES + 1)
    S3Storage(bucket_settings).put(NAME, iter([content]), "image/png")
    found = s3_server.get(bucket_settings.s3_bucket, f"blog/media/{NAME}")
    assert found.content == content
    assert (found.headers["Content-Type"], found.headers["Cache-Control"]) == (
        "image/png",
        "public, max-age=31536000, immutable",
    )


def test_what_another_client_writes_is_read(s3_server: S3Server, bucket_settings: Settings) -> None:
    etag = s3_server.put(bucket_settings.s3_bucket, f"blog/media/{NAME}", b"png")
    storage = S3Storage(bucket_settings)
    reader = storage.read(NAME)
    assert reader is not None
    assert (reader.info.etag, reader.read_all()) == (etag, b"png")
    # What is no file of ours, or not in our folder, is not seen.
    for key in ("blog/media/notes.txt", f"blog/{NAME}", f"blog/media-2/{NAME}"):
        s3_server.put(bucket_settings.s3_bucket, key, b"x")
    assert [info.name for info in storage.names()] == [NAME]


def test_more_files_than_one_answer_lists_are_all_listed(
    s3_server: S3Server, bucket_settings: Settings
) -> None:
    names = {f"{number:032x}.png" for number in range(2 * MAX_KEYS + 1)}
    for name in names:
        s3_server.put(bucket_settings.s3_bucket, f"blog/media/{name}", b"x")
    storage = S3Storage(bucket_settings)
    assert {info.name for info in storage.names()} == names
    storage.delete(*names)
    assert list(storage.names()) == []


def test_an_interrupted_upload_leaves_no_parts(s3_server: S3Server, bucket_settings: Settings) -> None:
    def pieces() -> Iterator[bytes]:
        yield os.urandom(3 * s3.PART_BYTES)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        S3Storage(bucket_settings).put(NAME, pieces(), "image/png")
    assert s3_server.unfinished_uploads(bucket_settings.s3_bucket) == 0


def test_anybody_reads_under_a_temporary_url(bucket_settings: Settings) -> None:
    storage = S3Storage(bucket_settings)
    storage.put(NAME, b"png", "image/png")
    url = storage.temporary_url(NAME, 60)
    assert url is not None
    with urllib.request.urlopen(url) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"png", "image/png")
    assert SECRET not in url


@pytest.mark.parametrize("use", ["put", "read", "delete", "names"])
def test_a_bucket_that_does_not_exist_is_no_missing_file(s3_server: S3Server, use: str) -> None:
    settings = Settings(**s3_server.values("no-such-bucket"))
    with pytest.raises(StorageUnavailable):
        USES[use](S3Storage(settings))


@pytest.mark.parametrize("use", USES)
def test_a_server_that_is_gone_is_unavailable(bucket_settings: Settings, use: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(StorageUnavailable):
            USES[use](S3Storage(replace(bucket_settings, s3_endpoint_url=url)))


@pytest.mark.parametrize("use", USES)
def test_a_server_that_never_answers_is_given_up(
    bucket_settings: Settings, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    monkeypatch.setattr(s3, "READ_TIMEOUT_S", 0.1)
    monkeypatch.setattr(s3, "RETRY_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StorageUnavailable):
            USES[use](S3Storage(replace(bucket_settings, s3_endpoint_url=url)))


def test_a_full_service_is_told_as_such(
    bucket_settings: Settings, answering: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "RETRIES", 0)
    url = answering(
        b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    with pytest.raises(InsufficientStorage):
        S3Storage(replace(bucket_settings, s3_endpoint_url=url)).put(NAME, b"png", "image/png")


def test_an_answer_that_breaks_off_is_no_short_file(
    bucket_settings: Settings, answering: Callable[[bytes], str]
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nLast-Modified: Sun, 29 Nov 2026 00:00:00 GMT\r\n\r\n"
    url = answering(head + b"x" * 500)
    with pytest.raises(StorageUnavailable):
        S3Storage(replace(bucket_settings, s3_endpoint_url=url)).read(NAME)


def test_wrong_credentials_are_unavailable(
    bucket_settings: Settings, answering: Callable[[bytes], str]
) -> None:
    url = answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    with pytest.raises(StorageUnavailable):
        S3Storage(replace(bucket_settings, s3_endpoint_url=url)).read(NAME)


def test_credentials_come_from_the_environment_if_the_settings_have_none(
    s3_server: S3Server, bucket_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    storage = S3Storage(replace(bucket_settings, s3_access_key_id=None, s3_secret_access_key=None))
    url = storage.temporary_url(NAME, 60)
    assert url is not None
    assert "key-of-the-environment" in url
    own = S3Storage(bucket_settings).temporary_url(NAME, 60)
    assert own is not None
    assert KEY_ID in own


def test_a_process_that_was_forked_is_refused_and_does_not_hang(
    bucket_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = S3Storage(bucket_settings)
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    with pytest.raises(RuntimeError, match="fork"):
        storage.stat(NAME)


def test_a_local_copy_is_deleted_behind_its_use(bucket_settings: Settings) -> None:
    storage = S3Storage(bucket_settings)
    storage.put(NAME, b"png", "image/png")
    with storage.local_copy(NAME) as path:
        assert path.read_bytes() == b"png"
    assert not Path(path).exists()
