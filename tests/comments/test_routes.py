"""Comments: permissions, threads, both kinds of pagination, edit window, soft deletion and concurrency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.comments import actions, queries
from service.comments.actions import EDIT_WINDOW
from service.extensions import db
from service.models.base import utcnow
from service.models.comments import COMMENT_MAX, DEPTH_MAX, Comment
from service.models.posts import Post, PostStatus
from service.models.users import Role, User
from tests.accounts import auth_headers, bearer_header, run_concurrently
from tests.factories import create_comment, create_post, create_user

INT64_MAX = 2**63 - 1
NO_POST = "00000000-0000-7000-8000-000000000000"

Headers = dict[str, str]


@pytest.fixture
def ada(app: Flask) -> User:
    """The author of the post."""
    return create_user(username="ada", display_name="Ada Lovelace")


@pytest.fixture
def grace(app: Flask) -> User:
    """A reader, who can only comment."""
    return create_user(username="grace", display_name="Grace Hopper", role=Role.READER)


@pytest.fixture
def editor(app: Flask) -> User:
    return create_user(role=Role.EDITOR)


@pytest.fixture
def post(ada: User) -> Post:
    return create_post(ada, status=PostStatus.PUBLISHED)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements."""
    seen: list[str] = []
    listener = lambda *event: seen.append(event[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listener)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", listener)


def thread_of(post: Post) -> str:
    return f"/api/posts/{post.id}/comments"


def at(comment: Comment) -> str:
    return f"/api/posts/{comment.post_id}/comments/{comment.id}"


def put(post: Post, **values: Any) -> None:
    """Set columns of a post, as an operation on posts would."""
    with db.engine.begin() as connection:
        connection.execute(sa.update(Post).where(Post.id == post.id).values(**values))


def rows() -> dict[int, Comment]:
    with Session(db.engine) as session:
        return {comment.id: comment for comment in session.scalars(sa.select(Comment))}


HIDING = {
    "draft": {"status": PostStatus.DRAFT},
    "trashed": {"trashed_at": utcnow()},
    "trashed draft": {"status": PostStatus.DRAFT, "trashed_at": utcnow()},
}


class TestListComments:
    def test_nothing_said(self, client: FlaskClient, post: Post) -> None:
        response = client.get(thread_of(post))
        assert (response.status_code, response.json, response.headers["X-Total-Count"]) == (200, [], "0")

    def test_shows_each_whole(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace, body="Well *said*.")
        (shown,) = client.get(thread_of(post)).json
        shown.pop("cursor")
        assert shown == {
            "id": comment.id,
            "post_id": str(post.id),
            "parent_id": None,
            "depth": 0,
            "deleted": False,
            "author": {"id": grace.id, "username": "grace", "display_name": "Grace Hopper", "avatar": None},
            "body": "Well *said*.",
            "body_html": "<p>Well <em>said</em>.</p>\n",
            "created_at": comment.created_at.isoformat().replace("+00:00", "Z"),
            "edited_at": None,
        }

    def test_oldest_first_with_answers_where_their_time_is(self, client: FlaskClient, post: Post) -> None:
        start = utcnow()
        second = create_comment(post, created_at=start + timedelta(seconds=2))
        first = create_comment(post, created_at=start + timedelta(seconds=1))
        reply = create_comment(post, parent=first, created_at=start + timedelta(seconds=3))
        same_time = create_comment(post, created_at=start + timedelta(seconds=3))
        shown = client.get(thread_of(post)).json
        assert [(item["id"], item["parent_id"], item["depth"]) for item in shown] == [
            (first.id, None, 0),
            (second.id, None, 0),
            (reply.id, first.id, 1),
            (same_time.id, None, 0),
        ]

    def test_of_this_post_only(self, client: FlaskClient, ada: User, post: Post) -> None:
        create_comment(create_post(ada, status=PostStatus.PUBLISHED))
        assert client.get(thread_of(post)).json == []

    def test_former_author(self, client: FlaskClient, post: Post) -> None:
        create_comment(post, None)
        (shown,) = client.get(thread_of(post)).json
        assert shown["author"] == {
            "id": None,
            "username": None,
            "display_name": "Former author",
            "avatar": None,
        }

    def test_deleted_comment_is_a_place(self, client: FlaskClient, post: Post, grace: User) -> None:
        deleted = create_comment(post, grace, body="Secret", deleted_at=utcnow(), edited_at=utcnow())
        create_comment(post, grace, deleted)
        response = client.get(thread_of(post))
        shown = response.json[0]
        assert shown["deleted"] is True
        assert [shown[name] for name in ("author", "body", "body_html")] == [None, None, None]
        assert (shown["id"], shown["depth"]) == (deleted.id, 0)
        assert response.headers["X-Total-Count"] == "2"
        assert "Secret" not in response.text

    def test_in_pages(self, client: FlaskClient, post: Post) -> None:
        ids = [create_comment(post).id for _ in range(5)]
        response = client.get(f"{thread_of(post)}?page=2&per_page=2")
        assert [item["id"] for item in response.json] == ids[2:4]
        assert response.headers["X-Total-Count"] == "5"
        assert f'<{thread_of(post)}?page=3&per_page=2>; rel="next"' in response.headers["Link"]

    def test_by_cursor_each_once_also_at_the_same_instant(self, client: FlaskClient, post: Post) -> None:
        now = utcnow()
        ids = [create_comment(post, created_at=now).id for _ in range(5)]
        listed, response = [], client.get(f"{thread_of(post)}?per_page=2")
        while response.json:
            listed += [item["id"] for item in response.json]
            response = client.get(f"{thread_of(post)}?per_page=2&after={response.json[-1]['cursor']}")
            assert "X-Total-Count" not in response.headers
        assert listed == ids

    def test_next_link_is_there_while_something_follows(self, client: FlaskClient, post: Post) -> None:
        for _ in range(3):
            create_comment(post)
        cursor = client.get(f"{thread_of(post)}?per_page=1").json[0]["cursor"]
        part = client.get(f"{thread_of(post)}?per_page=1&after={cursor}")
        following = part.headers["Link"].split("<")[2].split(">")[0]
        last = client.get(following)
        assert (len(last.json), last.headers["Link"]) == (1, f'<{thread_of(post)}?per_page=1>; rel="first"')

    @pytest.mark.parametrize("character", "A_-z09")
    def test_any_cursor_is_a_place(self, client: FlaskClient, post: Post, character: str) -> None:
        create_comment(post)
        response = client.get(f"{thread_of(post)}?after={character * 32}")
        assert (response.status_code, len(response.json) in {0, 1}) == (200, True)

    @pytest.mark.parametrize(
        "query",
        ["page=0", "per_page=101", "per_page=x", "after=x", f"after={'+' * 32}", "sort=id", "page=1&page=2"],
    )
    def test_refuses_what_the_document_refuses(self, client: FlaskClient, post: Post, query: str) -> None:
        assert client.get(f"{thread_of(post)}?{query}").status_code == 400

    @pytest.mark.parametrize("hidden", HIDING.values(), ids=HIDING)
    def test_tells_nothing_of_a_hidden_post(
        self, client: FlaskClient, post: Post, grace: User, hidden: dict[str, Any]
    ) -> None:
        create_comment(post, grace)
        put(post, **hidden)
        for query in ("", "?after=" + "A" * 32):
            for headers in ({}, auth_headers(grace), auth_headers(create_user())):
                response = client.get(thread_of(post) + query, headers=headers)
                nothing = client.get(f"/api/posts/{NO_POST}/comments{query}", headers=headers)
                assert (response.status_code, response.json) == (404, nothing.json)

    def test_draft_shows_to_who_may_edit_it(
        self, client: FlaskClient, post: Post, ada: User, editor: User
    ) -> None:
        create_comment(post)
        put(post, status=PostStatus.DRAFT)
        for user in (ada, editor):
            assert len(client.get(thread_of(post), headers=auth_headers(user)).json) == 1

    def test_trash_shows_to_nobody(self, client: FlaskClient, post: Post, ada: User, editor: User) -> None:
        put(post, trashed_at=utcnow())
        for user in (ada, editor):
            assert client.get(thread_of(post), headers=auth_headers(user)).status_code == 404

    def test_archived_post_keeps_its_comments(self, client: FlaskClient, post: Post) -> None:
        create_comment(post)
        put(post, status=PostStatus.ARCHIVED)
        assert len(client.get(thread_of(post)).json) == 1

    def test_bad_token_is_not_anonymous(self, client: FlaskClient, post: Post) -> None:
        assert client.get(thread_of(post), headers=bearer_header("x")).status_code == 401

    def test_no_post_id(self, client: FlaskClient) -> None:
        assert client.get("/api/posts/17/comments").status_code == 404

    @pytest.mark.parametrize("amount", [1, 40])
    @pytest.mark.parametrize("query", ["?per_page=100", "?per_page=100&after=" + "A" * 32])
    def test_two_statements_however_many_there_are(
        self, client: FlaskClient, post: Post, statements: list[str], amount: int, query: str
    ) -> None:
        parent = None
        for _ in range(amount):
            parent = create_comment(
                post, create_user(), parent if parent and parent.depth < DEPTH_MAX else None
            )
        statements.clear()
        assert len(client.get(thread_of(post) + query).json) == amount
        assert len(statements) == 2

    def test_part_behind_a_cursor_comes_from_the_index(self, app: Flask, post: Post) -> None:
        words = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
        condition = {"sqlite": "post_id=? AND created_at>?", "postgresql": "(ROW(created_at, id) > ROW("}

        def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> Any:
            return words[connection.dialect.name] + statement, parameters

        with db.engine.connect() as connection:
            kind = connection.dialect.name
            if kind == "postgresql":
                connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
            sa.event.listen(connection, "before_cursor_execute", explain, retval=True)
            result = connection.execute(
                queries._after, {"post_id": post.id, "instant": utcnow(), "id": 1, "limit": 20}
            )
            plan = "\n".join(str(row) for row in result.cursor.fetchall())
        assert condition[kind] in plan
        assert "ix_comments_thread" in plan
        assert "sort" not in plan.lower()
        assert "TEMP B-TREE" not in plan


class TestCreateComment:
    def test_is_readable_at_its_location(self, client: FlaskClient, post: Post, grace: User) -> None:
        response = client.post(thread_of(post), json={"body": "Well *said*."}, headers=auth_headers(grace))
        assert response.status_code == 201
        assert response.headers["Location"] == f"{thread_of(post)}/{response.json['id']}"
        shown = client.get(response.headers["Location"])
        assert (shown.json, shown.headers["ETag"]) == (response.json, response.json["etag"])
        assert response.json["body_html"] == "<p>Well <em>said</em>.</p>\n"
        assert response.json["author"] == {
            "id": grace.id,
            "username": "grace",
            "display_name": "Grace Hopper",
            "avatar": None,
        }

    @pytest.mark.parametrize("role", Role)
    def test_every_role_may(self, client: FlaskClient, post: Post, role: Role) -> None:
        headers = auth_headers(create_user(role=role))
        assert client.post(thread_of(post), json={"body": "x"}, headers=headers).status_code == 201

    def test_answers_another(self, client: FlaskClient, post: Post, grace: User) -> None:
        first = create_comment(post, grace)
        response = client.post(
            thread_of(post), json={"body": "x", "parent_id": first.id}, headers=auth_headers(grace)
        )
        assert (response.status_code, response.json["parent_id"], response.json["depth"]) == (
            201,
            first.id,
            1,
        )

    def test_null_is_no_parent(self, client: FlaskClient, post: Post, grace: User) -> None:
        response = client.post(
            thread_of(post), json={"body": "x", "parent_id": None}, headers=auth_headers(grace)
        )
        assert (response.status_code, response.json["depth"]) == (201, 0)

    def test_comes_after_what_it_answers_whatever_the_clock(
        self, client: FlaskClient, post: Post, grace: User
    ) -> None:
        first = create_comment(post, created_at=utcnow() + timedelta(seconds=5))
        client.post(thread_of(post), json={"body": "x", "parent_id": first.id}, headers=auth_headers(grace))
        assert [item["parent_id"] for item in client.get(thread_of(post)).json] == [None, first.id]

    def test_is_made_harmless(self, client: FlaskClient, post: Post, grace: User) -> None:
        body = (
            "[x](javascript:alert(1)) ![i](https://example.org/i.png)\n\n<script>alert(1)</script>\n\n# Loud"
        )
        html = client.post(thread_of(post), json={"body": body}, headers=auth_headers(grace)).json[
            "body_html"
        ]
        assert html == "<p>x i</p>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p>Loud</p>\n"

    @pytest.mark.parametrize(
        "unit", ["[a](b)", "- ", "> ", "*a*", '"', "&", "`a`", "<", "\n", "1. a\n", "> - "]
    )
    def test_longest_still_fits_what_the_document_says(
        self, client: FlaskClient, post: Post, grace: User, unit: str
    ) -> None:
        body = "x" + (unit * COMMENT_MAX)[: COMMENT_MAX - 1]
        assert (
            client.post(thread_of(post), json={"body": body}, headers=auth_headers(grace)).status_code == 201
        )
        assert client.get(thread_of(post)).json[0]["body"] == body

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"body": ""},
            {"body": " \n\u200b"},
            {"body": None},
            {"body": 17},
            {"body": "a\0b"},
            {"body": "x" * (COMMENT_MAX + 1)},
            {"body": "x", "parent_id": 0},
            {"body": "x", "parent_id": INT64_MAX + 1},
            {"body": "x", "parent_id": 10**400},
            {"body": "x", "parent_id": "1"},
            {"body": "x", "parent_id": 1.5},
            {"body": "x", "depth": 0},
            {"body": "x", "author_id": 1},
            [],
        ],
        ids=lambda body: ascii(body)[:40],
    )
    def test_refuses_what_the_schema_refuses(
        self, client: FlaskClient, post: Post, grace: User, body: Any
    ) -> None:
        response = client.post(thread_of(post), json=body, headers=auth_headers(grace))
        assert (response.status_code, rows()) == (400, {})

    def test_refuses_lone_surrogates(self, client: FlaskClient, post: Post, grace: User) -> None:
        headers = {**auth_headers(grace), "Content-Type": "application/json"}
        assert client.post(thread_of(post), data=b'{"body": "\\ud800"}', headers=headers).status_code == 400

    def test_needs_a_token_first(self, client: FlaskClient, post: Post) -> None:
        assert client.post(thread_of(post), json={}).status_code == 401

    def test_on_nothing(self, client: FlaskClient, grace: User) -> None:
        headers = auth_headers(grace)
        response = client.post(f"/api/posts/{NO_POST}/comments", json={"body": "x"}, headers=headers)
        assert response.status_code == 404

    @pytest.mark.parametrize("hidden", HIDING.values(), ids=HIDING)
    def test_on_a_hidden_post(
        self, client: FlaskClient, post: Post, grace: User, hidden: dict[str, Any]
    ) -> None:
        put(post, **hidden)
        response = client.post(thread_of(post), json={"body": "x"}, headers=auth_headers(grace))
        assert (response.status_code, rows()) == (404, {})

    def test_closed_when_archived(self, client: FlaskClient, post: Post, grace: User) -> None:
        put(post, status=PostStatus.ARCHIVED)
        response = client.post(thread_of(post), json={"body": "x"}, headers=auth_headers(grace))
        assert (response.status_code, response.json["code"]) == (409, "COMMENTS_CLOSED")

    def test_closed_on_ones_own_draft(self, client: FlaskClient, post: Post, ada: User) -> None:
        put(post, status=PostStatus.DRAFT)
        response = client.post(thread_of(post), json={"body": "x"}, headers=auth_headers(ada))
        assert (response.status_code, response.json["code"]) == (409, "COMMENTS_CLOSED")

    def test_parent_that_cannot_be_answered(
        self, client: FlaskClient, post: Post, ada: User, grace: User
    ) -> None:
        elsewhere = create_comment(create_post(ada, status=PostStatus.PUBLISHED))
        in_draft = create_comment(create_post(ada))
        deleted = create_comment(post, deleted_at=utcnow())
        for parent_id in (elsewhere.id, in_draft.id, deleted.id, deleted.id + 1, INT64_MAX):
            body = {"body": "x", "parent_id": parent_id}
            response = client.post(thread_of(post), json=body, headers=auth_headers(grace))
            assert (response.status_code, response.json["code"]) == (409, "PARENT_NOT_FOUND")

    def test_as_deep_as_it_gets(self, client: FlaskClient, post: Post, grace: User) -> None:
        headers, parent_id = auth_headers(grace), None
        for depth in range(DEPTH_MAX + 1):
            response = client.post(
                thread_of(post), json={"body": "x", "parent_id": parent_id}, headers=headers
            )
            assert (response.status_code, response.json["depth"]) == (201, depth)
            parent_id = response.json["id"]
        response = client.post(thread_of(post), json={"body": "x", "parent_id": parent_id}, headers=headers)
        assert (response.status_code, response.json["code"]) == (409, "TOO_DEEP")

    def test_by_an_account_that_goes_meanwhile(
        self, client: FlaskClient, post: Post, grace: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def delete_account(body: str) -> str:
            with db.engine.begin() as connection:
                connection.execute(sa.delete(User).where(User.id == grace.id))
            return body

        headers = auth_headers(grace)
        monkeypatch.setattr(actions, "render_comment", delete_account)
        response = client.post(thread_of(post), json={"body": "x"}, headers=headers)
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")

    def test_constant_number_of_statements(
        self, client: FlaskClient, post: Post, grace: User, statements: list[str]
    ) -> None:
        """Identity, account, post, INSERT, webhooks and INSERT of jobs; one more for the parent of a reply."""
        headers, first = auth_headers(grace), create_comment(post)
        for parent_id, expected in ((None, 6), (first.id, 7)):
            statements.clear()
            client.post(thread_of(post), json={"body": "x", "parent_id": parent_id}, headers=headers)
            # PostgreSQL is also told to wake the workers.
            counted = [each for each in statements if not each.startswith(("BEGIN", "NOTIFY"))]
            assert len(counted) == expected


class TestGetComment:
    def test_shows_it(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace)
        response = client.get(at(comment))
        assert (response.status_code, response.json["id"], response.json["body"]) == (
            200,
            comment.id,
            comment.body,
        )

    def test_unchanged(self, client: FlaskClient, post: Post) -> None:
        comment = create_comment(post)
        etag = client.get(at(comment)).headers["ETag"]
        response = client.get(at(comment), headers={"If-None-Match": etag})
        assert (response.status_code, response.data, response.headers["ETag"]) == (304, b"", etag)

    def test_is_another_version_when_its_author_is_renamed(
        self, client: FlaskClient, post: Post, grace: User
    ) -> None:
        comment = create_comment(post, grace)
        etag = client.get(at(comment)).headers["ETag"]
        client.patch(
            f"/api/users/{grace.id}", json={"display_name": "Rear Admiral"}, headers=auth_headers(grace)
        )
        response = client.get(at(comment), headers={"If-None-Match": etag})
        assert (response.status_code, response.json["author"]["display_name"]) == (200, "Rear Admiral")

    def test_deleted_is_gone(self, client: FlaskClient, post: Post) -> None:
        deleted = create_comment(post, deleted_at=utcnow())
        create_comment(post, parent=deleted)
        assert client.get(at(deleted)).status_code == 404

    def test_not_under_another_post(self, client: FlaskClient, post: Post, ada: User) -> None:
        comment = create_comment(post)
        other = create_post(ada, status=PostStatus.PUBLISHED)
        assert client.get(f"{thread_of(other)}/{comment.id}").status_code == 404

    @pytest.mark.parametrize("comment_id", [0, 1, INT64_MAX, INT64_MAX + 1, 10**30, -1, "x", "٣"])
    def test_what_is_no_comment(self, client: FlaskClient, post: Post, comment_id: Any) -> None:
        assert client.get(f"{thread_of(post)}/{comment_id}").status_code == 404

    @pytest.mark.parametrize("hidden", HIDING.values(), ids=HIDING)
    def test_tells_nothing_of_a_hidden_post(
        self, client: FlaskClient, post: Post, grace: User, hidden: dict[str, Any]
    ) -> None:
        comment = create_comment(post, grace)
        etag = client.get(at(comment)).headers["ETag"]
        put(post, **hidden)
        for headers in ({}, {"If-None-Match": etag}, auth_headers(grace)):
            assert client.get(at(comment), headers=headers).status_code == 404

    def test_refuses_unknown_parameters(self, client: FlaskClient, post: Post) -> None:
        assert client.get(at(create_comment(post)) + "?x=1").status_code == 400

    def test_bad_token_is_not_anonymous(self, client: FlaskClient, post: Post) -> None:
        assert client.get(at(create_comment(post)), headers=bearer_header("x")).status_code == 401

    def test_one_statement(self, client: FlaskClient, post: Post, grace: User, statements: list[str]) -> None:
        comment = create_comment(post, grace)
        statements.clear()
        client.get(at(comment))
        assert len(statements) == 1


class TestUpdateComment:
    def test_changes_what_it_says(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace)
        etag = client.get(at(comment)).headers["ETag"]
        response = client.patch(at(comment), json={"body": "*Better*."}, headers=auth_headers(grace))
        assert response.status_code == 200
        assert (response.json["body"], response.json["body_html"]) == (
            "*Better*.",
            "<p><em>Better</em>.</p>\n",
        )
        assert response.json["edited_at"] >= response.json["created_at"]
        assert response.json["etag"] != etag
        assert client.get(at(comment)).json == response.json

    def test_same_text_is_no_new_version(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace)
        before = client.get(at(comment)).json
        assert (
            client.patch(at(comment), json={"body": comment.body}, headers=auth_headers(grace)).json == before
        )

    @pytest.mark.parametrize(("late", "status"), [(-10, 200), (10, 403)])
    def test_within_fifteen_minutes(
        self, client: FlaskClient, post: Post, grace: User, late: int, status: int
    ) -> None:
        assert timedelta(minutes=15) == EDIT_WINDOW
        comment = create_comment(post, grace, created_at=utcnow() - EDIT_WINDOW - timedelta(seconds=late))
        response = client.patch(at(comment), json={"body": "x"}, headers=auth_headers(grace))
        assert response.status_code == status
        assert response.json.get("code") == ("EDIT_WINDOW_CLOSED" if status == 403 else None)

    def test_an_edit_does_not_keep_the_window_open(
        self, client: FlaskClient, post: Post, grace: User
    ) -> None:
        comment = create_comment(
            post, grace, created_at=utcnow() - EDIT_WINDOW - timedelta(seconds=1), edited_at=utcnow()
        )
        assert client.patch(at(comment), json={"body": "x"}, headers=auth_headers(grace)).status_code == 403

    def test_by_its_author_alone(
        self, client: FlaskClient, post: Post, ada: User, grace: User, editor: User
    ) -> None:
        comment = create_comment(post, grace)
        for user in (ada, editor, create_user(role=Role.ADMIN)):
            response = client.patch(at(comment), json={"body": "x"}, headers=auth_headers(user))
            assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_COMMENT")
        assert rows()[comment.id].body == comment.body

    def test_nobodys_is_nobodys(self, client: FlaskClient, post: Post, grace: User) -> None:
        response = client.patch(at(create_comment(post)), json={"body": "x"}, headers=auth_headers(grace))
        assert response.json["code"] == "NOT_YOUR_COMMENT"

    def test_of_the_version_the_caller_knows(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment, headers = create_comment(post, grace), auth_headers(grace)
        etag = client.get(at(comment)).headers["ETag"]
        for condition, status in ((f"W/{etag}", 200), (etag, 412), ("*", 200), ('"x"', 412), ("x", 400)):
            response = client.patch(
                at(comment), json={"body": f"After {condition}"}, headers={**headers, "If-Match": condition}
            )
            assert (condition, response.status_code) == (condition, status)

    @pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": "a\0"}, {"body": "x", "parent_id": 1}, []])
    def test_refuses_what_the_schema_refuses(
        self, client: FlaskClient, post: Post, grace: User, body: Any
    ) -> None:
        comment = create_comment(post, grace)
        assert client.patch(at(comment), json=body, headers=auth_headers(grace)).status_code == 400

    def test_needs_a_token(self, client: FlaskClient, post: Post) -> None:
        assert client.patch(at(create_comment(post)), json={"body": "x"}).status_code == 401

    def test_what_is_not_there(self, client: FlaskClient, post: Post, ada: User, grace: User) -> None:
        other = create_post(ada, status=PostStatus.PUBLISHED)
        comment, deleted = create_comment(post, grace), create_comment(post, grace, deleted_at=utcnow())
        for url in (at(deleted), f"{thread_of(other)}/{comment.id}", f"{thread_of(post)}/{INT64_MAX}"):
            assert client.patch(url, json={"body": "x"}, headers=auth_headers(grace)).status_code == 404

    @pytest.mark.parametrize("hidden", HIDING.values(), ids=HIDING)
    def test_not_under_a_hidden_post(
        self, client: FlaskClient, post: Post, grace: User, hidden: dict[str, Any]
    ) -> None:
        comment = create_comment(post, grace)
        put(post, **hidden)
        assert client.patch(at(comment), json={"body": "x"}, headers=auth_headers(grace)).status_code == 404


class TestDeleteComment:
    def test_without_answers_leaves_nothing(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace)
        response = client.delete(at(comment), headers=auth_headers(grace))
        assert (response.status_code, response.data) == (204, b"")
        assert client.get(thread_of(post)).json == []
        assert rows() == {}

    def test_with_answers_leaves_its_place_and_not_its_words(
        self, client: FlaskClient, post: Post, grace: User
    ) -> None:
        comment = create_comment(post, grace, body="Secret", edited_at=utcnow())
        reply = create_comment(post, grace, comment)
        assert client.delete(at(comment), headers=auth_headers(grace)).status_code == 204
        assert [(item["id"], item["deleted"]) for item in client.get(thread_of(post)).json] == [
            (comment.id, True),
            (reply.id, False),
        ]
        row = rows()[comment.id]
        assert (row.author_id, row.body, row.body_html, row.edited_at) == (None, "", "", None)

    def test_places_go_with_the_last_answer(self, client: FlaskClient, post: Post, grace: User) -> None:
        headers = auth_headers(grace)
        top = create_comment(post, grace)
        middle = create_comment(post, grace, top)
        one, other = (create_comment(post, grace, middle) for _ in range(2))
        for comment, left in (
            (top, [top, middle, one, other]),
            (middle, [top, middle, one, other]),
            (one, [top, middle, other]),
            (other, []),
        ):
            assert client.delete(at(comment), headers=headers).status_code == 204
            assert [item["id"] for item in client.get(thread_of(post)).json] == [kept.id for kept in left]

    def test_living_ones_above_stay(self, client: FlaskClient, post: Post, grace: User) -> None:
        top = create_comment(post, grace)
        client.delete(at(create_comment(post, grace, top)), headers=auth_headers(grace))
        assert client.get(at(top)).status_code == 200

    def test_twice(self, client: FlaskClient, post: Post, grace: User) -> None:
        headers = auth_headers(grace)
        answered, alone = create_comment(post, grace), create_comment(post, grace)
        create_comment(post, grace, answered)
        for comment in (answered, alone):
            statuses = [client.delete(at(comment), headers=headers).status_code for _ in range(2)]
            assert statuses == [204, 404]

    def test_of_a_former_author_by_an_editor(self, client: FlaskClient, post: Post, editor: User) -> None:
        assert client.delete(at(create_comment(post, None)), headers=auth_headers(editor)).status_code == 204

    def test_by_the_posts_author_and_editors(
        self, client: FlaskClient, post: Post, ada: User, grace: User, editor: User
    ) -> None:
        for user in (ada, editor, create_user(role=Role.ADMIN)):
            comment = create_comment(post, grace)
            assert client.delete(at(comment), headers=auth_headers(user)).status_code == 204

    def test_by_nobody_else(self, client: FlaskClient, post: Post, ada: User, grace: User) -> None:
        comment = create_comment(post, ada)
        for user in (grace, create_user(role=Role.AUTHOR)):
            response = client.delete(at(comment), headers=auth_headers(user))
            assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_COMMENT")
        assert comment.id in rows()

    def test_long_after_and_on_archived_posts_too(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace, created_at=utcnow() - timedelta(days=400))
        put(post, status=PostStatus.ARCHIVED)
        assert client.delete(at(comment), headers=auth_headers(grace)).status_code == 204

    def test_of_the_version_the_caller_knows(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment, headers = create_comment(post, grace), auth_headers(grace)
        etag = client.get(at(comment)).headers["ETag"]
        client.patch(at(comment), json={"body": "Changed."}, headers=headers)
        assert client.delete(at(comment), headers={**headers, "If-Match": etag}).status_code == 412
        assert comment.id in rows()
        now = client.get(at(comment)).headers["ETag"]
        assert client.delete(at(comment), headers={**headers, "If-Match": now}).status_code == 204

    def test_bad_condition(self, client: FlaskClient, post: Post, grace: User) -> None:
        headers = {**auth_headers(grace), "If-Match": "x"}
        assert client.delete(at(create_comment(post, grace)), headers=headers).status_code == 400

    def test_needs_a_token(self, client: FlaskClient, post: Post) -> None:
        assert client.delete(at(create_comment(post))).status_code == 401

    @pytest.mark.parametrize("hidden", HIDING.values(), ids=HIDING)
    def test_not_under_a_hidden_post(
        self, client: FlaskClient, post: Post, grace: User, hidden: dict[str, Any]
    ) -> None:
        comment = create_comment(post, grace)
        put(post, **hidden)
        assert client.delete(at(comment), headers=auth_headers(grace)).status_code == 404
        assert comment.id in rows()

    def test_goes_with_its_post(self, client: FlaskClient, post: Post, grace: User) -> None:
        create_comment(post, grace, create_comment(post, grace))
        with db.engine.begin() as connection:
            connection.execute(sa.delete(Post).where(Post.id == post.id))
        assert rows() == {}

    def test_stays_when_its_author_goes(self, client: FlaskClient, post: Post, grace: User) -> None:
        comment = create_comment(post, grace)
        etag = client.get(at(comment)).headers["ETag"]
        admin = auth_headers(create_user(role=Role.ADMIN))
        assert client.delete(f"/api/users/{grace.id}", headers=admin).status_code == 204
        response = client.get(at(comment), headers={"If-None-Match": etag})
        assert (response.status_code, response.json["author"]["display_name"]) == (200, "Former author")


class TestAtTheSameTime:
    def race(self, app: Flask, *calls: Callable[[FlaskClient], Any]) -> list[int]:
        return run_concurrently(app, len(calls), lambda client, index: calls[index](client).status_code)

    def test_answers_are_never_lost_with_what_they_answer(self, app: Flask, post: Post, grace: User) -> None:
        """Either the reply comes first and the parent is soft-deleted, or there is no parent left to reply to."""
        headers = auth_headers(grace)
        for _ in range(8):
            parent = create_comment(post, grace)
            body = {"body": "x", "parent_id": parent.id}
            deleted, replied = self.race(
                app,
                lambda client, parent=parent: client.delete(at(parent), headers=headers),
                lambda client, body=body: client.post(thread_of(post), json=body, headers=headers),
            )
            assert deleted == 204
            left = rows()
            replies = [comment for comment in left.values() if comment.parent_id == parent.id]
            assert (replied, parent.id in left, len(replies)) in {(201, True, 1), (409, False, 0)}

    def test_last_answers_leave_no_empty_place(self, app: Flask, post: Post, grace: User) -> None:
        headers = auth_headers(grace)
        for _ in range(8):
            parent = create_comment(post, deleted_at=utcnow())
            replies = [create_comment(post, grace, parent) for _ in range(2)]
            calls = [
                lambda client, reply=reply: client.delete(at(reply), headers=headers) for reply in replies
            ]
            assert self.race(app, *calls) == [204, 204]
            assert rows() == {}

    def test_one_of_two_edits_of_one_version(
        self, app: Flask, client: FlaskClient, post: Post, grace: User
    ) -> None:
        comment = create_comment(post, grace)
        headers = {**auth_headers(grace), "If-Match": client.get(at(comment)).headers["ETag"]}
        calls = [
            lambda client, text=text: client.patch(at(comment), json={"body": text}, headers=headers)
            for text in ("One.", "Other.")
        ]
        assert sorted(self.race(app, *calls)) == [200, 412]
