"""Exports of an account's own data: asked for, written by a job, downloaded, replaced and deleted."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import zipfile
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.config import settings
from service.core.database import database_now, transaction
from service.core.storage import open_storage
from service.exports import files
from service.importing import export_archive
from service.models.base import utcnow
from service.models.exports import Export
from service.models.media import Media
from service.models.posts import PostStatus
from service.models.sessions import Session
from service.models.users import Role, User
from tests.accounts import auth_headers, run_concurrently
from tests.conformance.passkey_seed import seeded_passkey
from tests.exports.test_routes import purge
from tests.factories import create_api_key, create_comment, create_post, create_user
from tests.importing.publication import png, show, uploaded
from tests.job_queue import JobQueue
from tests.job_runs import run_all, run_next

PATH = "/api/auth/me/export"
Headers = dict[str, str]


@pytest.fixture(autouse=True)
def empty_folder(app: Flask) -> None:
    shutil.rmtree(settings().export_dir, ignore_errors=True)


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(username="ada", email="ada@example.org", password_hash="secret-hash")


@pytest.fixture
def headers(ada: User) -> Headers:
    return auth_headers(ada)


def create(client: FlaskClient, headers: Headers) -> dict:
    response = client.post(PATH, headers=headers)
    assert response.status_code == 202, response.json
    assert response.headers["Location"] == f"/api/jobs/{response.json['job_id']}"
    return response.json


def content(client: FlaskClient, headers: Headers) -> dict[str, bytes]:
    response = client.get(f"{PATH}/archive", headers=headers)
    assert response.status_code == 200, response.json
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def stored() -> list[str]:
    folder = settings().export_dir
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", ""), ("delete", ""), ("get", "/archive")])
class TestWhoMay:
    def test_only_who_is_logged_in(self, client: FlaskClient, method: str, path: str) -> None:
        assert client.open(PATH + path, method=method).status_code == 401

    def test_no_api_key(self, client: FlaskClient, ada: User, method: str, path: str) -> None:
        _, key = create_api_key(ada, ["users:read", "exports:read"])
        answer = client.open(PATH + path, method=method, headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json["code"]) == (403, "API_KEY_NOT_ACCEPTED")

    def test_nobody_elses(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers, method: str, path: str
    ) -> None:
        create(client, headers)
        run_all(app, jobs)
        other = auth_headers(create_user(role=Role.ADMIN))
        answer = client.open(PATH + path, method=method, headers=other)
        assert answer.status_code == (202 if method == "post" else 404)
        assert content(client, headers)


class TestCreating:
    def test_is_written_by_a_job_and_downloaded(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        export = create(client, headers)
        assert (export["state"], export["size_bytes"]) == ("waiting", None)
        refused = client.get(f"{PATH}/archive", headers=headers)
        assert (refused.status_code, refused.json["code"]) == (409, "EXPORT_NOT_READY")

        run_all(app, jobs)
        shown = client.get(PATH, headers=headers)
        assert (shown.status_code, shown.json["state"]) == (200, "succeeded")
        again = client.get(PATH, headers={**headers, "If-None-Match": shown.headers["ETag"]})
        assert again.status_code == 304
        job = client.get(f"/api/jobs/{export['job_id']}", headers=headers).json
        assert job["result"] == {"posts": 0, "size_bytes": shown.json["size_bytes"]}

        response = client.get(f"{PATH}/archive", headers=headers)
        assert response.headers["Content-Type"] == "application/zip"
        name = f"account-{export['created_at'][:10]}.zip"
        assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert "private" in response.headers["Cache-Control"]
        assert hashlib.sha256(response.data).hexdigest() == shown.json["sha256"]

    def test_needs_a_step_up(self, client: FlaskClient, headers: Headers) -> None:
        with transaction() as session:
            session.execute(sa.update(Session).values(authenticated_at=utcnow() - timedelta(days=1)))
        answer = client.post(PATH, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "STEP_UP_REQUIRED")
        assert client.get(PATH, headers=headers).json["code"] == "NO_ACCOUNT_EXPORT"

    def test_joins_one_that_is_under_way(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        first = create(client, headers)
        assert create(client, headers)["id"] == first["id"]
        jobs.claim()
        assert create(client, headers)["id"] == first["id"]
        assert len(jobs.all_rows()) == 1

    def test_replaces_one_of_before(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        first = create(client, headers)
        run_all(app, jobs)
        second = create(client, headers)
        assert second["id"] != first["id"]
        run_all(app, jobs)
        assert stored() == [f"{second['id']}.zip"]

    def test_twice_at_once_is_one(self, app: Flask, jobs: JobQueue, headers: Headers) -> None:
        def call(client: FlaskClient, _number: int) -> int:
            return client.post(PATH, headers=headers).status_code

        assert run_concurrently(app, 4, call) == [202] * 4
        assert len(jobs.all_rows()) == 1

    def test_is_no_export_of_the_publication(self, client: FlaskClient, app: Flask, jobs: JobQueue) -> None:
        admin = auth_headers(create_user(role=Role.ADMIN))
        export = create(client, admin)
        run_all(app, jobs)
        assert client.get("/api/exports", headers=admin).json == []
        for method, path in (("get", ""), ("delete", ""), ("get", "/archive")):
            answer = client.open(f"/api/exports/{export['id']}{path}", method=method, headers=admin)
            assert answer.status_code == 404
        assert content(client, admin)


class TestContents:
    def test_account_has_no_secrets(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, ada: User, headers: Headers
    ) -> None:
        _, key = create_api_key(ada, ["posts:read"], name="Robot")
        with transaction() as session:
            session.add(seeded_passkey(str(uuid4()), ada.id))
        create(client, headers)
        run_all(app, jobs)
        found = content(client, headers)
        account = json.loads(found["account.json"])
        assert (account["username"], account["email"], account["role"]) == (
            "ada",
            "ada@example.org",
            "author",
        )
        assert account["created_at"].endswith("Z")
        (session,) = json.loads(found["sessions.json"])
        assert session["revoked_at"] is None
        (api_key,) = json.loads(found["api-keys.json"])
        assert (api_key["name"], api_key["scopes"]) == ("Robot", ["posts:read"])
        (passkey,) = json.loads(found["passkeys.json"])
        assert set(passkey) == {"id", "name", "is_backed_up", "created_at", "last_used_at"}
        assert passkey["name"] == "Laptop"
        everything = b"".join(found.values()).decode()
        assert "public-key" not in everything
        assert "secret-hash" not in everything
        assert key.split("_")[-1] not in everything

    def test_readme_names_every_file(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        create(client, headers)
        run_all(app, jobs)
        found = content(client, headers)
        readme = found.pop("README.txt").decode()
        assert all(name in readme for name in found)

    def test_posts_and_comments_of_the_account_alone(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, ada: User, headers: Headers
    ) -> None:
        bob = create_user(username="bob")
        image = uploaded(png())
        post = create_post(ada, title="A", slug="a", body=f"![x](/media/{image.name})")
        show(post, cover_id=image.id)
        create_post(ada, title="T", slug="t", trashed_at=utcnow())
        public = create_post(bob, title="B", slug="b", status=PostStatus.PUBLISHED)
        create_comment(public, ada, body="*mine*")
        create_comment(public, ada, body="gone", deleted_at=utcnow())
        create_comment(public, bob, body="his")
        create(client, headers)
        run_all(app, jobs)
        found = content(client, headers)
        assert {name for name in found if name.endswith(".md")} == {"posts/a.md", "posts/t.md"}
        (picture,) = (name for name in found if name.startswith("posts/images/"))
        assert picture.removeprefix("posts/") in found["posts/a.md"].decode()
        (comment,) = json.loads(found["comments.json"])
        assert (comment["body"], comment["post_id"]) == ("*mine*", str(public.id))

    def test_uploaded_files(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, ada: User, headers: Headers
    ) -> None:
        own, gone, foreign = uploaded(png(3)), uploaded(png(5)), uploaded(png(7))
        with transaction() as session:
            mine = sa.update(Media).where(Media.id.in_([own.id, gone.id]))
            session.execute(mine.values(uploader_id=ada.id))
        open_storage().delete(gone.name)
        create(client, headers)
        run_all(app, jobs)
        found = content(client, headers)
        assert {each["name"] for each in json.loads(found["files.json"])} == {own.name, gone.name}
        assert {name for name in found if name.startswith("files/")} == {f"files/{own.name}"}
        assert foreign.name not in found["files.json"].decode()


class TestFailures:
    def test_a_full_disk_is_told_and_the_next_attempt_succeeds(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        headers: Headers,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        export = create(client, headers)
        with monkeypatch.context() as patch:
            patch.setattr(export_archive.os, "fsync", full)
            assert run_next(app, jobs)
        told = client.get(PATH, headers=headers).json
        assert told["error"] == "The archive cannot be written: No space left on device."
        assert stored() == []
        jobs.make_due(UUID(export["job_id"]))
        run_all(app, jobs)
        assert client.get(PATH, headers=headers).json["state"] == "succeeded"

    def test_an_archive_that_has_vanished(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        export = create(client, headers)
        run_all(app, jobs)
        files.archive_path(export["id"]).unlink()
        answer = client.get(f"{PATH}/archive", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (404, "NO_ACCOUNT_EXPORT")

    def test_a_job_that_writes_for_a_deleted_export_writes_nothing(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        export = create(client, headers)
        with transaction() as session:
            session.execute(Export.__table__.delete())
        run_all(app, jobs)
        assert jobs.row(UUID(export["job_id"])).result == {"posts": 0, "size_bytes": 0}
        assert stored() == []


class TestDeletion:
    def test_deletes_the_archive_too(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        create(client, headers)
        run_all(app, jobs)
        assert client.delete(PATH, headers=headers).status_code == 204
        assert stored() == []
        assert client.delete(PATH, headers=headers).status_code == 404

    def test_cancels_what_is_under_way(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        create(client, headers)
        claimed = jobs.claim()
        assert client.delete(PATH, headers=headers).status_code == 204
        assert jobs.row(claimed.id).state == "cancelled"

    def test_expired_one_is_deleted_with_its_archive(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, headers: Headers
    ) -> None:
        create(client, headers)
        run_all(app, jobs)
        with transaction() as session:
            session.execute(sa.update(Export).values(expires_at=database_now(-1)))
        for path in settings().export_dir.iterdir():
            os.utime(path, (1_000_000_000, 1_000_000_000))
        purge(app)
        assert client.get(PATH, headers=headers).status_code == 404
        assert stored() == []

    def test_goes_with_the_account(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, ada: User, headers: Headers
    ) -> None:
        create(client, headers)
        with transaction() as session:
            session.execute(sa.delete(User).where(User.id == ada.id))
        with transaction() as session:
            assert session.scalar(sa.select(sa.func.count(Export.id))) == 0
