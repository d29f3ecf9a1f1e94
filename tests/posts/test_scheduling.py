"""Scheduling of posts: their times, who sees them until then, and what becomes of them at their time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from service.core.database import transaction
from service.core.jobs.tasks import task
from service.extensions import db
from service.models.base import utcnow
from service.models.events import AUTHOR_ID, EVENTS, POST_ID
from service.models.jobs import Job
from service.models.posts import Post, PostStatus
from service.models.users import Role, User
from service.posts import due_posts
from service.posts.due_posts import publish_due_posts
from tests.factories import create_post, create_tag
from tests.posts.conftest import Actor, make_actor
from tests.posts.due_posts import make_due, move_schedule

SCHEDULED = PostStatus.SCHEDULED
REASON = EVENTS["post.publication_failed"].payload["reason"]
LONG_AGO = datetime(2014, 12, 12, tzinfo=UTC)


def in_days(days: float) -> datetime:
    return utcnow() + timedelta(days=days)


def text_of(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def schedule(client: FlaskClient, post: Post, actor: Actor, at: datetime, **headers: str) -> Any:
    return client.post(
        f"/api/posts/{post.id}/schedule",
        json={"publish_at": text_of(at)},
        headers={**actor.headers, **headers},
    )


def shown(client: FlaskClient, post: Post, actor: Actor | None = None) -> Any:
    response = client.get(f"/api/posts/{post.id}", headers=actor.headers if actor else {})
    assert response.status_code == 200, response.json
    return response.json


def jobs_due_at() -> list[datetime]:
    with db.engine.connect() as connection:
        return list(connection.scalars(select(Job.due_at).where(Job.task == "posts.publish_scheduled")))


class TestSchedulePost:
    def test_tells_its_time(self, client: FlaskClient, post_author: Actor) -> None:
        post, at = create_post(post_author.user), in_days(3)
        response = schedule(client, post, post_author, at)
        assert response.status_code == 200
        assert response.json == shown(client, post, post_author)
        assert (response.json["status"], response.json["published_at"]) == ("scheduled", None)
        assert response.json["scheduled_at"] == text_of(at)

    @pytest.mark.parametrize("text", ["2035-06-01T10:30:00+02:00", "2035-06-01T08:30:00.000000123Z"])
    def test_time_is_an_instant_whatever_its_offset(
        self, client: FlaskClient, post_author: Actor, text: str
    ) -> None:
        path = f"/api/posts/{create_post(post_author.user).id}/schedule"
        response = client.post(path, json={"publish_at": text}, headers=post_author.headers)
        assert response.json["scheduled_at"] == "2035-06-01T08:30:00Z"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"publish_at": None},
            {"publish_at": "tomorrow"},
            {"publish_at": "2035-06-01T08:30:00"},
            {"publish_at": "2035-06-31T08:30:00Z"},
            {"publish_at": 2064300600},
            {"publish_at": "2035-06-01T08:30:00Z", "published_at": "2035-06-01T08:30:00Z"},
        ],
    )
    def test_what_is_no_instant_is_refused(self, client: FlaskClient, post_author: Actor, body: Any) -> None:
        post = create_post(post_author.user)
        response = client.post(f"/api/posts/{post.id}/schedule", json=body, headers=post_author.headers)
        assert (response.status_code, response.json["code"]) == (400, "INVALID_INPUT")
        assert shown(client, post, post_author)["status"] == "draft"

    @pytest.mark.parametrize(
        ("days", "code"),
        [
            (-1, "PUBLISH_AT_IN_PAST"),
            (-1 / 86_400, "PUBLISH_AT_IN_PAST"),
            (3_654, "PUBLISH_AT_TOO_FAR"),
            (2_000_000, "PUBLISH_AT_TOO_FAR"),
            (3_652, None),
        ],
    )
    def test_time_is_within_ten_years(
        self, client: FlaskClient, post_author: Actor, days: float, code: str | None
    ) -> None:
        for post in (create_post(post_author.user), create_post(post_author.user, status=SCHEDULED)):
            before = shown(client, post, post_author)
            response = schedule(client, post, post_author, in_days(days))
            if code is None:
                assert response.status_code == 200
            else:
                assert (response.status_code, response.json["code"]) == (409, code)
                assert shown(client, post, post_author) == before

    def test_time_can_be_changed_both_ways(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        for days in (3, 5, 1):
            at = in_days(days)
            assert schedule(client, post, post_author, at).json["scheduled_at"] == text_of(at)

    def test_is_for_whoever_can_edit_it(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor, reader: Actor
    ) -> None:
        post = create_post(post_author.user)
        assert schedule(client, post, reader, in_days(1)).status_code == 403
        assert schedule(client, post, other_author, in_days(1)).status_code == 404
        assert schedule(client, post, editor, in_days(1)).status_code == 200
        public = create_post(post_author.user, status=PostStatus.PUBLISHED)
        response = schedule(client, public, other_author, in_days(1))
        assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_POST")
        path = f"/api/posts/{post.id}"
        assert client.post(f"{path}/schedule", json={"publish_at": text_of(in_days(1))}).status_code == 401
        assert client.post(f"{path}/unschedule").status_code == 401
        assert client.post(f"{path}/unschedule", headers=other_author.headers).status_code == 404
        refused = client.post(f"{path}/unschedule", headers=reader.headers)
        assert (refused.status_code, refused.json["code"]) == (403, "FORBIDDEN")
        response = client.post(f"/api/posts/{public.id}/unschedule", headers=other_author.headers)
        assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_POST")

    def test_is_of_the_version_that_it_names(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        etag = shown(client, post, post_author)["etag"]
        first = schedule(client, post, post_author, in_days(1), **{"If-Match": etag})
        assert first.json["etag"] != etag
        second = schedule(client, post, post_author, in_days(2), **{"If-Match": etag})
        assert second.status_code == 412
        assert shown(client, post, post_author) == first.json

    def test_is_not_for_the_trash(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, trashed_at=LONG_AGO)
        assert schedule(client, post, post_author, in_days(1)).status_code == 404

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.READER}])
    def test_author_must_be_able_to_publish(self, client: FlaskClient, editor: Actor, change: Any) -> None:
        post = create_post(make_actor("gone").user)
        change_user(post.author_id, **change)
        response = schedule(client, post, editor, in_days(1))
        assert (response.status_code, response.json["code"]) == (409, "AUTHOR_CANNOT_PUBLISH")

    def test_post_of_nobody_is_the_editors(self, client: FlaskClient, editor: Actor) -> None:
        post = create_post(None)
        assert schedule(client, post, editor, in_days(1)).status_code == 200
        make_due(post.id)
        assert shown(client, post)["status"] == "published"

    def test_one_job_is_due_at_the_earliest_time(self, client: FlaskClient, post_author: Actor) -> None:
        first, second = in_days(3), in_days(2)
        schedule(client, create_post(post_author.user), post_author, first)
        assert jobs_due_at() == [first]
        schedule(client, create_post(post_author.user), post_author, second)
        schedule(client, create_post(post_author.user), post_author, in_days(9))
        assert jobs_due_at() == [second]


class TestUnschedulePost:
    def test_is_the_draft_that_it_was(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, published_at=LONG_AGO)  # withdrawn
        before = shown(client, post, post_author)
        schedule(client, post, post_author, in_days(1))
        response = client.post(f"/api/posts/{post.id}/unschedule", headers=post_author.headers)
        assert response.status_code == 200
        changed = {name: response.json[name] for name in ("etag", "updated_at")}
        assert response.json == {**before, **changed}
        make_due(post.id)
        assert shown(client, post, post_author)["status"] == "draft"
        (listed,) = client.get(
            "/api/posts?status=draft&published_before=2015-01-01T00:00:00Z", headers=post_author.headers
        ).json
        assert listed["id"] == str(post.id)

    def test_is_of_the_version_that_it_names(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED)
        path = f"/api/posts/{post.id}/unschedule"
        assert client.post(path, headers={**post_author.headers, "If-Match": '"old"'}).status_code == 412


class TestLists:
    def test_of_the_schedule_are_by_time_and_for_a_range(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor
    ) -> None:
        times = {day: LONG_AGO.replace(year=2034, day=day) for day in (4, 1, 3, 2)}
        posts = {
            day: create_post(
                (other_author if day == 3 else post_author).user,
                status=SCHEDULED,
                scheduled_at=at,
                published_at=LONG_AGO,
            )
            for day, at in times.items()
        }
        days = {str(post.id): day for day, post in posts.items()}

        def seen(actor: Actor, query: str) -> list[int]:
            response = client.get(f"/api/posts?status=scheduled&{query}", headers=actor.headers)
            assert response.status_code == 200
            return [days[post["id"]] for post in response.json]

        assert seen(editor, "") == seen(editor, "sort=-scheduled_at") == [4, 3, 2, 1]
        assert seen(editor, "sort=scheduled_at") == [1, 2, 3, 4]
        assert seen(post_author, "sort=scheduled_at") == [1, 2, 4]
        window = f"scheduled_after={text_of(times[2])}&scheduled_before={text_of(times[4])}"
        assert seen(editor, window) == [3, 2]
        assert seen(other_author, window) == [3]
        assert seen(editor, "published_before=2015-01-01T00:00:00Z") == []
        assert client.get(f"/api/posts?{window}").json == []

    def test_filters_of_the_schedule_are_instants(self, client: FlaskClient) -> None:
        for name in ("scheduled_after", "scheduled_before"):
            response = client.get(f"/api/posts?{name}=tomorrow")
            assert (response.status_code, response.json["errors"][0]["parameter"]) == (400, name)


class TestUntilItsTime:
    def test_nobody_else_sees_it(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, reader: Actor
    ) -> None:
        """Every other read is in test_permissions.py."""
        tag = create_tag("Secret")
        post = create_post(post_author.user, [tag], status=SCHEDULED, title="Needle", slug="needle")
        for actor in (None, other_author, reader):
            headers = actor.headers if actor else {}
            assert client.get(f"/api/posts/{post.id}", headers=headers).status_code == 404
            assert client.get("/api/posts/slug/needle", headers=headers).status_code == 404
            assert client.get(f"/api/posts/{post.id}/comments", headers=headers).status_code == 404
            assert client.get("/api/posts?search=needle", headers=headers).json == []
            body = {"body": "First!"}
            assert client.post(f"/api/posts/{post.id}/comments", json=body, headers=headers).status_code in {
                401,
                404,
            }
        assert client.get("/api/tags").json == []
        assert client.get("/api/posts/archive").json == []

    def test_can_be_edited_and_keeps_its_time(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED)
        before = shown(client, post, post_author)
        edited = client.patch(
            f"/api/posts/{post.id}",
            json={"title": "Newer"},
            headers={**post_author.headers, "If-Match": before["etag"]},
        ).json
        assert (edited["status"], edited["scheduled_at"]) == ("scheduled", before["scheduled_at"])
        make_due(post.id)
        assert shown(client, post)["title"] == "Newer"

    def test_in_the_trash_it_is_a_draft(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED)
        client.delete(f"/api/posts/{post.id}", headers=post_author.headers)
        (trashed,) = client.get("/api/posts/trash", headers=post_author.headers).json
        assert trashed["status"] == "draft"
        restored = client.post(f"/api/posts/{post.id}/restore", headers=post_author.headers).json
        assert (restored["status"], restored["scheduled_at"]) == ("draft", None)

    def test_published_at_once_it_has_no_schedule(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED)
        before = utcnow()
        published = client.post(f"/api/posts/{post.id}/publish", headers=post_author.headers).json
        assert (published["status"], published["scheduled_at"]) == ("published", None)
        assert before <= datetime.fromisoformat(published["published_at"]) <= utcnow()


def change_user(user_id: int | None, **values: Any) -> None:
    with db.engine.begin() as connection:
        connection.execute(update(User).where(User.id == user_id).values(**values))


class TestAtItsTime:
    def test_has_the_time_that_was_promised(self, client: FlaskClient, post_author: Actor) -> None:
        promised = utcnow() - timedelta(hours=3)  # the worker was not running
        post = create_post(post_author.user, status=SCHEDULED, published_at=LONG_AGO)
        etag = shown(client, post, post_author)["etag"]
        move_schedule(post.id, promised)
        with transaction():
            assert publish_due_posts() == 1
            assert publish_due_posts() == 0
        published = shown(client, post)
        assert (published["status"], published["scheduled_at"]) == ("published", None)
        assert published["published_at"] == text_of(promised)
        assert published["updated_at"] > published["published_at"]
        assert published["etag"] != etag
        assert [one["id"] for one in client.get("/api/posts").json] == [str(post.id)]

    def test_not_before(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED, scheduled_at=utcnow() + timedelta(minutes=1))
        with transaction():
            assert publish_due_posts() == 0
        assert shown(client, post, post_author)["status"] == "scheduled"

    @pytest.mark.parametrize(
        ("change", "failure"),
        [({"is_active": False}, "author_inactive"), ({"role": Role.READER}, "author_not_permitted")],
    )
    def test_author_who_cannot_publish_any_more_has_a_draft(
        self, client: FlaskClient, editor: Actor, change: Any, failure: str
    ) -> None:
        gone = make_actor("gone")
        post = create_post(gone.user, status=SCHEDULED, created_at=LONG_AGO)
        other = create_post(editor.user, status=SCHEDULED)
        change_user(gone.user.id, **change)
        move_schedule(other.id)
        make_due(post.id)
        now = shown(client, post, editor)
        assert (now["status"], now["scheduled_at"], now["published_at"]) == ("draft", None, None)
        assert now["publication_failure"] == failure
        assert shown(client, other)["publication_failure"] is None
        assert client.get(f"/api/posts/{post.id}").status_code == 404
        published = client.post(f"/api/posts/{post.id}/publish", headers=editor.headers).json
        assert published["publication_failure"] is None

    def test_whoever_is_back_in_time_is_published(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED)
        change_user(post_author.user.id, is_active=False)
        change_user(post_author.user.id, is_active=True)
        make_due(post.id)
        assert shown(client, post)["status"] == "published"

    def test_a_deleted_account_publishes_nothing(
        self, client: FlaskClient, post_author: Actor, editor: Actor
    ) -> None:
        admin = make_actor("admin", Role.ADMIN)
        post = create_post(post_author.user, status=SCHEDULED)
        etag = shown(client, post, editor)["etag"]
        path = f"/api/users/{post_author.user.id}"
        account = client.get(path, headers=admin.headers)
        headers = {**admin.headers, "If-Match": account.headers["ETag"]}
        assert client.delete(path, headers=headers).status_code == 204
        now = shown(client, post, editor)
        assert (now["status"], now["publication_failure"]) == ("draft", "author_deleted")
        assert now["etag"] != etag

    def test_of_many_each_batch_is_a_transaction(
        self, client: FlaskClient, post_author: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(due_posts, "BATCH_SIZE", 2)
        for minutes in range(5):
            create_post(
                post_author.user, status=SCHEDULED, scheduled_at=utcnow() - timedelta(minutes=minutes)
            )
        sizes = []
        for _ in range(3):
            with transaction():
                sizes.append(publish_due_posts())
        assert sizes == [2, 2, 1]
        assert len(client.get("/api/posts").json) == 5


@task("tests.report_failure", payload={"post_id": POST_ID, "author_id": AUTHOR_ID, "reason": REASON})
def report_failure(post_id: str, author_id: int | None, reason: str) -> None:
    """React to a post that was not published; only the job is looked at."""


@task("tests.follow_schedule", payload={"post_id": POST_ID})
def follow_schedule(post_id: str) -> None:
    """React to a change of the schedule; only the job is looked at."""


class TestEvents:
    @pytest.fixture(autouse=True)
    def _reactions(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        reactions = {
            "post.scheduled": (follow_schedule,),
            "post.unscheduled": (follow_schedule,),
            "post.publication_failed": (report_failure,),
        }
        monkeypatch.setitem(app.extensions, "reactions", reactions)

    @staticmethod
    def payloads(name: str) -> list[Any]:
        with db.engine.connect() as connection:
            return list(connection.scalars(select(Job.payload).where(Job.task == name).order_by(Job.id)))

    def test_tell_of_each_change_of_the_schedule(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        path = f"/api/posts/{post.id}"
        schedule(client, post, post_author, in_days(1))
        schedule(client, post, post_author, in_days(-1))  # refused
        client.post(f"{path}/unschedule", headers=post_author.headers)
        schedule(client, post, post_author, in_days(2))
        client.delete(path, headers=post_author.headers)
        assert self.payloads("tests.follow_schedule") == [{"post_id": str(post.id)}] * 4

    def test_tell_why_a_post_was_not_published(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=SCHEDULED)
        change_user(post_author.user.id, is_active=False)
        make_due(post.id)
        assert self.payloads("tests.report_failure") == [
            {
                "post_id": str(post.id),
                "author_id": post_author.user.id,
                "reason": "The account of the author is deactivated.",
            }
        ]


class TestBackDating:
    @pytest.mark.parametrize("status", PostStatus)
    def test_is_for_editors_from_every_status(
        self, client: FlaskClient, post_author: Actor, editor: Actor, status: PostStatus
    ) -> None:
        post = create_post(post_author.user, status=status)
        body = {"published_at": "2014-12-12T10:00:00+02:00"}
        path = f"/api/posts/{post.id}/publish"
        refused = client.post(path, json=body, headers=post_author.headers)
        assert (refused.status_code, refused.json["code"]) == (403, "EDITOR_ONLY")
        response = client.post(path, json=body, headers=editor.headers)
        assert response.status_code == 200
        assert (response.json["status"], response.json["scheduled_at"]) == ("published", None)
        assert response.json["published_at"] == "2014-12-12T08:00:00Z"
        assert client.get("/api/posts/archive").json[0]["month"] == "2014-12"

    def test_future_is_for_the_schedule(self, client: FlaskClient, editor: Actor) -> None:
        post = create_post(editor.user)
        body = {"published_at": text_of(in_days(1))}
        response = client.post(f"/api/posts/{post.id}/publish", json=body, headers=editor.headers)
        assert (response.status_code, response.json["code"]) == (409, "PUBLISHED_AT_IN_FUTURE")
        assert shown(client, post, editor)["status"] == "draft"

    def test_earliest_instant_there_is(self, client: FlaskClient, editor: Actor) -> None:
        post = create_post(editor.user)
        body = {"published_at": "0001-01-01T00:00:00Z"}
        response = client.post(f"/api/posts/{post.id}/publish", json=body, headers=editor.headers)
        assert response.json["published_at"] == "0001-01-01T00:00:00Z"
        (listed,) = client.get("/api/posts").json
        assert client.get(f"/api/posts?after={listed['cursor']}").json == []

    @pytest.mark.parametrize("body", [{}, None])
    def test_without_an_instant_it_is_now(self, client: FlaskClient, post_author: Actor, body: Any) -> None:
        post = create_post(post_author.user)
        before = utcnow()
        response = client.post(f"/api/posts/{post.id}/publish", json=body, headers=post_author.headers)
        assert before <= datetime.fromisoformat(response.json["published_at"]) <= utcnow()
