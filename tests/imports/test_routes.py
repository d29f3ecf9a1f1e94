"""Imports over the API: uploaded, done batch by batch, cancelled, resumed, reported, and deleted in the end."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from service.config import settings
from service.core.database import database_now, transaction
from service.core.jobs.queue import ClaimedJob
from service.core.jobs.runner import look_after_jobs, run_attempt
from service.core.jobs.running import RunningJob, running
from service.core.uploads import files as upload_files
from service.core.uploads import receiving, sweeping
from service.extensions import db
from service.importing import batch_writer
from service.imports import batches
from service.imports.tasks import purge_expired
from service.models.imports import Import, ImportItem
from service.models.jobs import Job
from service.models.media import Media, MediaUse
from service.models.posts import Post
from service.models.users import Role, User
from tests.accounts import auth_headers
from tests.conftest import empty_tables, on_postgresql
from tests.emitted_events import EmittedEvents
from tests.factories import create_user
from tests.gone_database import gone_database
from tests.importing.publication import at, imported, media_names, png, post, publication, write
from tests.importing.zips import patched, zipped
from tests.job_queue import JobQueue
from tests.job_runs import run_all, run_next

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/rust-blog/content"
SITE: dict[str, str | bytes] = {
    "blog/zola.toml": 'base_url = "https://old.example"\n',
    "blog/content/_index.md": '+++\ntitle = "All"\n+++\n',
    "blog/content/a/index.md": post(
        "A", "![x](p.png) [b](@/b.md) ![y](gone.png)", front='aliases = ["/old-a"]'
    ),
    "blog/content/a/p.png": png(),
    "blog/content/b.md": post("B", "[a](https://old.example/a/)", front='authors = ["Ann"]'),
    "blog/content/bad.md": post("x" * 201),
    "blog/content/c.md": post("C", date='"soon"'),
    "blog/content/d.md": post("D", date="", front='[taxonomies]\ntags = ["News"]'),
    "blog/wiki.rst": "Title\n",
}
COUNTS = {
    "posts": 4,
    "created": 3,
    "updated": 0,
    "unchanged": 0,
    "skipped": 1,
    "failed": 3,
    "notes": 1,
    "images": 1,
}


@pytest.fixture
def root(app: Flask) -> User:
    return create_user(role=Role.ADMIN, username="root")


@pytest.fixture
def admin(root: User) -> dict[str, str]:
    return auth_headers(root)


@pytest.fixture(autouse=True)
def batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)


def many(number: int) -> dict[str, str | bytes]:
    return {
        f"p-{each}.md": post(f"P {each}", f"[next](p-{(each + 1) % number}.md)") for each in range(number)
    }


def send(
    client: FlaskClient, admin: dict[str, str], archive: bytes, name: str = "blog.zip", **form: Any
) -> Any:
    """Upload an archive. The test client itself would leave a temporary file open."""
    values = [
        (key, each) for key, value in form.items() for each in (value if isinstance(value, list) else [value])
    ]
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{each}'.encode() for key, each in values]
    disposition = f'Content-Disposition: form-data; name="archive"; filename="{name}"'
    parts.append(f"{disposition}\r\nContent-Type: application/zip\r\n\r\n".encode() + archive)
    body = b"".join(b"--part\r\n" + part + b"\r\n" for part in parts) + b"--part--\r\n"
    return client.post(
        "/api/imports", data=body, headers=admin, content_type="multipart/form-data; boundary=part"
    )


def start(client: FlaskClient, admin: dict[str, str], files: Any, **form: Any) -> dict[str, Any]:
    response = send(client, admin, files if isinstance(files, bytes) else zipped(files), **form)
    assert response.status_code == 202, response.json
    assert response.headers["Location"] == f"/api/jobs/{response.json['job_id']}"
    return response.json


def shown(client: FlaskClient, admin: dict[str, str], started: dict[str, Any]) -> dict[str, Any]:
    response = client.get(f"/api/imports/{started['id']}", headers=admin)
    assert response.status_code == 200, response.json
    return response.json


def report(client: FlaskClient, admin: dict[str, str], started: dict[str, Any], query: str = "") -> list[Any]:
    response = client.get(f"/api/imports/{started['id']}/items?per_page=100{query}", headers=admin)
    assert response.status_code == 200, response.json
    return response.json


def resume(client: FlaskClient, admin: dict[str, str], started: dict[str, Any]) -> Any:
    return client.post(f"/api/imports/{started['id']}/resume", headers=admin)


def cancel(client: FlaskClient, admin: dict[str, str], started: dict[str, Any]) -> None:
    assert client.post(f"/api/jobs/{started['job_id']}/cancel", headers=admin).status_code == 200


def uploads() -> list[str]:
    folder = settings().upload_dir
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(autouse=True)
def no_uploads(app: Flask) -> None:
    for name in uploads():
        (settings().upload_dir / name).unlink()


class TestWhoMay:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", ""),
            ("get", "/{id}"),
            ("delete", "/{id}"),
            ("get", "/{id}/items"),
            ("post", "/{id}/resume"),
        ],
    )
    def test_only_admins(self, client: FlaskClient, admin: dict[str, str], method: str, path: str) -> None:
        url = "/api/imports" + path.format(id=start(client, admin, many(1))["id"])
        assert client.open(url, method=method).status_code == 401
        editor = auth_headers(create_user(role=Role.EDITOR))
        assert client.open(url, method=method, headers=editor).status_code == 403

    def test_only_admins_upload(self, client: FlaskClient, admin: dict[str, str]) -> None:
        assert send(client, {}, zipped(many(1))).status_code == 401
        assert send(client, auth_headers(create_user(role=Role.EDITOR)), zipped(many(1))).status_code == 403
        assert uploads() == []


class TestImport:
    def test_is_done_by_a_job_and_reported(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str], root: User
    ) -> None:
        started = start(client, admin, SITE, site_url=["https://old.example/"])
        assert (started["state"], started["file_name"], started["has_archive"]) == (
            "waiting",
            "blog.zip",
            True,
        )
        assert (started["author"]["username"], started["created_by"]["username"]) == ("root", "root")
        assert (started["site_urls"], started["counts"]["posts"]) == (["https://old.example/"], None)
        assert len(uploads()) == 1

        assert run_next(app, jobs)
        half = shown(client, admin, started)
        assert (half["state"], half["counts"]["created"], half["finished_at"]) == ("running", 2, None)
        assert half["summary"].startswith("Zola: 4 posts")
        job = client.get(f"/api/jobs/{started['job_id']}", headers=admin).json
        assert job["progress"] == {"done": 2, "total": 4, "message": "2 of 4 posts"}

        assert run_all(app, jobs) >= 1
        whole = shown(client, admin, started)
        assert (whole["state"], whole["counts"], whole["generator"]) == ("succeeded", COUNTS, "Zola")
        assert (whole["has_archive"], uploads()) == (False, [])
        job = client.get(f"/api/jobs/{started['job_id']}", headers=admin).json
        assert (job["state"], job["result"]) == (
            "succeeded",
            {name: COUNTS[name] for name in ("created", "updated", "unchanged", "skipped", "failed")},
        )

        items = report(client, admin, started)
        assert [(item["path"], item["outcome"], item["reason"]) for item in items] == [
            ("content/c.md", "failed", "its date 'soon' is not a valid date"),
            ("wiki.rst", "failed", "not Markdown (.rst)"),
            ("content/_index.md", "skipped", "the page of a section, not a post"),
            ("content/a/index.md", "created", None),
            ("content/b.md", "created", None),
            ("content/bad.md", "failed", "its title has more than 200 characters"),
            ("content/d.md", "created", None),
        ]
        assert items[3]["notes"] == ["link to gone.png: not found in the folder"]
        assert (items[3]["slug"], items[3]["title"], items[3]["post_id"]) == ("a", "A", str(at("a").id))
        assert (items[3]["status"], items[0]["status"]) == ("published", None)
        assert items[0]["post_id"] is None
        assert at("a").author_id == root.id != at("b").author_id
        assert "(/posts/a)" in at("b").body
        assert client.get("/api/redirects?path=/old-a").json["slug"] == "a"

    def test_filters_of_the_report(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, SITE)
        run_all(app, jobs)
        assert len(report(client, admin, started, "&outcome=failed")) == 3
        assert [item["slug"] for item in report(client, admin, started, "&has_notes=true")] == ["a"]
        assert len(report(client, admin, started, "&has_notes=false&outcome=created")) == 2
        response = client.get(f"/api/imports/{started['id']}/items?page=2&per_page=5", headers=admin)
        assert (len(response.json), response.headers["X-Total-Count"]) == (2, "7")

    def test_makes_the_publication_of_the_command(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str], tmp_path: Path
    ) -> None:
        author_id = create_user(username="ada").id
        imported(write(tmp_path, SITE) / "blog", default_author_id=author_id)
        expected = comparable()
        empty_tables()
        admin = auth_headers(create_user(role=Role.ADMIN))
        author_id = create_user(username="ada").id
        start(client, admin, SITE, author_id=author_id)
        run_all(app, jobs)
        assert comparable() == expected

    def test_again_changes_nothing_but_what_has_changed(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        start(client, admin, many(5))
        run_all(app, jobs)
        again = start(client, admin, {**many(5), "p-3.md": post("Other"), "p-9.md": post("New")})
        run_all(app, jobs)
        counts = shown(client, admin, again)["counts"]
        assert {name: counts[name] for name in ("created", "updated", "unchanged")} == {
            "created": 1,
            "updated": 1,
            "unchanged": 4,
        }
        unchanged = report(client, admin, again, "&outcome=unchanged")
        assert [item["slug"] for item in unchanged] == ["p-0", "p-1", "p-2", "p-4"]

    def test_a_post_in_the_trash_is_skipped(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        start(client, admin, many(1))
        run_all(app, jobs)
        with transaction() as session:
            session.execute(update(Post).values(trashed_at=database_now()))
        again = start(client, admin, {"p-0.md": post("Other")})
        run_all(app, jobs)
        (item,) = report(client, admin, again)
        assert (item["outcome"], item["reason"]) == (
            "skipped",
            "the post is in the trash and was not updated",
        )

    def test_one_bad_post_does_not_lose_its_batch(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        admin: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        give = batch_writer.set_post_tags

        def fails(post_id: UUID, tags: Any) -> None:
            if db.session.get_one(Post, post_id).title == "P 2":
                raise ValueError("no room")
            give(post_id, tags)

        monkeypatch.setattr(batch_writer, "set_post_tags", fails)
        started = start(client, admin, many(4))
        run_all(app, jobs)
        assert sorted(publication()) == ["p-0", "p-1", "p-3"]
        (item,) = report(client, admin, started, "&outcome=failed")
        assert (item["path"], item["reason"]) == ("p-2.md", "cannot be stored: ValueError: no room")

    def test_tells_of_its_posts_and_of_its_end(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str], events: EmittedEvents
    ) -> None:
        start(client, admin, many(3))
        claimed = []
        while (job := jobs.claim()) is not None and job.task == "imports.run":
            claimed.append(job)
            db.session.remove()
            run_attempt(app, job)
        told = [event for event in events.take() if event[0].startswith(("posts.", "import."))]
        assert [name for name, _ in told] == ["posts.imported", "posts.imported", "import.finished"]
        assert [len(payload["created"]) for _, payload in told[:2]] == [2, 1]
        assert told[2][1] == {"posts_created": 3, "posts_updated": 0}

    def test_large_archives_are_done_in_few_runs(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        admin: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(batches, "MAX_RUNS", 3)
        started = start(client, admin, many(10))
        assert run_all(app, jobs) <= 4
        assert shown(client, admin, started)["counts"]["created"] == 10

    @pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not at {CORPUS}")
    def test_a_real_blog_is_the_one_that_the_command_makes(
        self,
        client: FlaskClient,
        app: Flask,
        jobs: JobQueue,
        admin: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(batches, "BATCH", 50)
        imported(CORPUS)
        expected = comparable()
        empty_tables()
        admin = auth_headers(create_user(role=Role.ADMIN))
        files = {
            f"content/{path.relative_to(CORPUS)}": path.read_bytes()
            for path in CORPUS.rglob("*")
            if path.is_file()
        }
        started = start(client, admin, files)
        run_next(app, jobs)
        cancel(client, admin, started)
        assert resume(client, admin, started).status_code == 202
        while shown(client, admin, started)["finished_at"] is None:
            assert run_next(app, jobs)
        counts = shown(client, admin, started)["counts"]
        assert (counts["created"], counts["images"]) == (750, 236)
        assert comparable() == expected


def comparable() -> dict[str, Any]:
    """Return the publication without what every import makes anew: ids, and the instants of posts without a date."""
    posts = publication()
    for facts in posts.values():
        del facts["id"]
        if facts["published_at"] is None:
            for name in ("created_at", "updated_at", "listed_at"):
                del facts[name]
    return posts


class TestDryRun:
    def test_writes_nothing_and_then_the_import_does(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, SITE, dry_run="true")
        run_all(app, jobs)
        dry = shown(client, admin, started)
        assert (dry["state"], dry["dry_run"], dry["has_archive"]) == ("succeeded", True, True)
        assert dry["counts"] == COUNTS
        assert publication() == {}
        items = report(client, admin, started)
        assert {item["post_id"] for item in items} == {None}

        resumed = resume(client, admin, started)
        assert (resumed.status_code, resumed.json["dry_run"], resumed.json["state"]) == (
            202,
            False,
            "waiting",
        )
        assert resumed.json["counts"]["created"] == 0
        run_all(app, jobs)
        done = shown(client, admin, started)
        assert (done["counts"], done["has_archive"], uploads()) == (COUNTS, False, [])
        assert sorted(publication()) == ["a", "b", "d"]
        assert [item["path"] for item in report(client, admin, started)] == [item["path"] for item in items]


class TestStopped:
    @on_postgresql  # a file cannot be gone
    def test_goes_on_after_the_database_was_gone_between_two_batches(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(5))
        run_next(app, jobs)
        job = jobs.claim()
        with gone_database(), pytest.raises(OperationalError):
            run_attempt(app, job)
        # What the pool still has of before is found out as a worker finds it out.
        db.engine.dispose()
        assert sorted(publication()) == ["p-0", "p-1"]
        jobs.lapse(job.id)
        look_after_jobs()
        jobs.make_due(job.id)
        run_all(app, jobs)
        whole = shown(client, admin, started)
        assert (whole["state"], whole["counts"]["created"], whole["counts"]["failed"]) == ("succeeded", 5, 0)
        assert [item["path"] for item in report(client, admin, started)] == [
            f"p-{each}.md" for each in range(5)
        ]

    def test_a_cancelled_import_goes_on_where_it_was(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(5))
        run_next(app, jobs)
        cancel(client, admin, started)
        assert run_all(app, jobs) == 0
        assert sorted(publication()) == ["p-0", "p-1"]
        stopped = shown(client, admin, started)
        assert (stopped["state"], stopped["has_archive"]) == ("cancelled", True)

        resumed = resume(client, admin, started)
        assert resumed.status_code == 202
        assert resumed.headers["Location"] == f"/api/jobs/{resumed.json['job_id']}"
        assert resumed.json["job_id"] != started["job_id"]
        run_all(app, jobs)
        assert sorted(publication()) == [f"p-{each}" for each in range(5)]
        whole = shown(client, admin, started)
        assert (whole["state"], whole["counts"]["created"], whole["counts"]["unchanged"]) == (
            "succeeded",
            5,
            0,
        )
        assert [item["path"] for item in report(client, admin, started)] == [
            f"p-{each}.md" for each in range(5)
        ]

    def test_images_are_neither_doubled_nor_left_alone(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str], root: User
    ) -> None:
        files = {f"p-{each}.md": post(f"P {each}", f"![x](q-{each % 3}.png)") for each in range(6)}
        images = {f"q-{each}.png": png(each) for each in range(3)}
        started = start(client, admin, {**files, **images})
        run_next(app, jobs)
        # The second batch has stored its new image, and is rolled back with its row.
        claimed = jobs.claim()
        cancel(client, admin, started)
        run_attempt(app, claimed)
        assert len(media_names()) == 2
        assert resume(client, admin, started).status_code == 202
        while shown(client, admin, started)["finished_at"] is None:
            assert run_next(app, jobs)
        assert shown(client, admin, started)["counts"]["images"] == 3
        with db.engine.connect() as connection:
            uses = select(Media.file_name, Media.uploader_id, func.count(MediaUse.id)).join(MediaUse)
            rows = connection.execute(uses.group_by(Media.id).order_by(Media.file_name)).all()
        assert rows == [(f"q-{each}.png", root.id, 2) for each in range(3)]

    def test_a_batch_that_was_cancelled_meanwhile_leaves_nothing(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(5))
        claimed = jobs.claim()
        cancel(client, admin, started)
        run_attempt(app, claimed)
        assert publication() == {}
        assert shown(client, admin, started)["counts"]["posts"] is None
        assert report(client, admin, started) == []

    def test_the_last_batch_that_was_cancelled_keeps_the_archive(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(2))
        claimed = jobs.claim()
        cancel(client, admin, started)
        run_attempt(app, claimed)
        assert len(uploads()) == 1
        assert resume(client, admin, started).status_code == 202
        run_all(app, jobs)
        assert sorted(publication()) == ["p-0", "p-1"]

    def test_an_attempt_whose_worker_was_lost_is_repeated(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(3))
        run_next(app, jobs)
        lost = jobs.claim()
        jobs.lapse(lost.id)
        look_after_jobs()
        db.session.remove()
        jobs.make_due(lost.id)
        run_all(app, jobs)
        assert shown(client, admin, started)["counts"]["created"] == 3

    def test_what_is_under_way_or_done_is_not_resumed(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(3))
        for _ in range(3):
            refused = resume(client, admin, started)
            assert (refused.status_code, refused.json["code"]) == (409, "IMPORT_NOT_STOPPED")
            run_next(app, jobs)
        assert shown(client, admin, started)["state"] == "succeeded"

    def test_without_its_archive_it_fails_and_is_not_resumed(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(3))
        (settings().upload_dir / uploads()[0]).unlink()
        run_all(app, jobs)
        failed = shown(client, admin, started)
        assert (failed["state"], failed["error"]) == (
            "failed",
            "The archive is no longer there. Upload it again.",
        )
        refused = resume(client, admin, started)
        assert (refused.status_code, refused.json["code"]) == (409, "ARCHIVE_GONE")

    def test_two_imports_are_done_one_after_the_other(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        first, second = start(client, admin, many(3)), start(client, admin, many(3))
        running_one = jobs.claim()
        assert (str(running_one.id), jobs.claim()) == (first["job_id"], None)
        run_attempt(app, running_one)
        run_all(app, jobs)
        counts = [shown(client, admin, each)["counts"] for each in (first, second)]
        assert sum(each["created"] for each in counts) == 3
        assert sum(each["unchanged"] for each in counts) == 3


class TestRefusals:
    @pytest.mark.parametrize(
        ("archive", "code", "said"),
        [
            (b"%PDF-1.7", "ARCHIVE_INVALID", "not a zip archive"),
            (b"", "ARCHIVE_INVALID", "not a zip archive"),
            (patched(zipped({"a.md": "x"}), flags=1), "ARCHIVE_INVALID", "password"),
            (zipped({"a.txt": "x", "__MACOSX/a.md": "x"}), "NO_POSTS_IN_ARCHIVE", "no Markdown files"),
        ],
    )
    def test_of_archives(
        self, client: FlaskClient, admin: dict[str, str], archive: bytes, code: str, said: str
    ) -> None:
        refused = send(client, admin, archive)
        assert (refused.status_code, refused.json["code"]) == (409, code)
        assert said in refused.json["detail"]
        assert uploads() == []
        assert client.get("/api/imports", headers=admin).json == []

    def test_of_paths_that_lead_elsewhere(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(
            client, admin, {"../../evil.md": post("Evil"), "/etc/evil.md": post("Evil"), "a.md": post("A")}
        )
        run_all(app, jobs)
        assert sorted(publication()) == ["a"]
        assert {item["reason"] for item in report(client, admin, started, "&outcome=failed")} == {
            "its path leads out of the archive",
            "its path is absolute",
        }

    def test_of_options(self, client: FlaskClient, admin: dict[str, str]) -> None:
        archive = zipped(many(1))
        refused = send(client, admin, archive, author_id=999_999)
        assert (refused.status_code, refused.json["code"]) == (409, "IMPORT_AUTHOR_NOT_FOUND")
        refused = send(client, admin, archive, site_url=[f"https://{each}.example" for each in range(11)])
        assert (refused.status_code, refused.json["code"]) == (409, "TOO_MANY_SITE_URLS")
        for form in ({"site_url": "ftp://x"}, {"dry_run": "perhaps"}, {"author_id": 0}, {"other": 1}):
            assert send(client, admin, archive, **form).status_code == 400
        assert client.post("/api/imports", data={"dry_run": "true"}, headers=admin).status_code in {400, 415}
        assert uploads() == []

    def test_of_what_is_not_there(self, client: FlaskClient, admin: dict[str, str]) -> None:
        for method, path in [("get", ""), ("delete", ""), ("get", "/items"), ("post", "/resume")]:
            response = client.open(f"/api/imports/{uuid4()}{path}", method=method, headers=admin)
            assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")

    def test_of_parameters(self, client: FlaskClient, admin: dict[str, str]) -> None:
        started = start(client, admin, many(1))
        for method, path in [
            ("get", "?state=x"),
            ("get", f"/{started['id']}?x=1"),
            ("delete", f"/{started['id']}?x=1"),
            ("get", f"/{started['id']}/items?outcome=x"),
            ("post", f"/{started['id']}/resume?x=1"),
        ]:
            assert client.open(f"/api/imports{path}", method=method, headers=admin).status_code == 400


class TestUploads:
    """What an upload can meet before it is an import: nothing of it is left."""

    def upload(self, client: FlaskClient, admin: dict[str, str], body: Any) -> Any:
        environ = {
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
            "CONTENT_TYPE": "multipart/form-data; boundary=part",
        }
        headers = {**admin, "Transfer-Encoding": "chunked"}
        response = client.post("/api/imports", headers=headers, environ_overrides=environ)
        assert uploads() == []
        return response.status_code, response.json["code"]

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [(TimeoutError(), 408, "REQUEST_TIMEOUT"), (ConnectionResetError(), 400, "INVALID_INPUT")],
    )
    def test_a_connection_that_breaks(
        self, client: FlaskClient, admin: dict[str, str], error: Exception, status: int, code: str
    ) -> None:
        assert self.upload(client, admin, BrokenUpload(error)) == (status, code)

    def test_a_full_disk(
        self, client: FlaskClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_file: Any, _data: Any) -> int:
            raise upload_files.InsufficientStorage

        with monkeypatch.context() as patch:
            patch.setattr(upload_files.IncomingFile, "write", full)
            refused = send(client, admin, zipped(many(1)))
        assert (refused.status_code, refused.json["code"], uploads()) == (507, "INSUFFICIENT_STORAGE", [])

    def test_too_many_at_a_time(
        self, client: FlaskClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receiving, "_free", threading.Semaphore(0))
        refused = send(client, admin, zipped(many(1)))
        assert (refused.status_code, refused.json["code"]) == (503, "TOO_MANY_UPLOADS")
        assert int(refused.headers["Retry-After"]) > 0


class BrokenUpload(io.RawIOBase):
    """A form whose connection breaks in the middle of its file."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.beginning = (
            b'--part\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
            + bytes(9_000)
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.beginning:
            raise self.error
        piece, self.beginning = self.beginning[: len(buffer)], self.beginning[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


class TestList:
    def test_newest_first_and_by_state(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        first = start(client, admin, many(1))
        run_all(app, jobs)
        second, third = start(client, admin, many(5)), start(client, admin, many(1))
        run_next(app, jobs)
        response = client.get("/api/imports?per_page=2", headers=admin)
        assert [each["id"] for each in response.json] == [third["id"], second["id"]]
        assert response.headers["X-Total-Count"] == "3"
        for state, expected in {"succeeded": first, "running": second, "waiting": third}.items():
            found = client.get(f"/api/imports?state={state}", headers=admin)
            assert [each["id"] for each in found.json] == [expected["id"]]
        assert client.get("/api/imports?state=failed", headers=admin).json == []

    def test_is_not_sent_again_unchanged(self, client: FlaskClient, admin: dict[str, str]) -> None:
        url = f"/api/imports/{start(client, admin, many(1))['id']}"
        etag = client.get(url, headers=admin).headers["ETag"]
        assert client.get(url, headers={**admin, "If-None-Match": etag}).status_code == 304


class TestDeletion:
    def test_deletes_report_and_archive_and_no_posts(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(5))
        run_next(app, jobs)
        assert client.delete(f"/api/imports/{started['id']}", headers=admin).status_code == 204
        assert (uploads(), run_all(app, jobs)) == ([], 0)
        assert sorted(publication()) == ["p-0", "p-1"]
        assert jobs.row(UUID(started["job_id"])).state == "cancelled"
        with db.engine.connect() as connection:
            assert connection.execute(select(ImportItem.id)).all() == []

    def test_a_job_whose_import_is_gone_ends(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(1))
        with transaction() as session:
            session.execute(Import.__table__.delete())
        run_all(app, jobs)
        assert jobs.row(UUID(started["job_id"])).state == "succeeded"

    def test_a_deleted_post_stays_in_the_report(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(1))
        run_all(app, jobs)
        with transaction() as session:
            session.execute(Post.__table__.delete())
        (item,) = report(client, admin, started)
        assert (item["path"], item["post_id"], item["slug"]) == ("p-0.md", None, None)


class TestRetention:
    def test_an_archive_of_a_stopped_import_is_kept_for_days(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        started = start(client, admin, many(5))
        run_next(app, jobs)
        move(started, days=8)
        purge()
        assert len(uploads()) == 1  # it is under way
        cancel(client, admin, started)
        purge()
        assert uploads() == []
        stopped = shown(client, admin, started)
        assert (stopped["state"], stopped["has_archive"]) == ("cancelled", False)
        assert resume(client, admin, started).json["code"] == "ARCHIVE_GONE"

    def test_the_sweep_of_uploads_leaves_those_of_imports(
        self, client: FlaskClient, admin: dict[str, str]
    ) -> None:
        start(client, admin, many(1))
        stray = settings().upload_dir / ("0" * 32)
        stray.write_bytes(b"")
        assert sweeping.delete_unclaimed(-60) == 1
        assert len(uploads()) == 1

    def test_old_imports_are_deleted(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        old, new = start(client, admin, many(1)), start(client, admin, many(1), dry_run="true")
        run_all(app, jobs)
        move(old, days=settings().import_retention_days + 1)
        purge()
        assert [each["id"] for each in client.get("/api/imports", headers=admin).json] == [new["id"]]
        assert len(uploads()) == 1

    def test_a_state_outlives_its_job(
        self, client: FlaskClient, app: Flask, jobs: JobQueue, admin: dict[str, str]
    ) -> None:
        cancelled, done = start(client, admin, many(1)), start(client, admin, many(1))
        cancel(client, admin, cancelled)
        run_all(app, jobs)
        purge()
        with transaction() as session:
            session.execute(Job.__table__.delete())
        assert [shown(client, admin, each)["state"] for each in (cancelled, done)] == [
            "cancelled",
            "succeeded",
        ]
        assert resume(client, admin, cancelled).status_code == 202


def move(started: dict[str, Any], days: float) -> None:
    """Let an import have been created so many days ago."""
    with transaction() as session:
        session.execute(
            update(Import)
            .where(Import.id == UUID(started["id"]))
            .values(created_at=database_now(-days * 86_400))
        )
    db.session.remove()


def purge() -> None:
    """Run the periodic task until there is nothing more to do."""
    more = True
    while more:
        with transaction(), running(RunningJob(ClaimedJob(uuid4(), purge_expired.name, {}, 1, uuid4()))):
            more = bool(purge_expired.run())
    db.session.remove()
