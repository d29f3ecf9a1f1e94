"""The list of comments across posts: who sees which, filters, both kinds of pagination, number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.comments import moderation
from service.extensions import db
from service.models.base import utcnow
from service.models.comments import Comment
from service.models.posts import Post, PostStatus
from service.models.users import Role, User
from tests.accounts import auth_headers
from tests.factories import create_comment, create_post, create_user

PATH = "/api/comments"
START = utcnow() - timedelta(days=1)


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(username="ada", display_name="Ada Lovelace")


@pytest.fixture
def grace(app: Flask) -> User:
    return create_user(username="grace", display_name="Grace Hopper", role=Role.READER)


@pytest.fixture
def editor(app: Flask) -> User:
    return create_user(role=Role.EDITOR)


@pytest.fixture
def post(ada: User) -> Post:
    return create_post(ada, title="The engine", slug="the-engine", status=PostStatus.PUBLISHED)


@pytest.fixture
def elsewhere(app: Flask) -> Post:
    return create_post(create_user(), status=PostStatus.PUBLISHED)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements."""
    seen: list[str] = []
    listener = lambda *event: seen.append(event[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listener)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", listener)


def listed(client: FlaskClient, viewer: User, **query: Any) -> list[int]:
    response = client.get(PATH, query_string=query, headers=auth_headers(viewer))
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json]


def after(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


class TestWho:
    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.get(PATH).status_code == 401

    def test_readers_moderate_nothing(self, client: FlaskClient, grace: User) -> None:
        assert client.get(PATH, headers=auth_headers(grace)).status_code == 403

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
    def test_editors_get_the_comments_on_all_posts(
        self, client: FlaskClient, post: Post, elsewhere: Post, role: Role
    ) -> None:
        first, second = create_comment(post), create_comment(elsewhere)
        assert listed(client, create_user(role=role)) == [second.id, first.id]

    def test_authors_get_those_on_their_own_posts(
        self, client: FlaskClient, ada: User, post: Post, elsewhere: Post
    ) -> None:
        mine = create_comment(post)
        create_comment(elsewhere, ada)
        assert listed(client, ada) == [mine.id]
        assert listed(client, ada, post_id=elsewhere.id) == []
        assert listed(client, ada, author="ada") == []

    def test_what_is_listed_can_be_deleted(self, client: FlaskClient, ada: User, post: Post) -> None:
        create_comment(post)
        headers = auth_headers(ada)
        (item,) = client.get(PATH, headers=headers).json
        path = f"/api/posts/{item['post']['id']}/comments/{item['id']}"
        assert client.delete(path, headers=headers).status_code == 204
        assert client.get(PATH, headers=headers).json == []


class TestWhat:
    def test_shows_each_with_its_post(
        self, client: FlaskClient, editor: User, post: Post, grace: User
    ) -> None:
        comment = create_comment(post, grace, body="Well *said*.")
        (shown,) = client.get(PATH, headers=auth_headers(editor)).json
        shown.pop("cursor")
        assert shown == {
            "id": comment.id,
            "post": {
                "id": str(post.id),
                "title": "The engine",
                "slug": "the-engine",
                "status": "published",
            },
            "parent_id": None,
            "depth": 0,
            "author": {"id": grace.id, "username": "grace", "display_name": "Grace Hopper", "avatar": None},
            "body": "Well *said*.",
            "body_html": "<p>Well <em>said</em>.</p>\n",
            "created_at": comment.created_at.isoformat().replace("+00:00", "Z"),
            "edited_at": None,
        }

    def test_the_author_may_be_gone(self, client: FlaskClient, editor: User, post: Post) -> None:
        create_comment(post)
        (shown,) = client.get(PATH, headers=auth_headers(editor)).json
        assert shown["author"] == {
            "id": None,
            "username": None,
            "display_name": "Former author",
            "avatar": None,
        }

    def test_drafts_and_archived_posts_keep_theirs(self, client: FlaskClient, ada: User) -> None:
        posts = [create_post(ada, status=status) for status in PostStatus]
        comments = [create_comment(post).id for post in posts]
        assert listed(client, ada) == comments[::-1]

    def test_neither_deleted_ones_nor_those_in_the_trash(
        self, client: FlaskClient, editor: User, ada: User, post: Post
    ) -> None:
        deleted = create_comment(post, deleted_at=utcnow(), body="", body_html="")
        reply = create_comment(post, parent=deleted)
        create_comment(create_post(ada, status=PostStatus.PUBLISHED, trashed_at=utcnow()))
        response = client.get(PATH, headers=auth_headers(editor))
        assert [item["id"] for item in response.json] == [reply.id]
        assert response.headers["X-Total-Count"] == "1"


class TestFilters:
    def test_by_post(self, client: FlaskClient, editor: User, post: Post, elsewhere: Post) -> None:
        comment = create_comment(post)
        create_comment(elsewhere)
        assert listed(client, editor, post_id=post.id) == [comment.id]

    def test_by_author(self, client: FlaskClient, editor: User, post: Post, grace: User) -> None:
        comment = create_comment(post, grace)
        create_comment(post, editor)
        create_comment(post)
        assert listed(client, editor, author="GRACE") == [comment.id]
        assert listed(client, editor, author="nobody") == []

    @pytest.mark.parametrize(
        ("search", "found"),
        [("CAFÉ", True), ("cafe\u0301", True), ("50%", True), ("5_%", False), ("<em>", False)],
    )
    def test_by_text(self, client: FlaskClient, editor: User, post: Post, search: str, found: bool) -> None:
        comment = create_comment(post, body="In the *café*: 50% off")
        create_comment(post, body="Something else.")
        assert listed(client, editor, search=search) == ([comment.id] if found else [])

    def test_the_text_is_that_after_the_last_edit(
        self, client: FlaskClient, editor: User, post: Post, grace: User
    ) -> None:
        headers = auth_headers(grace)
        path = f"/api/posts/{post.id}/comments"
        number = client.post(path, json={"body": "Before"}, headers=headers).json["id"]
        client.patch(f"{path}/{number}", json={"body": "Later"}, headers=headers)
        assert listed(client, editor, search="later") == [number]
        assert listed(client, editor, search="before") == []

    def test_by_time(self, client: FlaskClient, editor: User, post: Post) -> None:
        ids = [create_comment(post, created_at=after(number)).id for number in range(4)]
        between = {"created_after": after(1).isoformat(), "created_before": after(3).isoformat()}
        assert listed(client, editor, **between) == [ids[2], ids[1]]

    @pytest.mark.parametrize(
        ("name", "value"),
        [("post_id", "1"), ("author", "x"), ("search", ""), ("search", "x" * 101), ("created_after", "2026"),
         ("after", "x"), ("page", "0")],
    )  # fmt: skip
    def test_refuses_what_the_schema_refuses(
        self, client: FlaskClient, editor: User, name: str, value: str
    ) -> None:
        response = client.get(PATH, query_string={name: value}, headers=auth_headers(editor))
        assert (response.status_code, response.json["errors"][0]["parameter"]) == (400, name)


class TestPages:
    @pytest.fixture
    def comments(self, post: Post, elsewhere: Post) -> list[int]:
        """Ids of comments, newest first; two are of the same time."""
        times = [after(0), after(1), after(1), after(2), after(3)]
        made = [create_comment(post if n % 2 else elsewhere, created_at=at) for n, at in enumerate(times)]
        return [comment.id for comment in made[::-1]]

    def test_by_number(self, client: FlaskClient, editor: User, comments: list[int]) -> None:
        response = client.get(f"{PATH}?page=2&per_page=2", headers=auth_headers(editor))
        assert [item["id"] for item in response.json] == comments[2:4]
        assert response.headers["X-Total-Count"] == "5"
        assert f'<{PATH}?page=3&per_page=2>; rel="next"' in response.headers["Link"]

    def test_by_cursor(self, client: FlaskClient, editor: User, comments: list[int]) -> None:
        headers = auth_headers(editor)
        seen: list[int] = []
        page = client.get(f"{PATH}?per_page=1", headers=headers)
        while page.json:
            seen += [item["id"] for item in page.json]
            page = client.get(f"{PATH}?per_page=1&after={page.json[-1]['cursor']}", headers=headers)
            assert "X-Total-Count" not in page.headers
        assert seen == comments

    def test_the_last_one_has_no_next(self, client: FlaskClient, editor: User, comments: list[int]) -> None:
        headers = auth_headers(editor)
        cursor = client.get(f"{PATH}?per_page=2", headers=headers).json[-1]["cursor"]
        links = [
            client.get(f"{PATH}?per_page={size}&after={cursor}", headers=headers).headers["Link"]
            for size in (2, 3)
        ]
        assert ['rel="next"' in link for link in links] == [True, False]

    def test_filters_stay_in_the_links(
        self, client: FlaskClient, editor: User, comments: list[int], post: Post
    ) -> None:
        link = client.get(f"{PATH}?post_id={post.id}&per_page=1", headers=auth_headers(editor)).headers[
            "Link"
        ]
        assert f'<{PATH}?post_id={post.id}&page=2&per_page=1>; rel="next"' in link

    @pytest.mark.parametrize("count", [1, 30])
    def test_the_number_of_statements_is_constant(
        self, client: FlaskClient, editor: User, post: Post, statements: list[str], count: int
    ) -> None:
        for _ in range(count):
            create_comment(post, editor)
        headers = auth_headers(editor)
        statements.clear()
        page = client.get(f"{PATH}?per_page=50&search=comment&post_id={post.id}", headers=headers)
        assert (len(page.json), len(statements)) == (count, 3)  # with the one of the token
        statements.clear()
        client.get(f"{PATH}?after={page.json[-1]['cursor']}", headers=headers)
        assert len(statements) == 2

    def test_part_behind_a_cursor_comes_from_the_index(self, app: Flask) -> None:
        words = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}

        def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> Any:
            return words[connection.dialect.name] + statement, parameters

        position = {"instant": utcnow(), "id": 1, "limit": 20}
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # The planner prefers to sort what fits on one page of the disk.
                connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
                connection.execute(sa.text("SET LOCAL enable_sort = off"))
            sa.event.listen(connection, "before_cursor_execute", explain, retval=True)
            result = connection.execute(moderation._cursor_select(frozenset()), position)
            plan = "\n".join(str(row) for row in result.cursor.fetchall())
        assert "ix_comments_newest" in plan
        assert "TEMP B-TREE" not in plan


def test_the_key_follows_the_body() -> None:
    assert Comment(body="CAFE\u0301").body_key == "café"
