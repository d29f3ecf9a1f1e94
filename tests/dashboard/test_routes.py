"""The dashboard: statistics, their scope by role, and the number of SQL statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.dashboard import queries
from service.extensions import db
from service.models.base import utcnow
from service.models.posts import PostStatus
from service.models.users import Role, User
from tests.accounts import auth_headers, bearer_header
from tests.factories import create_comment, create_post, create_tag, create_user

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "/api/dashboard"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(username="ada")


@pytest.fixture
def bob(app: Flask) -> User:
    return create_user(username="bob")


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Set the current time of the dashboard to 21 November 2026."""
    monkeypatch.setattr(queries, "utcnow", lambda: NOW)
    return NOW


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements."""
    seen: list[str] = []
    listener = lambda *event: seen.append(event[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listener)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", listener)


def shown(client: FlaskClient, user: User) -> Any:
    response = client.get(URL, headers=auth_headers(user))
    assert response.status_code == 200
    return response.json


class TestGetDashboard:
    def test_of_somebody_who_has_written_nothing(
        self, client: FlaskClient, ada: User, today: datetime
    ) -> None:
        dashboard = shown(client, ada)
        months = dashboard.pop("months")
        assert dashboard == {
            "everyones": False,
            "posts": {"draft": 0, "scheduled": 0, "published": 0, "archived": 0, "trashed": 0},
            "comments": 0,
            "top_tags": [],
            "most_commented": [],
        }
        assert [month["month"] for month in months] == ["2025-12", *(f"2026-{n:02}" for n in range(1, 12))]
        assert all((month["posts"], month["comments"]) == (0, 0) for month in months)

    def test_posts_by_state(self, client: FlaskClient, ada: User, bob: User) -> None:
        numbers = {
            PostStatus.DRAFT: 1,
            PostStatus.SCHEDULED: 4,
            PostStatus.PUBLISHED: 2,
            PostStatus.ARCHIVED: 3,
        }
        for status, number in numbers.items():
            for _ in range(number):
                create_post(ada, status=status)
        for status in PostStatus:
            create_post(ada, status=status, trashed_at=utcnow())
        create_post(bob)
        create_post(None, status=PostStatus.PUBLISHED)
        own = {"draft": 1, "scheduled": 4, "published": 2, "archived": 3, "trashed": 4}
        assert shown(client, ada)["posts"] == own
        for role in (Role.EDITOR, Role.ADMIN):
            dashboard = shown(client, create_user(role=role))
            assert dashboard["everyones"] is True
            assert dashboard["posts"] == {**own, "draft": 2, "published": 3}

    def test_comments_of_all_on_ones_posts(self, client: FlaskClient, ada: User, bob: User) -> None:
        post = create_post(ada, status=PostStatus.PUBLISHED)
        first = create_comment(post, bob)
        create_comment(post, ada, first)
        place = create_comment(post, deleted_at=utcnow())
        create_comment(post, bob, place)
        create_comment(create_post(ada, status=PostStatus.PUBLISHED, trashed_at=utcnow()), bob)
        create_comment(create_post(bob, status=PostStatus.PUBLISHED), ada)
        assert (shown(client, ada)["comments"], shown(client, bob)["comments"]) == (3, 1)
        assert shown(client, create_user(role=Role.EDITOR))["comments"] == 4

    @pytest.mark.parametrize(
        ("instant", "month"),
        [
            ("2025-11-30T23:59:59.999999+00:00", None),
            ("2025-12-01T00:00:00+00:00", "2025-12"),
            ("2026-02-28T23:59:59.999999+00:00", "2026-02"),
            ("2026-03-01T00:00:00+00:00", "2026-03"),
            ("2026-02-28T23:30:00-05:00", "2026-03"),
            ("2026-11-30T23:59:59.999999+00:00", "2026-11"),
            ("2026-12-01T00:00:00+00:00", None),
        ],
    )
    def test_months_are_those_of_utc(
        self, client: FlaskClient, ada: User, today: datetime, instant: str, month: str | None
    ) -> None:
        at = datetime.fromisoformat(instant)
        post = create_post(ada, status=PostStatus.PUBLISHED, created_at=at, published_at=at)
        create_comment(post, created_at=at)
        create_comment(post, created_at=at)
        months = shown(client, ada)["months"]
        counted = {item["month"]: (item["posts"], item["comments"]) for item in months}
        assert {name: counts for name, counts in counted.items() if counts != (0, 0)} == (
            {month: (1, 2)} if month else {}
        )

    def test_months_count_what_is_published_by_when_it_was(
        self, client: FlaskClient, ada: User, today: datetime
    ) -> None:
        january = datetime(2026, 1, 5, tzinfo=UTC)
        create_post(
            ada, status=PostStatus.PUBLISHED, created_at=january - timedelta(days=99), published_at=january
        )
        create_post(ada, status=PostStatus.ARCHIVED, published_at=january)
        create_post(ada, created_at=january)
        create_post(ada, created_at=january, published_at=january)  # withdrawn
        create_post(ada, status=PostStatus.PUBLISHED, published_at=january, trashed_at=NOW)
        months = shown(client, ada)["months"]
        assert {item["month"]: item["posts"] for item in months if item["posts"]} == {"2026-01": 2}

    def test_top_tags(self, client: FlaskClient, ada: User, bob: User) -> None:
        tags = [create_tag(f"Tag {letter}") for letter in "abcdefghijkl"]
        for number in range(len(tags)):
            create_post(ada, tags=tags[number:])
        create_post(ada, tags=tags[:1], trashed_at=utcnow())
        create_post(bob, tags=tags[:1])
        dashboard = shown(client, ada)["top_tags"]
        assert dashboard == [
            {"id": tag.id, "name": tag.name, "slug": tag.slug, "post_count": count}
            for tag, count in zip(reversed(tags[2:]), range(12, 2, -1), strict=True)
        ]
        all_tags = shown(client, bob)["top_tags"]
        assert [(tag["id"], tag["post_count"]) for tag in all_tags] == [(tags[0].id, 1)]

    def test_equal_tags_by_name(self, client: FlaskClient, ada: User) -> None:
        tags = [create_tag(name) for name in ("beta", "Alpha", "gamma")]
        create_post(ada, tags=tags)
        assert [tag["name"] for tag in shown(client, ada)["top_tags"]] == ["Alpha", "beta", "gamma"]

    def test_most_commented(self, client: FlaskClient, ada: User, bob: User) -> None:
        posts = [create_post(ada, status=PostStatus.PUBLISHED) for _ in range(7)]
        for number, post in enumerate(posts):
            for _ in range(number):
                create_comment(post)
        create_comment(posts[0], deleted_at=utcnow())
        thrown_away = create_post(ada, status=PostStatus.PUBLISHED, trashed_at=utcnow())
        others = create_post(bob, status=PostStatus.PUBLISHED)
        for post in (thrown_away, others):
            for _ in range(9):
                create_comment(post)
        assert shown(client, ada)["most_commented"] == [
            {"id": str(post.id), "title": post.title, "slug": post.slug, "comment_count": number}
            for post, number in list(zip(posts, range(7), strict=True))[:1:-1]
        ]

    def test_shows_nothing_of_others(self, client: FlaskClient, ada: User, bob: User) -> None:
        secret = create_post(bob, title="Secret plans", tags=[create_tag("Secret")])
        create_comment(secret, bob)
        before = client.get(URL, headers=auth_headers(ada))
        assert "Secret" not in before.text
        assert (before.json["posts"]["draft"], before.json["comments"]) == (0, 0)

    def test_unchanged(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        etag = client.get(URL, headers=headers).headers["ETag"]
        assert client.get(URL, headers={**headers, "If-None-Match": etag}).status_code == 304
        create_post(ada)
        response = client.get(URL, headers={**headers, "If-None-Match": etag})
        assert (response.status_code, response.json["posts"]["draft"]) == (200, 1)
        assert response.headers["ETag"] != etag

    def test_needs_a_token(self, client: FlaskClient) -> None:
        for headers in ({}, bearer_header("x")):
            assert client.get(URL, headers=headers).status_code == 401

    def test_readers_have_none(self, client: FlaskClient) -> None:
        response = client.get(URL, headers=auth_headers(create_user(role=Role.READER)))
        assert (response.status_code, response.json["code"]) == (403, "FORBIDDEN")

    def test_refuses_parameters(self, client: FlaskClient, ada: User) -> None:
        assert client.get(f"{URL}?month=2026-11", headers=auth_headers(ada)).status_code == 400

    @pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR])
    @pytest.mark.parametrize("amount", [1, 12])
    def test_five_statements_however_much_there_is(
        self, client: FlaskClient, statements: list[str], role: Role, amount: int
    ) -> None:
        """Identity, posts, comments, tags and most commented posts."""
        user = create_user(role=role)
        for _ in range(amount):
            create_comment(create_post(user, tags=[create_tag()], status=PostStatus.PUBLISHED))
        headers = auth_headers(user)
        statements.clear()
        client.get(URL, headers=headers)
        assert len(statements) == 5
