"""The publication at its time beside everything else that changes a post: each time one clear outcome, told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import database_time, transaction
from service.core.jobs.tasks import task
from service.extensions import db
from service.models.base import utcnow
from service.models.events import POST_ID
from service.models.jobs import Job
from service.models.posts import Post, PostStatus
from service.posts import due_posts
from service.posts.due_posts import publish_due_posts
from service.posts.tasks import publish_scheduled
from tests.accounts import run_concurrently
from tests.conftest import on_postgresql
from tests.factories import create_post
from tests.posts.conftest import Actor

# With each a post that has just become due; the order of the two is what the scheduler of the machine makes of it.
ROUNDS = 8


@task("tests.announce", payload={"post_id": POST_ID})
def announce(post_id: str) -> None:
    """React to a publication; only the job is looked at."""


@pytest.fixture(autouse=True)
def announcements(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Counter[str]]:
    """Return a function that counts how often each post was announced."""
    monkeypatch.setitem(app.extensions, "reactions", {"post.published": (announce,)})

    def count() -> Counter[str]:
        with db.engine.connect() as connection:
            payloads = connection.scalars(sa.select(Job.payload).where(Job.task == announce.name))
            return Counter(payload["post_id"] for payload in payloads)

    return count


def due_post(author: Actor, **given: Any) -> Post:
    return create_post(
        author.user, status=PostStatus.SCHEDULED, scheduled_at=utcnow() - timedelta(seconds=1), **given
    )


def publish() -> int:
    with transaction():
        return publish_due_posts()


def beside_publication(app: Flask, author: Actor, method: str, path: str, **options: Any) -> int:
    """Send a request of the author while a worker publishes what is due; return its status."""
    headers = {**author.headers, **options.pop("headers", {})}

    def one(client: FlaskClient, number: int) -> int:
        if number == 0:
            return client.open(path, method=method, headers=headers, **options).status_code
        return publish()

    return run_concurrently(app, 2, one)[0]


def row_of(post: Post) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(sa.select(Post.__table__).where(Post.id == post.id)).one()


def test_of_four_workers_each_post_is_one_s(
    app: Flask, post_author: Actor, announcements: Callable[[], Counter[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_posts, "BATCH_SIZE", 3)
    posts = [due_post(post_author) for _ in range(40)]

    def publish_all(_client: FlaskClient, _number: int) -> int:
        done = 0
        while batch := publish():
            done += batch
            assert done <= len(posts)  # otherwise it might never end
        return done

    run_concurrently(app, 4, publish_all)
    assert {row_of(post).status for post in posts} == {PostStatus.PUBLISHED}
    assert announcements() == Counter(str(post.id) for post in posts)


def test_rescheduled_or_published(
    app: Flask, post_author: Actor, announcements: Callable[[], Counter[str]]
) -> None:
    later = utcnow() + timedelta(days=1)
    for _ in range(ROUNDS):
        post = due_post(post_author)
        body = {"publish_at": later.isoformat()}
        status = beside_publication(app, post_author, "POST", f"/api/posts/{post.id}/schedule", json=body)
        row = row_of(post)
        outcome = (status, row.status, row.scheduled_at, announcements()[str(post.id)])
        assert outcome in {(200, "scheduled", later, 0), (409, "published", None, 1)}


def test_unscheduled_or_published(
    app: Flask, post_author: Actor, announcements: Callable[[], Counter[str]]
) -> None:
    for _ in range(ROUNDS):
        post = due_post(post_author)
        status = beside_publication(app, post_author, "POST", f"/api/posts/{post.id}/unschedule")
        outcome = (status, row_of(post).status, announcements()[str(post.id)])
        assert outcome in {(200, "draft", 0), (409, "published", 1)}


def test_published_by_hand_or_at_its_time(
    app: Flask, post_author: Actor, announcements: Callable[[], Counter[str]]
) -> None:
    for _ in range(ROUNDS):
        post = due_post(post_author)
        status = beside_publication(app, post_author, "POST", f"/api/posts/{post.id}/publish")
        assert status in {200, 409}
        assert (row_of(post).status, announcements()[str(post.id)]) == ("published", 1)


def test_an_edit_is_in_what_is_published_or_refused(
    app: Flask, client: FlaskClient, post_author: Actor, announcements: Callable[[], Counter[str]]
) -> None:
    for _ in range(ROUNDS):
        post = due_post(post_author, title="Older")
        path = f"/api/posts/{post.id}"
        etag = client.get(path, headers=post_author.headers).headers["ETag"]
        status = beside_publication(
            app, post_author, "PATCH", path, json={"title": "Newer"}, headers={"If-Match": etag}
        )
        publish()  # what was being edited was left for the next time
        row = row_of(post)
        assert (status, row.title) in {(200, "Newer"), (412, "Older")}
        assert (row.status, announcements()[str(post.id)]) == ("published", 1)


def test_in_the_trash_it_is_a_draft_or_was_published(
    app: Flask, post_author: Actor, announcements: Callable[[], Counter[str]]
) -> None:
    for _ in range(ROUNDS):
        post = due_post(post_author)
        status = beside_publication(app, post_author, "DELETE", f"/api/posts/{post.id}")
        publish()
        row = row_of(post)
        assert status == 204
        assert row.trashed_at is not None
        assert (row.status, announcements()[str(post.id)]) in {("draft", 0), ("published", 1)}


def test_of_two_times_for_one_version_one_holds(app: Flask, client: FlaskClient, post_author: Actor) -> None:
    post = create_post(post_author.user)
    etag = client.get(f"/api/posts/{post.id}", headers=post_author.headers).headers["ETag"]
    times = [utcnow() + timedelta(days=days) for days in range(1, 5)]

    def schedule(client: FlaskClient, number: int) -> int:
        return client.post(
            f"/api/posts/{post.id}/schedule",
            json={"publish_at": times[number].isoformat()},
            headers={**post_author.headers, "If-Match": etag},
        ).status_code

    statuses = run_concurrently(app, 4, schedule)
    assert sorted(statuses) == [200, 412, 412, 412]
    assert row_of(post).scheduled_at == times[statuses.index(200)]


def test_a_clock_that_jumps_publishes_nothing_twice(
    app: Flask,
    post_author: Actor,
    announcements: Callable[[], Counter[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post = create_post(
        post_author.user, status=PostStatus.SCHEDULED, scheduled_at=utcnow() + timedelta(days=1)
    )
    published = []
    for days in (0, 2, -3, 2, 0):
        now: datetime = utcnow() + timedelta(days=days)
        monkeypatch.setattr(due_posts, "database_time", lambda now=now: now)
        published.append(publish())
    assert published == [0, 1, 0, 0, 0]
    assert announcements() == {str(post.id): 1}


@on_postgresql
class TestLockedPost:
    def test_is_left_for_the_next_time_and_holds_up_no_other(
        self, app: Flask, post_author: Actor, announcements: Callable[[], Counter[str]]
    ) -> None:
        locked, other = due_post(post_author), due_post(post_author)
        with db.engine.begin() as connection:
            connection.execute(sa.select(Post.id).where(Post.id == locked.id).with_for_update())
            with transaction():
                again_at = publish_scheduled.run()
                now = database_time()
            assert [row_of(post).status for post in (locked, other)] == ["scheduled", "published"]
            assert isinstance(again_at, datetime)
            assert now - timedelta(seconds=1) < again_at < now + timedelta(seconds=1)
        assert publish() == 1
        assert announcements() == Counter([str(locked.id), str(other.id)])
