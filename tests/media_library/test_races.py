"""Two at once: a deletion beside a post that begins to use the file, replacements, edits and uploads of one file."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.storage import open_storage
from service.extensions import db
from service.models.media import FormerMediaName, Media, MediaRole, MediaUse
from service.models.users import Role, User
from tests.accounts import auth_headers, run_concurrently
from tests.factories import create_post, create_user
from tests.locks import lock_waits
from tests.media_library.forms import form, jpeg, send, uploaded
from tests.waiting import wait_until


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(role=Role.AUTHOR, username="ada")


@pytest.fixture
def headers(ada: User) -> dict[str, str]:
    return auth_headers(ada)


class TestDeletion:
    def test_waits_for_a_post_that_begins_to_use_the_file(
        self, app: Flask, client: FlaskClient, ada: User, headers: dict[str, str]
    ) -> None:
        media, post = uploaded(client, headers), create_post(ada)

        def delete() -> Any:
            with app.app_context():
                return app.test_client().delete(f"/api/media/{media['id']}", headers=headers)

        with ThreadPoolExecutor(1) as pool:
            with db.engine.begin() as connection, lock_waits() as waits:
                use = {"media_id": UUID(media["id"]), "post_id": post.id, "role": MediaRole.BODY}
                connection.execute(sa.insert(MediaUse), use)
                deleting = pool.submit(delete)
                wait_until(waits)
            refused = deleting.result()
        assert (refused.status_code, refused.json["code"]) == (409, "MEDIA_IN_USE")

    def test_of_many_one_succeeds(self, app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
        media = uploaded(client, headers)
        url = f"/api/media/{media['id']}"
        statuses = run_concurrently(app, 4, lambda client, _: client.delete(url, headers=headers).status_code)
        assert Counter(statuses) == {204: 1, 404: 3}

    def test_in_bulk_beside_another_in_another_order(
        self, app: Flask, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        ids = [uploaded(client, headers)["id"] for _ in range(6)]

        def delete(client: FlaskClient, index: int) -> int:
            body = {"ids": ids if index % 2 else ids[::-1]}
            done = client.post("/api/media/delete-unused", headers=headers, json=body)
            assert done.status_code == 200
            return len(done.json["deleted"])

        assert sorted(run_concurrently(app, 4, delete)) == [0, 0, 0, 6]


class TestReplacement:
    def test_of_many_with_one_version_one_succeeds(
        self, app: Flask, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)
        condition = {**headers, "If-Match": media["etag"]}

        def replace(client: FlaskClient, index: int) -> int:
            sent = form(jpeg(8 + index, 8), f"{index}.jpg")
            return client.post(f"/api/media/{media['id']}/file", headers=condition, **sent).status_code

        assert Counter(run_concurrently(app, 4, replace)) == {200: 1, 412: 3}
        with db.engine.connect() as connection:
            assert len(connection.scalars(sa.select(FormerMediaName.name)).all()) == 1

    def test_every_name_is_known_afterwards(
        self, app: Flask, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        media = uploaded(client, headers)

        def replace(client: FlaskClient, index: int) -> int:
            sent = form(jpeg(8 + index, 8), f"{index}.jpg")
            return client.post(f"/api/media/{media['id']}/file", headers=headers, **sent).status_code

        assert run_concurrently(app, 4, replace) == [200] * 4
        with db.engine.connect() as connection:
            former = set(connection.scalars(sa.select(FormerMediaName.name)))
            current = connection.scalar(sa.select(Media.name))
        assert len(former) == 4
        assert current not in former


class TestUpload:
    def test_the_same_file_at_once_is_as_many_media(
        self, app: Flask, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        before = {file.name for file in open_storage().names()}
        statuses = run_concurrently(
            app, 4, lambda client, _: send(client, headers, jpeg(), "a.jpg").status_code
        )
        assert statuses == [201] * 4
        with db.engine.connect() as connection:
            names = set(connection.scalars(sa.select(Media.name)))
        assert len(names) == 4
        assert {file.name for file in open_storage().names()} - before == names
