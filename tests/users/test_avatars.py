"""Avatars: who may set and remove them, what is refused, and where they are shown."""

from __future__ import annotations

import dataclasses
import io
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.core.database import transaction
from service.extensions import db
from service.models.jobs import Job
from service.models.media import Media, MediaRole, MediaUse
from service.models.posts import PostStatus
from service.models.users import Role, User
from service.users.avatars import refresh_avatars
from service.users.routes import AVATAR_MAX_BYTES
from tests.accounts import auth_headers, create_account
from tests.emitted_events import EmittedEvents
from tests.factories import create_comment, create_post, create_rendition, use_media
from tests.image_files import encoded, picture

PUBLISHED = {"status": PostStatus.PUBLISHED}


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", role=Role.READER)


@pytest.fixture
def admin(app: Flask) -> User:
    return create_account(username="charles", role=Role.ADMIN)


def put(client: FlaskClient, user_id: int, by: User, content: bytes | None = None, **headers: str) -> Any:
    file = (io.BytesIO(encoded(picture(64, 64), "PNG") if content is None else content), "ada.png")
    return client.put(
        f"/api/users/{user_id}/avatar",
        data={"file": file},
        headers={**auth_headers(by), **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


def remove(client: FlaskClient, user_id: int, by: User, **headers: str) -> Any:
    headers = {**auth_headers(by), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.delete(f"/api/users/{user_id}/avatar", headers=headers)


def media_row(media_id: str) -> Media:
    with Session(db.engine) as session:
        return session.get_one(Media, UUID(media_id))


def media_ids() -> set[Any]:
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.select(Media.id)))


def uses() -> list[tuple[Any, Any, Any]]:
    columns = (MediaUse.user_id, MediaUse.role, MediaUse.post_id)
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns))]


class TestSetAvatar:
    def test_everybody_sets_their_own_and_administrators_others(
        self, client: FlaskClient, ada: User, admin: User
    ) -> None:
        for by in (ada, admin):
            response = put(client, ada.id, by)
            assert response.status_code == 200, response.json
            avatar = response.json["avatar"]
            assert (avatar["width"], avatar["height"], avatar["media_type"]) == (64, 64, "image/png")
            assert avatar["sources"] == []
            assert uses() == [(ada.id, MediaRole.AVATAR, None)]
            # It is public at once: readers see it beside what the user has written.
            assert client.get(avatar["url"]).status_code == 200
            assert len(media_ids()) == 1  # the former one is deleted
        refused = put(client, admin.id, ada)
        assert (refused.status_code, refused.json["code"]) == (403, "NOT_YOUR_ACCOUNT")
        assert put(client, 10**9, admin).status_code == put(client, 10**9, ada).status_code == 404
        assert client.put(f"/api/users/{ada.id}/avatar").status_code == 401

    def test_is_shown_wherever_the_user_is(self, client: FlaskClient, admin: User) -> None:
        grace = create_account(username="grace", role=Role.AUTHOR)
        post = create_post(grace, **PUBLISHED)
        create_comment(post, grace)
        avatar = put(client, grace.id, grace).json["avatar"]
        own = auth_headers(grace)
        shown = [
            client.get(f"/api/posts/{post.id}").json["author"],
            client.get("/api/posts").json[0]["author"],
            client.get(f"/api/posts/{post.id}/comments").json[0]["author"],
            client.get("/api/comments", headers=own).json[0]["author"],
            client.get("/api/authors/grace").json,
            client.get("/api/auth/me", headers=own).json,
            client.get(f"/api/users/{grace.id}", headers=auth_headers(admin)).json,
            client.get("/api/users?search=grace", headers=own).json[0],
        ]
        assert [one["avatar"] for one in shown] == [avatar] * len(shown)

    def test_no_304_hides_it_and_nobody_has_a_conflict(self, client: FlaskClient) -> None:
        grace = create_account(username="grace", role=Role.AUTHOR)
        post = create_post(grace, **PUBLISHED)
        comment = create_comment(post, grace)
        own = auth_headers(grace)
        paths = {
            f"/api/posts/{post.id}": {},
            f"/api/posts/{post.id}/comments/{comment.id}": {},
            "/api/authors/grace": {},
            f"/api/users/{grace.id}": own,
            "/api/auth/me": own,
        }

        def tags() -> dict[str, str]:
            return {
                path: client.get(path, headers=headers).headers["ETag"] for path, headers in paths.items()
            }

        before = tags()
        media_id = put(client, grace.id, grace).json["avatar"]["id"]
        with_avatar = tags()
        media = media_row(media_id)
        create_rendition(media, 64)
        with transaction():
            refresh_avatars(media.id)
        ready = tags()
        for path, headers in paths.items():
            assert len({before[path], with_avatar[path], ready[path]}) == 3, path
            for tag in (before[path], with_avatar[path]):
                again = client.get(path, headers={**headers, "If-None-Match": tag})
                assert again.status_code == 200
        assert client.get("/api/authors/grace").json["avatar"]["sources"] != []
        # Renditions are no conflict for who is changing the profile, nor the avatar for who is writing the post.
        profile = {**own, "If-Match": with_avatar[f"/api/users/{grace.id}"]}
        assert client.patch(f"/api/users/{grace.id}", json={"bio": "A"}, headers=profile).status_code == 200
        assert client.patch(f"/api/users/{grace.id}", json={"bio": "B"}, headers=profile).status_code == 412
        writing = {**own, "If-Match": before[f"/api/posts/{post.id}"]}
        assert client.patch(f"/api/posts/{post.id}", json={"title": "A"}, headers=writing).status_code == 200

    def test_tells_of_the_change(self, client: FlaskClient, ada: User, events: EmittedEvents) -> None:
        media_id = put(client, ada.id, ada).json["avatar"]["id"]
        told = [name for name, _ in events.take()]
        assert told[-1] == "user.updated"
        media = media_row(media_id)
        for rendered in (True, False):
            if rendered:
                create_rendition(media, 64)
            with transaction():
                refresh_avatars(media.id)
            # Without a difference nothing has happened.
            assert [name for name, _ in events.take()] == ["user.updated"] * rendered

    def test_is_rendered_by_a_job(self, client: FlaskClient, ada: User) -> None:
        media_id = put(client, ada.id, ada).json["avatar"]["id"]
        with db.engine.connect() as connection:
            jobs = connection.execute(sa.select(Job.task, Job.payload)).all()
        assert ("media.render", {"media_id": media_id}) in [tuple(job) for job in jobs]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "MEDIA_EMPTY"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "MEDIA_TYPE_REFUSED"),
            (b"Just a text.", "MEDIA_TYPE_REFUSED"),
            (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", "MEDIA_TYPE_REFUSED"),
            (encoded(picture(64, 64), "PNG")[:60], "IMAGE_INVALID"),
        ],
    )
    def test_what_is_no_image_is_refused(
        self, client: FlaskClient, ada: User, content: bytes, code: str
    ) -> None:
        response = put(client, ada.id, ada, content)
        assert (response.status_code, response.json["code"]) == (409, code)
        assert (media_ids(), uses()) == (set(), [])

    def test_document_is_no_avatar(self, client: FlaskClient, ada: User, app: Flask) -> None:
        pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
        response = client.put(
            f"/api/users/{ada.id}/avatar",
            data={"file": (io.BytesIO(pdf), "ada.pdf")},
            headers=auth_headers(ada),
        )
        assert (response.status_code, response.json["code"]) == (409, "MEDIA_TYPE_REFUSED")
        assert response.json["detail"] == "An avatar is an image: PNG, JPEG, WebP, GIF or AVIF."

    def test_is_small(
        self, app: Flask, client: FlaskClient, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        announced = client.put(
            f"/api/users/{ada.id}/avatar",
            data=b"x",
            content_type="multipart/form-data; boundary=x",
            headers=auth_headers(ada),
            environ_overrides={"CONTENT_LENGTH": str(AVATAR_MAX_BYTES + 1)},
        )
        assert announced.status_code == 413
        less = dataclasses.replace(app.extensions["settings"], media_max_bytes=10)
        monkeypatch.setitem(app.extensions, "settings", less)
        response = put(client, ada.id, ada)
        assert (response.status_code, response.json["code"]) == (409, "MEDIA_TOO_LARGE")

    def test_of_another_version_is_not_replaced(self, client: FlaskClient, ada: User) -> None:
        first = put(client, ada.id, ada).json["avatar"]
        etag = client.get(f"/api/users/{ada.id}", headers=auth_headers(ada)).headers["ETag"]
        assert put(client, ada.id, ada, If_Match='"user-1-0"').status_code == 412
        assert remove(client, ada.id, ada, If_Match='"user-1-0"').status_code == 412
        assert client.get("/api/auth/me", headers=auth_headers(ada)).json["avatar"] == first
        assert put(client, ada.id, ada, If_Match=etag).status_code == 200


class TestRemoveAvatar:
    def test_file_goes_too(self, client: FlaskClient, ada: User, admin: User) -> None:
        put(client, ada.id, ada)
        refused = remove(client, ada.id, create_account(role=Role.EDITOR))
        assert (refused.status_code, refused.json["code"]) == (403, "NOT_YOUR_ACCOUNT")
        for _ in ("there", "gone"):
            assert remove(client, ada.id, admin).status_code == 204
            assert client.get("/api/auth/me", headers=auth_headers(ada)).json["avatar"] is None
            assert (media_ids(), uses()) == (set(), [])
        assert remove(client, 10**9, admin).status_code == 404

    def test_what_a_post_shows_stays(self, client: FlaskClient, ada: User) -> None:
        avatar = put(client, ada.id, ada).json["avatar"]
        media = media_row(avatar["id"])
        use_media(media, create_post(**PUBLISHED), MediaRole.COVER)
        assert remove(client, ada.id, ada).status_code == 204
        assert media_ids() == {media.id}

    def test_goes_with_the_account(self, client: FlaskClient, ada: User) -> None:
        put(client, ada.id, ada)
        admin = auth_headers(create_account(role=Role.ADMIN))
        assert client.delete(f"/api/users/{ada.id}", headers=admin).status_code == 204
        assert (media_ids(), uses()) == (set(), [])
