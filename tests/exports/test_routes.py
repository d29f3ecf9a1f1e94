"""Exports over the API: asked for, written by a job, downloaded, imported again, and deleted in the end."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from service.config import settings
from service.core.database import database_now, transaction
from service.core.jobs.queue import ClaimedJob
from service.core.jobs.running import RunningJob, running
from service.core.storage import open_storage
from service.exports import files
from service.exports.tasks import purge_expired
from service.extensions import db
from service.importing import export_archive
from service.importing.archives import Archive
from service.importing.exporting import export_tree
from service.importing.trees import read_tree
from service.models.exports import Export
from service.models.jobs import Job
from service.models.posts import PostStatus
from service.models.users import Role
from tests.accounts import auth_headers
from tests.conftest import empty_tables
from tests.factories import create_post, create_tag, create_user
from tests.importing.publication import imported_tree, png, publication, show, uploaded
from tests.job_queue import JobQueue
from tests.job_runs import run_all, run_next

THEN = datetime(2024, 2, 29, 12, 30, 5, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def empty_folder(app: Flask) -> None:
    shutil.rmtree(settings().export_dir, ignore_errors=True)


@pytest.fixture
def admin(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.ADMIN, username="root"))


@pytest.fixture
def posts(app: Flask) -> None:
    """A small publication with an image."""
    ann, tag = create_user(username="ann", email=None), create_tag("Ünïcode")
    image = uploaded(png())
    body = f"![x](/media/{image.name}) [b](/posts/b)"
    a = create_post(ann, [tag], title="A", slug="a", body=body, status=PostStatus.PUBLISHED, created_at=THEN)
    show(a, cover_id=image.id)
    create_post(ann, title="B", slug="b", created_at=THEN)
    create_post(ann, title="Gone", slug="gone", trashed_at=THEN)


def create(client: FlaskClient, admin: dict[str, str]) -> dict:
    response = client.post("/api/exports", headers=admin)
    assert response.status_code == 202, response.json
    assert response.headers["Location"] == f"/api/jobs/{response.json['job_id']}"
    return response.json


def shown(client: FlaskClient, admin: dict[str, str], export: dict) -> dict:
    response = client.get(f"/api/exports/{export['id']}", headers=admin)
    assert response.status_code == 200, response.json
    return response.json


def download(client: FlaskClient, admin: dict[str, str], export: dict, **headers: str):
    return client.get(f"/api/exports/{export['id']}/archive", headers={**admin, **headers})


class TestWhoMay:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("get", ""), ("post", ""), ("get", "/{id}"), ("delete", "/{id}"), ("get", "/{id}/archive")],
    )
    def test_only_admins(self, client: FlaskClient, admin: dict[str, str], method: str, path: str) -> None:
        url = "/api/exports" + path.format(id=create(client, admin)["id"])
        assert client.open(url, method=method).status_code == 401
        editor = auth_headers(create_user(role=Role.EDITOR))
        assert client.open(url, method=method, headers=editor).status_code == 403


class TestExport:
    def test_is_written_by_a_job_and_downloaded(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str], posts: None
    ) -> None:
        export = create(client, admin)
        assert (export["state"], export["posts"], export["created_by"]["username"]) == (
            "waiting",
            None,
            "root",
        )
        refused = download(client, admin, export)
        assert (refused.status_code, refused.json["code"]) == (409, "EXPORT_NOT_READY")

        run_all(app, jobs)
        export = shown(client, admin, export)
        assert (export["state"], export["posts"], export["images"]) == ("succeeded", 2, 1)
        job = client.get(f"/api/jobs/{export['job_id']}", headers=admin).json
        assert job["progress"] == {"done": 2, "total": 2, "message": "2 of 2 posts"}
        assert job["result"] == {"posts": 2, "images": 1, "size_bytes": export["size_bytes"]}

        response = download(client, admin, export)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/zip"
        assert response.headers["Content-Length"] == str(export["size_bytes"])
        name = f"posts-{export['created_at'][:10]}.zip"
        assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert "private" in response.headers["Cache-Control"]
        assert response.headers["ETag"] == f'"{export["sha256"]}"'
        assert hashlib.sha256(response.data).hexdigest() == export["sha256"]
        same = download(client, admin, export, **{"If-None-Match": response.headers["ETag"]})
        assert (same.status_code, same.data) == (304, b"")

    def test_has_the_files_of_the_command(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        admin: dict[str, str],
        posts: None,
        tmp_path: Path,
    ) -> None:
        export = create(client, admin)
        run_all(app, jobs)
        export_tree(tmp_path, open_storage())
        with zipfile.ZipFile(io.BytesIO(download(client, admin, export).data)) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        assert held == {
            str(path.relative_to(tmp_path)): path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file()
        }

    def test_imported_it_is_the_same_publication(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        admin: dict[str, str],
        posts: None,
        tmp_path: Path,
    ) -> None:
        export = create(client, admin)
        run_all(app, jobs)
        path = tmp_path / "posts.zip"
        path.write_bytes(download(client, admin, export).data)
        before = {slug: facts for slug, facts in publication().items() if slug != "gone"}
        empty_tables()
        with Archive(path) as archive:
            report = imported_tree(read_tree(archive))
        assert (report.problems, report.notes, len(report.created)) == ([], [], 2)
        assert publication() == before

    def test_of_nothing(self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]) -> None:
        export = create(client, admin)
        run_all(app, jobs)
        assert shown(client, admin, export)["posts"] == 0
        with zipfile.ZipFile(io.BytesIO(download(client, admin, export).data)) as archive:
            assert archive.namelist() == []

    def test_newest_first(self, client: FlaskClient, admin: dict[str, str]) -> None:
        first, second = create(client, admin), create(client, admin)
        response = client.get("/api/exports?per_page=1", headers=admin)
        assert ([each["id"] for each in response.json], response.headers["X-Total-Count"]) == (
            [second["id"]],
            "2",
        )
        again = client.get("/api/exports?page=2&per_page=1", headers=admin)
        assert [each["id"] for each in again.json] == [first["id"]]

    def test_what_is_not_there(self, client: FlaskClient, admin: dict[str, str]) -> None:
        for method, path in [("get", ""), ("delete", ""), ("get", "/archive")]:
            response = client.open(f"/api/exports/{uuid4()}{path}", method=method, headers=admin)
            assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")

    def test_bad_parameters(self, client: FlaskClient, admin: dict[str, str]) -> None:
        export = create(client, admin)
        for method, path in [("get", "?page=0"), ("post", "?x=1"), ("get", f"/{export['id']}?x=1")]:
            assert client.open(f"/api/exports{path}", method=method, headers=admin).status_code == 400

    def test_is_not_sent_again_unchanged(self, client: FlaskClient, admin: dict[str, str]) -> None:
        url = f"/api/exports/{create(client, admin)['id']}"
        etag = client.get(url, headers=admin).headers["ETag"]
        assert client.get(url, headers={**admin, "If-None-Match": etag}).status_code == 304


class TestFailures:
    def test_a_full_disk_is_told_and_the_next_attempt_succeeds(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        admin: dict[str, str],
        posts: None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        export = create(client, admin)
        with monkeypatch.context() as patch:
            patch.setattr(export_archive.os, "fsync", full)
            assert run_next(app, jobs)
        told = shown(client, admin, export)
        assert (told["state"], told["error"]) == (
            "waiting",
            "The archive cannot be written: No space left on device.",
        )
        assert [*settings().export_dir.iterdir()] == []
        jobs.make_due(UUID(export["job_id"]))
        run_all(app, jobs)
        told = shown(client, admin, export)
        assert (told["state"], told["error"]) == ("succeeded", None)

    def test_an_archive_that_has_vanished(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        export = create(client, admin)
        run_all(app, jobs)
        files.archive_path(export["id"]).unlink()
        response = download(client, admin, export)
        assert (response.status_code, "no longer there" in response.json["detail"]) == (404, True)

    def test_a_cancelled_export_stays_so_when_its_job_is_gone(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        export = create(client, admin)
        client.post(f"/api/jobs/{export['job_id']}/cancel", headers=admin)
        assert shown(client, admin, export)["state"] == "cancelled"
        purge(app)
        empty_jobs()
        assert shown(client, admin, export)["state"] == "cancelled"
        assert download(client, admin, export).status_code == 409


class TestDeletion:
    def test_deletes_the_archive_too(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        export = create(client, admin)
        run_all(app, jobs)
        assert client.delete(f"/api/exports/{export['id']}", headers=admin).status_code == 204
        assert [*settings().export_dir.iterdir()] == []
        assert download(client, admin, export).status_code == 404

    def test_cancels_what_is_under_way(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        export = create(client, admin)
        claimed = jobs.claim()
        client.delete(f"/api/exports/{export['id']}", headers=admin)
        assert jobs.row(claimed.id).state == "cancelled"

    def test_a_job_that_writes_for_a_deleted_export_writes_nothing(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        export = create(client, admin)
        with transaction() as session:
            session.execute(Export.__table__.delete())
        run_all(app, jobs)
        assert jobs.row(UUID(export["job_id"])).result == {"posts": 0, "images": 0, "size_bytes": 0}
        assert not settings().export_dir.is_dir() or [*settings().export_dir.iterdir()] == []

    def test_expired_ones_are_deleted_with_their_archives(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        old, new = create(client, admin), create(client, admin)
        run_all(app, jobs)
        with transaction() as session:
            session.execute(
                update(Export).where(Export.id == UUID(old["id"])).values(expires_at=database_now(-1))
            )
        long_ago = 1_000_000_000
        stray, foreign = (settings().export_dir / name for name in (f"{uuid4()}.zip.part", "notes.txt"))
        for path in (stray, foreign):
            path.write_bytes(b"")
        for path in settings().export_dir.iterdir():
            os.utime(path, (long_ago, long_ago))
        purge(app)
        assert [each["id"] for each in client.get("/api/exports", headers=admin).json] == [new["id"]]
        # A file that is none of ours stays.
        assert {path.name for path in settings().export_dir.iterdir()} == {f"{new['id']}.zip", "notes.txt"}

    def test_a_file_that_is_being_written_stays(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        draft = settings().export_dir / f"{uuid4()}.zip.part"
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(b"")
        purge(app)
        assert draft.exists()


def purge(app: Flask) -> None:
    """Run the periodic task until there is nothing more to do."""
    claimed = ClaimedJob(uuid4(), purge_expired.name, {}, 1, uuid4())
    more = True
    while more:
        with transaction(), running(RunningJob(claimed)):
            more = bool(purge_expired.run())
    db.session.remove()


def empty_jobs() -> None:
    with transaction() as session:
        session.execute(Job.__table__.delete())
