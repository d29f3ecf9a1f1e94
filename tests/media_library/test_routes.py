"""The media library: lists, texts, replacement, deletion, uses, and files from other servers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.config import settings
from service.core.storage import open_storage
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.media import FormerMediaName, Media, MediaRole, MediaUse, Rendition
from service.models.posts import Post, PostStatus
from service.models.users import Role, User
from tests.accounts import auth_headers
from tests.emitted_events import EmittedEvents
from tests.factories import create_post, create_user, save
from tests.image_files import encoded, picture
from tests.job_queue import JobQueue
from tests.job_runs import run_next
from tests.media_library.forms import form, jpeg, send, uploaded
from tests.raw_servers import Serve, raw_servers, response

PDF = b"%PDF-1.7\n"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(role=Role.AUTHOR, username="ada")


@pytest.fixture
def headers(ada: User) -> dict[str, str]:
    return auth_headers(ada)


@pytest.fixture
def bob(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.AUTHOR, username="bob"))


@pytest.fixture
def editor(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.EDITOR, username="eve"))


@pytest.fixture(autouse=True)
def nothing_stored(app: Flask) -> None:
    storage = open_storage()
    storage.delete(*[file.name for file in storage.names()])


def stored() -> set[str]:
    return {file.name for file in open_storage().names()}


def name_of(media: dict[str, Any]) -> str:
    return str(media["url"]).removeprefix("/media/")


def use(media: dict[str, Any], author: User | None = None, role: str = "body", **given: Any) -> Post:
    post = create_post(author, **given)
    save(MediaUse(media_id=UUID(media["id"]), post_id=post.id, role=MediaRole(role)))
    return post


def listed(client: FlaskClient, headers: dict[str, str], query: str = "") -> list[str]:
    found = client.get(f"/api/media?{query}", headers=headers)
    assert found.status_code == 200, found.json
    return [media["file_name"] for media in found.json]


class TestWhoMay:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", ""),
            ("post", "/from-url"),
            ("post", "/delete-unused"),
            ("get", "/{id}"),
            ("patch", "/{id}"),
            ("delete", "/{id}"),
            ("post", "/{id}/file"),
            ("get", "/{id}/uses"),
        ],
    )
    def test_readers_and_strangers_may_not(
        self, client: FlaskClient, headers: dict[str, str], method: str, path: str
    ) -> None:
        media = uploaded(client, headers)
        url = f"/api/media{path.format(**media)}"
        reader = auth_headers(create_user(role=Role.READER))
        assert client.open(url, method=method.upper()).status_code == 401
        assert client.open(url, method=method.upper(), headers=reader).status_code == 403

    @pytest.mark.parametrize(
        ("method", "path", "sent"),
        [
            ("get", "", {}),
            ("patch", "", {"json": {"caption": "x"}}),
            ("delete", "", {}),
            ("post", "/file", form(jpeg(), "a.jpg")),
            ("get", "/uses", {}),
        ],
    )
    def test_what_others_have_not_published_is_hidden(
        self,
        client: FlaskClient,
        headers: dict[str, str],
        bob: dict[str, str],
        method: str,
        path: str,
        sent: dict[str, Any],
    ) -> None:
        media = uploaded(client, headers)
        for media_id in (media["id"], uuid4()):
            found = client.open(f"/api/media/{media_id}{path}", method=method.upper(), headers=bob, **sent)
            assert found.status_code == 404

    @pytest.mark.parametrize(
        ("method", "path", "sent"),
        [
            ("patch", "", {"json": {"caption": "x"}}),
            ("delete", "", {}),
            ("post", "/file", form(jpeg(), "a.jpg")),
        ],
    )
    def test_what_others_have_published_is_read_only(
        self,
        client: FlaskClient,
        ada: User,
        headers: dict[str, str],
        bob: dict[str, str],
        method: str,
        path: str,
        sent: dict[str, Any],
    ) -> None:
        media = uploaded(client, headers)
        use(media, ada, status=PostStatus.PUBLISHED)
        url = f"/api/media/{media['id']}"
        assert client.get(url, headers=bob).status_code == 200
        refused = client.open(url + path, method=method.upper(), headers=bob, **sent)
        assert (refused.status_code, refused.json["code"]) == (403, "NOT_YOUR_MEDIA")

    def test_editors_may_change_all(
        self, client: FlaskClient, headers: dict[str, str], editor: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        url = f"/api/media/{media['id']}"
        assert client.patch(url, headers=editor, json={"caption": "x"}).status_code == 200
        assert client.delete(url, headers=editor).status_code == 204

    def test_who_no_longer_writes_keeps_no_power(
        self, client: FlaskClient, ada: User, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        with db.engine.begin() as connection:
            connection.execute(sa.update(User).where(User.id == ada.id).values(role=Role.READER))
        url = f"/api/media/{media['id']}"
        assert client.patch(url, headers=headers, json={"caption": "x"}).status_code == 403


class TestList:
    def test_authors_see_their_own_and_what_is_public(
        self,
        client: FlaskClient,
        ada: User,
        headers: dict[str, str],
        bob: dict[str, str],
        editor: dict[str, str],
    ) -> None:
        uploaded(client, headers, "draft.jpg")
        public = uploaded(client, headers, "public.jpg")
        use(public, ada, status=PostStatus.PUBLISHED)
        uploaded(client, bob, "bob.jpg")
        assert listed(client, headers) == ["public.jpg", "draft.jpg"]
        assert listed(client, bob) == ["bob.jpg", "public.jpg"]
        assert listed(client, editor) == ["bob.jpg", "public.jpg", "draft.jpg"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("kind=image", ["b.png", "a.jpg"]),
            ("kind=document", ["c.pdf"]),
            ("media_type=image/png", ["b.png"]),
            ("state=processing", ["b.png", "a.jpg"]),
            ("used=true", ["a.jpg"]),
            ("used=false", ["c.pdf", "b.png"]),
            ("missing_alt_text=true", ["b.png"]),
            ("missing_alt_text=false", ["a.jpg"]),
            ("search=LOOM", ["a.jpg"]),
            ("search=.PNG", ["b.png"]),
            ("search=100%25", ["b.png"]),
            ("search=_", []),
            ("search=%C3%A9T%C3%89", ["c.pdf"]),
            ("sort=created_at", ["a.jpg", "b.png", "c.pdf"]),
            ("sort=-updated_at", ["a.jpg", "c.pdf", "b.png"]),
            ("uploader_id=9007199254740993", []),
        ],
    )
    def test_filters_and_order(
        self, client: FlaskClient, ada: User, headers: dict[str, str], query: str, expected: list[str]
    ) -> None:
        first = uploaded(client, headers, "a.jpg")
        send(client, headers, encoded(picture(), "PNG"), "b.png", caption="100% wool")
        send(client, headers, PDF, "c.pdf", credit="L'été")
        use(first, ada)
        client.patch(f"/api/media/{first['id']}", headers=headers, json={"alt_text": "A Loom"})
        assert listed(client, headers, query) == expected

    @pytest.mark.parametrize("sort", ["-created_at", "created_at", "-updated_at", "updated_at"])
    def test_cursor_leads_through_all(self, client: FlaskClient, headers: dict[str, str], sort: str) -> None:
        for number in range(5):
            uploaded(client, headers, f"{number}.jpg")
        expected = listed(client, headers, f"sort={sort}")
        url, seen = f"/api/media?per_page=2&sort={sort}", []
        while url:
            page = client.get(url, headers=headers)
            seen += page.json
            cursor = seen[-1]["cursor"]
            has_next = 'rel="next"' in page.headers["Link"]
            url = f"/api/media?per_page=2&sort={sort}&after={cursor}" if has_next else ""
        assert [media["file_name"] for media in seen] == expected
        assert len(expected) == 5

    def test_total_is_told(self, client: FlaskClient, headers: dict[str, str]) -> None:
        uploaded(client, headers)
        assert client.get("/api/media?page=2", headers=headers).headers["X-Total-Count"] == "1"

    @pytest.mark.parametrize(
        "query", ["sort=size", "kind=x", "used=yes", "media_type=x", "after=x", "search="]
    )
    def test_bad_parameters_are_refused(
        self, client: FlaskClient, headers: dict[str, str], query: str
    ) -> None:
        assert client.get(f"/api/media?{query}", headers=headers).status_code == 400


class TestGet:
    def test_has_what_the_upload_returned(self, client: FlaskClient, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        found = client.get(f"/api/media/{media['id']}", headers=headers)
        assert found.json == media
        assert found.headers["ETag"] == media["etag"]

    def test_is_not_sent_again_unless_renditions_have_come(
        self, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        url, condition = f"/api/media/{media['id']}", {**headers, "If-None-Match": media["etag"]}
        assert client.get(url, headers=condition).status_code == 304
        name = name_of(media).replace(".jpg", "-320.webp")
        save(
            Rendition(
                name=name,
                media_id=UUID(media["id"]),
                width=32,
                height=24,
                media_type="image/webp",
                size_bytes=1,
            )
        )
        with db.engine.begin() as connection:
            connection.execute(sa.update(Media).values(renditions_version=1, state="ready"))
        found = client.get(url, headers=condition)
        assert found.status_code == 200
        assert found.json["sources"] == [{"media_type": "image/webp", "srcset": f"/media/{name} 32w"}]


class TestUpdate:
    def test_texts_and_focal_point(
        self, client: FlaskClient, headers: dict[str, str], jobs: JobQueue, events: EmittedEvents
    ) -> None:
        media = uploaded(client, headers)
        events.take()
        changes = {
            "alt_text": "A loom",
            "caption": "Of\n1804",
            "credit": "Me",
            "focal_point": {"x": 0, "y": 100},
        }
        changed = client.patch(f"/api/media/{media['id']}", headers=headers, json=changes)
        assert {name: changed.json[name] for name in changes} == changes
        assert changed.json["etag"] != media["etag"]
        assert [row.task for row in jobs.all_rows() if row.task.startswith("media.render")] == [
            "media.render_crops"
        ]
        assert events.take() == [("media.updated", {"media_id": media["id"]})]

    @pytest.mark.parametrize("changes", [{}, {"caption": ""}, {"focal_point": {"x": 50, "y": 50}}])
    def test_without_a_difference_nothing_happens(
        self, client: FlaskClient, headers: dict[str, str], events: EmittedEvents, changes: dict[str, Any]
    ) -> None:
        media = uploaded(client, headers)
        events.take()
        assert client.patch(f"/api/media/{media['id']}", headers=headers, json=changes).json == media
        assert events.take() == []

    def test_a_text_alone_renders_nothing(
        self, client: FlaskClient, headers: dict[str, str], jobs: JobQueue, events: EmittedEvents
    ) -> None:
        media = uploaded(client, headers)
        events.take()
        client.patch(f"/api/media/{media['id']}", headers=headers, json={"caption": "x"})
        assert [row.task for row in jobs.all_rows() if row.task.startswith("media.render")] == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"alt_text": "x" * 1_001},
            {"alt_text": None},
            {"credit": "\u0000"},
            {"focal_point": {"x": 101, "y": 0}},
            {"focal_point": {"x": 1}},
            {"name": "x"},
        ],
    )
    def test_bad_values_are_refused(
        self, client: FlaskClient, headers: dict[str, str], changes: dict[str, Any]
    ) -> None:
        media = uploaded(client, headers)
        response = client.patch(f"/api/media/{media['id']}", headers=headers, json=changes)
        assert response.status_code == 400

    def test_a_stale_edit_is_refused(self, client: FlaskClient, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        url, condition = f"/api/media/{media['id']}", {**headers, "If-Match": media["etag"]}
        assert client.patch(url, headers=condition, json={"caption": "a"}).status_code == 200
        assert client.patch(url, headers=condition, json={"caption": "b"}).status_code == 412
        assert client.delete(url, headers=condition).status_code == 412
        assert client.post(f"{url}/file", headers=condition, **form(jpeg(), "a.jpg")).status_code == 412

    def test_a_rendition_that_becomes_ready_is_no_conflict(
        self, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        with db.engine.begin() as connection:
            connection.execute(sa.update(Media).values(renditions_version=7))
        condition = {**headers, "If-Match": media["etag"]}
        changed = client.patch(f"/api/media/{media['id']}", headers=condition, json={"caption": "a"})
        assert changed.status_code == 200
        assert changed.json["etag"] != media["etag"]


class TestReplace:
    def test_new_file_has_a_new_name_and_the_old_one_stays(
        self, client: FlaskClient, headers: dict[str, str], jobs: JobQueue, events: EmittedEvents
    ) -> None:
        media = uploaded(client, headers, alt_text="A loom")
        events.take()
        sent = form(encoded(picture(32, 16), "PNG"), "new.png")
        replaced = client.post(f"/api/media/{media['id']}/file", headers=headers, **sent)
        assert replaced.status_code == 200
        new = replaced.json
        assert (new["id"], new["alt_text"]) == (media["id"], "A loom")
        assert (new["file_name"], new["media_type"], new["width"]) == ("new.png", "image/png", 32)
        assert (new["state"], new["sources"]) == ("processing", [])
        assert new["etag"] != media["etag"]
        assert stored() == {name_of(media), name_of(new)}
        assert client.get(media["url"], headers=headers).data == jpeg()
        assert [row.payload for row in jobs.all_rows() if row.task == "media.render"] == [
            {"media_id": media["id"]}
        ]
        assert events.take() == [("media.replaced", {"media_id": media["id"], "former_name": name_of(media)})]

    def test_twice_keeps_both_former_names(self, client: FlaskClient, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        url, names = f"/api/media/{media['id']}/file", [name_of(media)]
        for width in (10, 20):
            replaced = client.post(url, headers=headers, **form(jpeg(width, 8), "b.jpg"))
            names.append(name_of(replaced.json))
        with db.engine.connect() as connection:
            assert set(connection.scalars(sa.select(FormerMediaName.name))) == set(names[:2])
        assert stored() == set(names)

    def test_the_same_file_changes_nothing(
        self, client: FlaskClient, headers: dict[str, str], events: EmittedEvents
    ) -> None:
        media = uploaded(client, headers)
        events.take()
        same = client.post(f"/api/media/{media['id']}/file", headers=headers, **form(jpeg(), "b.jpg"))
        assert same.json == media
        assert events.take() == []

    def test_by_another_kind_is_refused(self, client: FlaskClient, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        refused = client.post(f"/api/media/{media['id']}/file", headers=headers, **form(PDF, "b.pdf"))
        assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_KIND_DIFFERS")

    def test_a_bad_file_changes_nothing(self, client: FlaskClient, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        url = f"/api/media/{media['id']}"
        refused = client.post(f"{url}/file", headers=headers, **form(b"<svg>", "b.svg"))
        assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_TYPE_REFUSED")
        assert client.get(url, headers=headers).json == media
        assert stored() == {name_of(media)}


class TestDelete:
    def test_row_and_files_go(
        self, app: Flask, client: FlaskClient, headers: dict[str, str], jobs: JobQueue
    ) -> None:
        media = uploaded(client, headers)
        client.post(f"/api/media/{media['id']}/file", headers=headers, **form(jpeg(8, 8), "b.jpg"))
        with db.engine.begin() as connection:
            connection.execute(Job.__table__.delete())
        assert client.delete(f"/api/media/{media['id']}", headers=headers).status_code == 204
        assert client.get(f"/api/media/{media['id']}", headers=headers).status_code == 404
        assert len(stored()) == 2  # what is deleted could be rolled back
        assert run_next(app, jobs)
        assert stored() == set()

    def test_it_is_told(self, client: FlaskClient, headers: dict[str, str], events: EmittedEvents) -> None:
        media = uploaded(client, headers)
        events.take()
        client.delete(f"/api/media/{media['id']}", headers=headers)
        assert events.take() == [("media.deleted", {"media_id": media["id"]})]
        assert events.data[0]["media"]["kind"] == "image"

    def test_what_is_used_stays_and_the_answer_says_where(
        self, client: FlaskClient, ada: User, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        use(media, ada, "cover", title="The engine")
        use(media, ada, title="Looms", trashed_at=utcnow())
        use(media, create_user(), title="Secret plans")
        refused = client.delete(f"/api/media/{media['id']}", headers=headers)
        assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_IN_USE")
        assert refused.json["detail"] == (
            "The file is used as the cover of “The engine”, an image in “Looms” (in the trash) and 1 more. "
            "Remove it there, or replace it."
        )
        assert stored() == {name_of(media)}

    def test_an_avatar_stays(self, client: FlaskClient, ada: User, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        save(MediaUse(media_id=UUID(media["id"]), user_id=ada.id, role=MediaRole.AVATAR))
        refused = client.delete(f"/api/media/{media['id']}", headers=headers)
        assert refused.json["detail"].startswith("The file is used as the avatar of Ada.")

    def test_a_use_that_came_just_then_is_seen_by_the_constraint(
        self, client: FlaskClient, ada: User, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when somebody writes a post after the look at the uses."""
        media = uploaded(client, headers)
        use(media, ada)
        monkeypatch.setattr(
            "service.media_library.actions.list_uses", lambda *_: type("None", (), {"total": 0})
        )
        refused = client.delete(f"/api/media/{media['id']}", headers=headers)
        assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_IN_USE")
        assert client.get(f"/api/media/{media['id']}", headers=headers).status_code == 200


class TestDeleteUnused:
    def test_the_rest_is_named(
        self, client: FlaskClient, ada: User, headers: dict[str, str], bob: dict[str, str]
    ) -> None:
        unused, used, hidden = (uploaded(client, each) for each in (headers, headers, bob))
        theirs = uploaded(client, bob)
        use(used, ada)
        use(theirs, ada, status=PostStatus.PUBLISHED)
        unknown = str(uuid4())
        ids = [unused["id"], used["id"], theirs["id"], hidden["id"], unknown]
        done = client.post("/api/media/delete-unused", headers=headers, json={"ids": ids})
        assert done.status_code == 200
        assert done.json["deleted"] == [unused["id"]]
        assert {one["id"]: one["reason"] for one in done.json["not_deleted"]} == {
            used["id"]: "in_use",
            theirs["id"]: "not_yours",
            hidden["id"]: "not_found",
            unknown: "not_found",
        }
        assert listed(client, headers, "sort=created_at") == ["loom.jpg", "loom.jpg"]

    @pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [str(uuid4())] * 2}])
    def test_bad_lists_are_refused(
        self, client: FlaskClient, headers: dict[str, str], body: dict[str, Any]
    ) -> None:
        assert client.post("/api/media/delete-unused", headers=headers, json=body).status_code == 400


class TestUses:
    def test_posts_that_one_may_not_read_are_not_named(
        self, client: FlaskClient, ada: User, headers: dict[str, str], editor: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        own = use(media, ada, "cover", title="The engine")
        use(media, create_user(), title="Secret plans")
        save(MediaUse(media_id=UUID(media["id"]), user_id=ada.id, role=MediaRole.AVATAR))
        url = f"/api/media/{media['id']}/uses"
        found = client.get(url, headers=headers)
        assert found.headers["X-Total-Count"] == "3"
        assert found.json == [
            {
                "role": "cover",
                "post": {
                    "id": str(own.id),
                    "title": "The engine",
                    "slug": own.slug,
                    "status": "draft",
                    "is_in_trash": False,
                },
                "user": None,
            },
            {"role": "body", "post": None, "user": None},
            {
                "role": "avatar",
                "post": None,
                "user": {"id": ada.id, "username": "ada", "display_name": "Ada"},
            },
        ]
        titles = [each["post"] and each["post"]["title"] for each in client.get(url, headers=editor).json]
        assert titles == ["The engine", "Secret plans", None]
        assert client.get(f"/api/media/{media['id']}", headers=headers).json["uses_count"] == 3


class TestFromUrl:
    @pytest.fixture
    def serve(self) -> Iterator[Serve]:
        with raw_servers() as start:
            yield start

    @pytest.fixture
    def fetched(
        self,
        app: Flask,
        client: FlaskClient,
        headers: dict[str, str],
        jobs: JobQueue,
        serve: Serve,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Any:
        """Return a function that has a file fetched from a server with this answer, and returns the job's result."""

        def fetch(answer: Any, path: str = "/a/My%20loom.jpg?size=2", **texts: str) -> Any:
            server = serve(answer)
            changed = replace(
                settings(),
                outbound_ports=(server.port,),
                outbound_networks=(ip_network("127.0.0.0/8"),),
                media_max_bytes=100_000,
            )
            monkeypatch.setitem(app.extensions, "settings", changed)
            body = {"url": f"http://127.0.0.1:{server.port}{path}", **texts}
            accepted = client.post("/api/media/from-url", headers=headers, json=body)
            assert accepted.status_code == 202, accepted.json
            assert accepted.headers["Location"] == f"/api/jobs/{accepted.json['id']}"
            assert run_next(app, jobs)
            return client.get(accepted.headers["Location"], headers=headers).json["result"]

        return fetch

    def test_file_is_added(self, client: FlaskClient, headers: dict[str, str], fetched: Any) -> None:
        result = fetched(response(jpeg()), alt_text="A loom", caption="c", credit="d")
        assert result["error"] is None
        media = client.get(f"/api/media/{result['media_id']}", headers=headers).json
        assert (media["file_name"], media["media_type"]) == ("My loom.jpg", "image/jpeg")
        assert (media["alt_text"], media["caption"], media["credit"]) == ("A loom", "c", "d")
        assert media["uploader"]["username"] == "ada"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (response(b"gone", status="404 Not Found"), "responded with 404"),
            (response(b"<html>"), "it is no image"),
            (response(b""), "empty"),
            (response(bytes(100_001)), "larger than 100,000 bytes"),
            (response(jpeg(), "Content-Encoding: gzip"), "compressed"),
            (b"nonsense\r\n\r\n", "not valid HTTP"),
            (response(b"", "Location: http://169.254.169.254/", status="302 Found"), "port"),
        ],
    )
    def test_reason_is_in_the_result(self, fetched: Any, answer: bytes, words: str) -> None:
        result = fetched(answer)
        assert result["media_id"] is None
        assert words in result["error"]
        assert stored() == set()
        folder = settings().upload_dir
        assert not folder.is_dir() or list(folder.iterdir()) == []

    def test_whoever_may_no_longer_write_gets_nothing(
        self, app: Flask, ada: User, fetched: Any, client: FlaskClient
    ) -> None:
        def answer(connection_of_client: socket.socket, _request: bytes) -> None:
            with app.app_context(), db.engine.begin() as connection:
                connection.execute(sa.update(User).where(User.id == ada.id).values(role=Role.READER))
            connection_of_client.sendall(response(jpeg()))

        with db.engine.connect() as connection:
            before = connection.scalar(sa.select(sa.func.count()).select_from(Media))
        result = fetched(answer)
        assert (result["media_id"], result["error"]) == (None, "Your account can no longer upload files.")
        with db.engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Media)) == before

    @pytest.mark.parametrize("url", ["https://a.example:22/", "https://u:p@a.example/", "https:///x"])
    def test_urls_that_are_never_fetched_are_refused(
        self, client: FlaskClient, headers: dict[str, str], url: str
    ) -> None:
        refused = client.post("/api/media/from-url", headers=headers, json={"url": url})
        assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_URL_REFUSED")

    @pytest.mark.parametrize("body", [{}, {"url": "ftp://a.example"}, {"url": "https://a b"}])
    def test_bad_bodies_are_refused(
        self, client: FlaskClient, headers: dict[str, str], body: dict[str, Any]
    ) -> None:
        assert client.post("/api/media/from-url", headers=headers, json=body).status_code == 400
