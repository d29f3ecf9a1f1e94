"""Files are served to whom they are for, whole or in part, and nothing of them runs in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.config import settings
from service.core.storage import Storage, open_storage, store_image
from service.core.storage.media_types import IMAGE_TYPES
from service.extensions import db
from service.media.document_types import DOCUMENT_TYPES
from service.media.serving import serve_file
from service.models.media import Media, MediaKind
from service.models.posts import PostStatus
from service.models.users import Role
from tests.accounts import auth_headers, create_account
from tests.core.storage.images import IMAGES
from tests.factories import create_post
from tests.media.stored import CONTENT, stored_media, stored_rendition, use_in_body
from tests.s3_server import S3Server

PUBLIC = "public, max-age=31536000, immutable"
PRIVATE = "private, no-store"
ALL_TYPES = {**{media_type: ending for ending, media_type in IMAGE_TYPES.items()}, **DOCUMENT_TYPES}
BUCKETS = count(1)


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Let the application use each kind of storage."""
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3_server")
        given = server.values_of_new_bucket(f"serving-{next(BUCKETS)}")
        monkeypatch.setitem(app.extensions, "settings", replace(settings(), **given))
    return open_storage()


def public_media(**given: Any) -> Media:
    media = stored_media(**given)
    use_in_body(media, create_post(status=PostStatus.PUBLISHED))
    return media


def get(client: FlaskClient, name: str, **headers: str) -> TestResponse:
    return client.get(
        f"/media/{name}", headers={key.replace("_", "-"): value for key, value in headers.items()}
    )


class TestWhoMay:
    def test_a_file_of_a_published_post_is_for_everybody_and_cached(self, client: FlaskClient) -> None:
        media = public_media()
        for name in (media.name, stored_rendition(media).name):
            answer = get(client, name)
            assert (answer.status_code, answer.data) == (200, CONTENT)
            assert answer.headers["Cache-Control"] == PUBLIC
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

    def test_a_file_of_a_draft_is_for_those_who_may_see_it(self, client: FlaskClient) -> None:
        uploader, editor = create_account(), create_account(role=Role.EDITOR)
        author, stranger = create_account(), create_account()
        media = stored_media(uploader)
        use_in_body(media, create_post(author))
        for name in (media.name, stored_rendition(media).name):
            for reader in (uploader, editor, author):
                answer = client.get(f"/media/{name}", headers=auth_headers(reader))
                assert (answer.status_code, answer.data) == (200, CONTENT)
                assert answer.headers["Cache-Control"] == PRIVATE
                assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            for headers in (auth_headers(stranger), {}):
                answer = client.get(f"/media/{name}", headers=headers)
                assert answer.status_code == 404
                assert answer.headers["Cache-Control"] == "no-store"
                assert client.head(f"/media/{name}", headers=headers).status_code == 404

    def test_a_bad_token_is_refused(self, client: FlaskClient) -> None:
        assert get(client, public_media().name, Authorization="Bearer x").status_code == 401

    def test_an_image_of_an_earlier_version_is_public_without_a_row(self, client: FlaskClient) -> None:
        for media_type, content in IMAGES.items():
            stored = store_image(open_storage(), content)
            answer = get(client, stored.name)
            assert (answer.status_code, answer.content_type, answer.data) == (200, media_type, content)
            assert answer.headers["Cache-Control"] == PUBLIC

    def test_one_that_has_a_row_is_for_whom_the_row_is(self, client: FlaskClient) -> None:
        stored = store_image(open_storage(), IMAGES["image/png"])
        stored_media(name=stored.name, content=IMAGES["image/png"])
        assert get(client, stored.name).status_code == 404

    @pytest.mark.parametrize(
        "name", [f"{'0a' * 16}.png", f"{'0a' * 16}-320.webp", f"{'0a' * 32}-320.webp", f"{'0a' * 32}.pdf"]
    )
    def test_a_file_without_a_row_is_not_found(self, client: FlaskClient, name: str) -> None:
        open_storage().put(name, CONTENT, "image/png")
        assert get(client, name).status_code == 404

    def test_a_rendition_that_does_not_exist_is_not_found(self, client: FlaskClient) -> None:
        stem = public_media().name.partition(".")[0]
        assert get(client, f"{stem}-640.webp").status_code == 404

    def test_one_statement_decides(self, client: FlaskClient) -> None:
        media = public_media()
        statements: list[str] = []

        def listener(*event: Any) -> None:
            statements.append(event[2])

        sa.event.listen(db.engine, "before_cursor_execute", listener)
        try:
            assert get(client, media.name).status_code == 200
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert len(statements) == 1


class TestContent:
    @pytest.mark.parametrize("media_type", ALL_TYPES)
    def test_every_type_is_served_as_what_it_is_and_runs_nothing(
        self, client: FlaskClient, media_type: str
    ) -> None:
        media = public_media(media_type=media_type, ending=ALL_TYPES[media_type], file_name="a b.x")
        charset = "; charset=utf-8" if media_type.startswith("text/") else ""
        for status, headers in ((200, {}), (206, {"Range": "bytes=0-9"})):
            answer = get(client, media.name, **headers)
            assert (answer.status_code, answer.content_type) == (status, media_type + charset)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            shown = "inline" if media_type.startswith("image/") else "attachment"
            assert answer.headers["Content-Disposition"] == f'{shown}; filename="a b.{ALL_TYPES[media_type]}"'

    @pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/xhtml+xml"])
    def test_what_could_run_is_never_shown(self, app: Flask, media_type: str) -> None:
        # None is taken; not even a row that says so shows one.
        media = public_media(media_type=media_type, kind=MediaKind.IMAGE)
        with app.test_request_context(f"/media/{media.name}"):
            answer = serve_file(media.name, None)
            answer.close()
        assert answer.headers["Content-Disposition"].startswith("attachment;")

    @pytest.mark.parametrize(
        ("file_name", "disposition"),
        [
            ('say "hi".pdf', r'attachment; filename="say \"hi\".pdf"'),
            ("Grüße.pdf", "attachment; filename=Grue.pdf; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf"),
            ("写真.pdf", "attachment; filename=file.pdf; filename*=UTF-8''%E5%86%99%E7%9C%9F.pdf"),
            ("x" * 255, f"attachment; filename={'x' * 255}.pdf"),
            ("report.exe", "attachment; filename=report.pdf"),
        ],
    )
    def test_a_download_has_the_name_that_the_client_gave(
        self, client: FlaskClient, file_name: str, disposition: str
    ) -> None:
        media = public_media(media_type="application/pdf", ending="pdf", file_name=file_name)
        assert get(client, media.name).headers["Content-Disposition"] == disposition

    def test_head_tells_the_same_without_the_bytes(self, client: FlaskClient, storage: Storage) -> None:
        del storage
        media = public_media()
        whole, head = get(client, media.name), client.head(f"/media/{media.name}")
        assert head.data == b""
        for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Accept-Ranges"):
            assert head.headers[name] == whole.headers[name], name
        assert head.headers["Content-Length"] == str(len(CONTENT))
        assert client.head(f"/media/{'0' * 64}.png").status_code == 404


class TestConditions:
    def test_what_the_client_has_is_not_sent_again(self, client: FlaskClient, storage: Storage) -> None:
        del storage
        media = public_media()
        etag = get(client, media.name).headers["ETag"]
        assert not etag.startswith("W/")
        for sent in (etag, f'"x", {etag}', f"W/{etag}", "*"):
            answer = get(client, media.name, If_None_Match=sent)
            assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
            assert answer.headers["Cache-Control"] == PUBLIC
        assert get(client, media.name, If_None_Match='"x"').status_code == 200

    def test_one_who_may_not_see_it_is_not_told_that_it_is_unchanged(self, client: FlaskClient) -> None:
        uploader = create_account()
        media = stored_media(uploader)
        etag = client.get(f"/media/{media.name}", headers=auth_headers(uploader)).headers["ETag"]
        assert get(client, media.name, If_None_Match=etag).status_code == 404


class TestRanges:
    @pytest.mark.parametrize(
        ("asked", "part"),
        [
            ("bytes=0-0", (0, 1)),
            ("bytes=10-19", (10, 20)),
            ("bytes=1000-", (1000, 1024)),
            ("bytes=1000-9999", (1000, 1024)),
            ("bytes=-24", (1000, 1024)),
            ("bytes=-5000", (0, 1024)),
        ],
    )
    def test_one_is_answered_with_its_bytes(
        self, client: FlaskClient, storage: Storage, asked: str, part: tuple[int, int]
    ) -> None:
        del storage
        answer = get(client, public_media().name, Range=asked)
        assert (answer.status_code, answer.data) == (206, CONTENT[slice(*part)])
        assert answer.headers["Content-Range"] == f"bytes {part[0]}-{part[1] - 1}/1024"
        assert answer.headers["Content-Length"] == str(part[1] - part[0])

    @pytest.mark.parametrize(
        "asked",
        [
            "bytes=0-1, 5-9",
            "lines=0-1",
            "bytes=",
            "bytes=5-1",
            "bytes=a-b",
            "bytes 0-1",
            "0-1",
            "bytes=0-1,",
            "bytes=-0",
            "-",
        ],
    )
    def test_what_is_no_single_range_of_bytes_is_ignored(self, client: FlaskClient, asked: str) -> None:
        answer = get(client, public_media().name, Range=asked)
        assert (answer.status_code, answer.data) == (200, CONTENT)

    @pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000"])
    def test_one_behind_the_end_is_refused_with_the_size(
        self, client: FlaskClient, storage: Storage, asked: str
    ) -> None:
        del storage
        answer = get(client, public_media().name, Range=asked)
        assert (answer.status_code, answer.get_json()["code"]) == (416, "RANGE_NOT_SATISFIABLE")
        assert answer.headers["Content-Range"] == "bytes */1024"

    def test_if_range_sends_everything_of_other_bytes(self, client: FlaskClient) -> None:
        name = public_media().name
        etag = get(client, name).headers["ETag"]
        assert get(client, name, Range="bytes=0-1", If_Range=etag).status_code == 206
        for other in ('"x"', f"W/{etag}", "Sun, 29 Nov 2026 00:00:00 GMT", etag.strip('"')):
            answer = get(client, name, Range="bytes=0-1", If_Range=other)
            assert (answer.status_code, answer.data) == (200, CONTENT)

    def test_an_empty_file_has_none(self, client: FlaskClient, storage: Storage) -> None:
        del storage
        name = public_media(content=b"").name
        assert (get(client, name).status_code, get(client, name).data) == (200, b"")
        assert get(client, name, Range="bytes=0-").headers["Content-Range"] == "bytes */0"


class TestStorage:
    def test_a_row_without_a_file_is_not_found(self, client: FlaskClient, storage: Storage) -> None:
        media = public_media()
        storage.delete(media.name)
        assert get(client, media.name).status_code == 404
        assert get(client, media.name, Range="bytes=0-1").status_code == 404

    @pytest.fixture
    def gone(self, app: Flask) -> Iterator[Media]:
        media = public_media()
        folder = settings().media_dir
        moved = folder.rename(folder.with_name("not-mounted"))
        yield media
        shutil.rmtree(folder, ignore_errors=True)
        Path(moved).rename(folder)

    def test_a_storage_that_is_gone_is_unavailable(self, client: FlaskClient, gone: Media) -> None:
        for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
            answer = client.get(f"/media/{gone.name}", headers=headers)
            assert (answer.status_code, answer.get_json()["code"]) == (503, "STORAGE_UNAVAILABLE")
            assert answer.headers["Retry-After"]

    def test_a_bucket_that_is_gone_is_unavailable(
        self, client: FlaskClient, app: Flask, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        media = public_media()
        other = {**s3_server.values("none"), "s3_endpoint_url": "http://127.0.0.1:1"}
        monkeypatch.setitem(app.extensions, "settings", replace(settings(), **other))
        assert get(client, media.name).get_json()["code"] == "STORAGE_UNAVAILABLE"


class TestRedirects:
    @pytest.fixture
    def redirecting(self, app: Flask, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
        given = s3_server.values_of_new_bucket(f"serving-{next(BUCKETS)}")
        monkeypatch.setitem(app.extensions, "settings", replace(settings(), s3_reads="redirect", **given))

    def test_a_public_image_is_read_from_the_bucket(
        self, client: FlaskClient, redirecting: None, s3_server: S3Server
    ) -> None:
        answer = get(client, public_media().name)
        assert (answer.status_code, answer.data) == (307, b"")
        assert answer.headers["Cache-Control"] == "public, max-age=1800"
        assert s3_server.read_url(answer.headers["Location"]) == CONTENT

    def test_everything_else_is_not(self, client: FlaskClient, redirecting: None) -> None:
        uploader = create_account()
        private, document = stored_media(uploader), public_media(media_type="application/pdf", ending="pdf")
        answer = client.get(f"/media/{private.name}", headers=auth_headers(uploader))
        assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, CONTENT, PRIVATE)
        assert get(client, document.name).data == CONTENT
        assert get(client, store_image(open_storage(), IMAGES["image/png"]).name).status_code == 200
