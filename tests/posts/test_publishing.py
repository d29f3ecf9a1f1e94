"""The publishing workflow: every transition between statuses, and the errors of all others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.models.posts import PostStatus
from tests.accounts import run_concurrently
from tests.factories import create_post
from tests.posts.conftest import Actor

LONG_AGO = datetime(2014, 12, 12, tzinfo=UTC)

# For each operation and status: the status after it, or the code of the problem.
WAYS = {
    ("publish", "draft"): "published",
    ("publish", "scheduled"): "published",
    ("publish", "published"): "ALREADY_PUBLISHED",
    ("publish", "archived"): "published",
    ("unpublish", "draft"): "ALREADY_DRAFT",
    ("unpublish", "scheduled"): "POST_SCHEDULED",
    ("unpublish", "published"): "draft",
    ("unpublish", "archived"): "draft",
    ("archive", "draft"): "NOT_PUBLISHED",
    ("archive", "scheduled"): "NOT_PUBLISHED",
    ("archive", "published"): "archived",
    ("archive", "archived"): "NOT_PUBLISHED",
    ("schedule", "draft"): "scheduled",
    ("schedule", "scheduled"): "scheduled",
    ("schedule", "published"): "NOT_DRAFT",
    ("schedule", "archived"): "NOT_DRAFT",
    ("unschedule", "draft"): "NOT_SCHEDULED",
    ("unschedule", "scheduled"): "draft",
    ("unschedule", "published"): "NOT_SCHEDULED",
    ("unschedule", "archived"): "NOT_SCHEDULED",
}


def body_of(operation: str) -> Any:
    return (
        {"publish_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}
        if operation == "schedule"
        else None
    )


@pytest.mark.parametrize(("operation", "state"), WAYS)
class TestEveryWay:
    def test_leads_there_or_is_refused(
        self, client: FlaskClient, post_author: Actor, operation: str, state: str
    ) -> None:
        post = create_post(post_author.user, status=PostStatus(state))
        response = client.post(
            f"/api/posts/{post.id}/{operation}", json=body_of(operation), headers=post_author.headers
        )
        now = client.get(f"/api/posts/{post.id}", headers=post_author.headers).json
        expected = WAYS[operation, state]
        if expected.isupper():
            assert (response.status_code, response.json["code"], now["status"]) == (409, expected, state)
        else:
            assert (response.status_code, response.json) == (200, now)
            assert now["status"] == expected

    def test_is_an_editors_too(
        self, client: FlaskClient, post_author: Actor, editor: Actor, operation: str, state: str
    ) -> None:
        post = create_post(post_author.user, status=PostStatus(state))
        response = client.post(
            f"/api/posts/{post.id}/{operation}", json=body_of(operation), headers=editor.headers
        )
        assert response.status_code == (409 if WAYS[operation, state].isupper() else 200)

    def test_takes_the_version_it_is_about(
        self, client: FlaskClient, post_author: Actor, operation: str, state: str
    ) -> None:
        post = create_post(post_author.user, status=PostStatus(state))
        etag = client.get(f"/api/posts/{post.id}", headers=post_author.headers).headers["ETag"]
        headers = {**post_author.headers, "If-Match": etag}
        response = client.post(f"/api/posts/{post.id}/{operation}", json=body_of(operation), headers=headers)
        assert response.status_code == (409 if WAYS[operation, state].isupper() else 200)


class TestPublishPost:
    def test_tells_the_instant(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, created_at=LONG_AGO)
        before = datetime.now(UTC)
        published = client.post(f"/api/posts/{post.id}/publish", headers=post_author.headers).json
        assert before <= datetime.fromisoformat(published["published_at"]) <= datetime.now(UTC)
        assert published["updated_at"] >= published["published_at"]

    def test_instant_of_the_first_time_stays(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED, created_at=LONG_AGO)
        for operation in ("archive", "publish", "unpublish", "publish"):
            response = client.post(f"/api/posts/{post.id}/{operation}", headers=post_author.headers)
            assert response.json["published_at"] == "2014-12-12T00:00:00Z"

    def test_list_has_it_where_it_belongs(self, client: FlaskClient, post_author: Actor) -> None:
        old = create_post(post_author.user, created_at=LONG_AGO)
        new = create_post(post_author.user, status=PostStatus.PUBLISHED)
        client.post(f"/api/posts/{old.id}/publish", headers=post_author.headers)
        assert [post["id"] for post in client.get("/api/posts").json] == [str(old.id), str(new.id)]

    def test_of_eight_at_once_one_does_it(self, app: Flask, post_author: Actor) -> None:
        post = create_post(post_author.user)

        def publish(client: FlaskClient, _: int) -> int:
            return client.post(f"/api/posts/{post.id}/publish", headers=post_author.headers).status_code

        assert sorted(run_concurrently(app, 8, publish)) == [200] + [409] * 7


class TestArchivePost:
    def test_stays_at_its_address_and_leaves_every_list(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED)
        client.post(f"/api/posts/{post.id}/archive", headers=post_author.headers)
        assert client.get(f"/api/posts/{post.id}").json["status"] == "archived"
        assert client.get(f"/api/posts/slug/{post.slug}").status_code == 200
        for path in (
            "/api/posts",
            f"/api/posts?search={post.title}",
            f"/api/users/{post_author.user.id}/posts",
        ):
            assert client.get(path, headers=post_author.headers).json == []
        assert client.get("/api/posts/archive").json == []
