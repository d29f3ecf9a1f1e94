"""Post lists: visibility, filters, sorting, and both kinds of pagination."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.extensions import db
from service.models.posts import Post, PostStatus
from service.posts.listing import SORT_OPTIONS
from tests.conftest import on_postgresql
from tests.factories import create_post, create_tag
from tests.posts.conftest import Actor

PUBLISHED, DRAFT, ARCHIVED = PostStatus.PUBLISHED, PostStatus.DRAFT, PostStatus.ARCHIVED
SCHEDULED = PostStatus.SCHEDULED
START = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.json
    return [post["id"] for post in response.json]


def of(*posts: Post) -> list[str]:
    return [str(post.id) for post in posts]


def multiply(post: Post, times: int) -> None:
    """Copy a post, each copy a second later, and update the statistics of PostgreSQL's query planner."""
    changed = {
        "id": "gen_random_uuid()",
        "slug": "slug || '-' || n",
        **{name: f"{name} + n * interval '1 s'" for name in ("listed_at", "created_at", "updated_at")},
    }
    columns = [column.name for column in Post.__table__.columns]
    values = ", ".join(changed.get(name, name) for name in columns)
    copy = (
        f"INSERT INTO posts ({', '.join(columns)}) SELECT {values} FROM posts, generate_series(1, {times}) n"
    )
    with db.engine.begin() as connection:
        connection.execute(sa.text(copy))
        connection.execute(sa.text("ANALYZE posts, users"))


class TestWhoSeesWhich:
    def test_anyone_lists_what_is_published(
        self, client: FlaskClient, post_author: Actor, editor: Actor
    ) -> None:
        shown = create_post(post_author.user, status=PUBLISHED)
        create_post(post_author.user)
        create_post(post_author.user, status=ARCHIVED)
        create_post(post_author.user, status=SCHEDULED)
        create_post(post_author.user, status=PUBLISHED, trashed_at=START)
        for headers in ({}, post_author.headers, editor.headers):
            assert ids(client.get("/api/posts", headers=headers)) == of(shown)

    @pytest.mark.parametrize("status", [DRAFT, SCHEDULED, ARCHIVED])
    def test_others_are_for_their_author_and_editors(
        self,
        client: FlaskClient,
        post_author: Actor,
        other_author: Actor,
        editor: Actor,
        reader: Actor,
        status: PostStatus,
    ) -> None:
        first = create_post(post_author.user, status=status, created_at=START)
        second = create_post(other_author.user, status=status)
        create_post(post_author.user, status=status, trashed_at=START)
        expected = [
            (post_author, of(first)),
            (other_author, of(second)),
            (editor, of(second, first)),
            (reader, []),
        ]
        for path in ("/api/posts?", "/api/posts?after=" + "f" * 32 + "&"):
            for make_actor, listed in expected:
                assert ids(client.get(f"{path}status={status}", headers=make_actor.headers)) == listed

    @pytest.mark.parametrize("status", [DRAFT, SCHEDULED, ARCHIVED])
    def test_anonymous_caller_must_say_who_it_is(
        self, client: FlaskClient, post_author: Actor, status: PostStatus
    ) -> None:
        for path in ("/api/posts", f"/api/users/{post_author.user.id}/posts"):
            response = client.get(f"{path}?status={status}")
            assert (response.status_code, response.json["code"]) == (401, "UNAUTHORIZED")


class TestItems:
    def test_are_summaries(self, client: FlaskClient, post_author: Actor) -> None:
        tags = [create_tag("Zebra"), create_tag("Ant")]
        post = create_post(post_author.user, tags, status=PUBLISHED, seo_description="For machines")
        (listed,) = client.get("/api/posts").json
        whole = client.get(f"/api/posts/{post.id}").json
        assert {name: whole[name] for name in listed if name != "cursor"} == {
            name: value for name, value in listed.items() if name != "cursor"
        }
        own = {"body", "body_html", "contents", "images", "cover_alt_text", "cover_caption", "etag"}
        assert set(whole) - set(listed) == own
        assert [tag["name"] for tag in listed["tags"]] == ["Zebra", "Ant"]


class TestFilters:
    def test_author_is_one_whatever_the_case(
        self, client: FlaskClient, post_author: Actor, other_author: Actor
    ) -> None:
        post = create_post(post_author.user, status=PUBLISHED)
        create_post(other_author.user, status=PUBLISHED)
        create_post(status=PUBLISHED)
        assert ids(client.get("/api/posts?author=ADA")) == of(post)
        assert ids(client.get("/api/posts?author=nobody")) == []

    def test_tag_is_one_by_its_slug(self, client: FlaskClient) -> None:
        tag, other = create_tag("History"), create_tag("Machines")
        both = create_post(tags=[other, tag], status=PUBLISHED)
        create_post(tags=[other], status=PUBLISHED)
        create_post(tags=[tag])
        response = client.get("/api/posts?tag=history")
        assert (ids(response), response.headers["X-Total-Count"]) == (of(both), "1")

    @pytest.mark.parametrize(
        ("text", "search"),
        [
            ("Über ÉCLAIRS", "über éclairs"),
            ("über éclairs", "ÉCLAIRS"),
            ("Stra\u00dfe", "STRASSE"),
            ("e\u0301clair", "\u00e9clair"),
            ("100 %", "0 %"),
            ("snake_case", "e_c"),
            ("a\\b", "a\\b"),
            ("İstanbul", "istanbul"[1:]),
        ],
    )
    def test_search_finds_whatever_the_case(self, client: FlaskClient, text: str, search: str) -> None:
        titled = create_post(title=text, body="x", status=PUBLISHED, created_at=START)
        written = create_post(title="x", body=f"before {text} after", status=PUBLISHED)
        create_post(title="x", body="100 x snakeXcase aXb", status=PUBLISHED)
        response = client.get("/api/posts", query_string={"search": search})
        assert ids(response) == of(written, titled)

    def test_instants_are_from_the_first_to_before_the_last(self, client: FlaskClient) -> None:
        posts = [create_post(status=PUBLISHED, published_at=START + n * DAY) for n in range(4)]
        query = {"published_after": "2020-01-02T01:00:00+01:00", "published_before": "2020-01-04T00:00:00Z"}
        assert ids(client.get("/api/posts", query_string=query)) == of(posts[2], posts[1])

    def test_what_was_never_published_was_not_published_after(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        create_post(post_author.user)
        again = create_post(post_author.user, published_at=START)
        for query in ("published_after=2019-01-01T00:00:00Z", "published_before=2030-01-01T00:00:00Z"):
            assert ids(client.get(f"/api/posts?status=draft&{query}", headers=post_author.headers)) == of(
                again
            )

    def test_all_of_them_hold_together(self, client: FlaskClient, post_author: Actor) -> None:
        tag = create_tag("History")
        matching = create_post(post_author.user, [tag], title="Engine", status=PUBLISHED, published_at=START)
        create_post(post_author.user, [tag], title="Loom", status=PUBLISHED, published_at=START)
        create_post(post_author.user, [], title="Engine", status=PUBLISHED, published_at=START)
        create_post(None, [tag], title="Engine", status=PUBLISHED, published_at=START)
        create_post(post_author.user, [tag], title="Engine", status=PUBLISHED, published_at=START - DAY)
        query = "tag=history&author=ada&search=engine&published_after=2020-01-01T00:00:00Z"
        for part in ("", "&after=" + "f" * 32):
            assert ids(client.get(f"/api/posts?{query}{part}")) == of(matching)

    @pytest.mark.parametrize(
        "query",
        [
            "status=trashed",
            "status=",
            "sort=title",
            "sort=",
            "tag=Not+A+Slug",
            "tag=%00",
            "author=x",
            "author=a%20b",
            "search=",
            "search=%00",
            "search=" + "x" * 101,
            "published_after=yesterday",
            "published_after=2020-01-01T00:00:00",
            "published_before=2020-01-01T23:59:60Z",
            "page=0",
            "page=1000001",
            "per_page=101",
            "after=x",
            "after=" + "%C3%A9" * 32,
            "after=" + "a" * 33,
        ],
    )
    def test_what_the_schema_refuses(self, client: FlaskClient, post_author: Actor, query: str) -> None:
        for path in ("/api/posts", f"/api/users/{post_author.user.id}/posts"):
            if not (query.startswith("author") and "users" in path):
                assert client.get(f"{path}?{query}").status_code == 400


class TestSorts:
    @pytest.mark.parametrize("sort", SORT_OPTIONS)
    def test_every_one_is_by_its_instant(self, client: FlaskClient, sort: str) -> None:
        shuffled = [3, 1, 2, 0]
        posts = [
            create_post(
                status=PUBLISHED,
                created_at=START + n * DAY,
                published_at=START + (n + 1) % 4 * DAY,
                updated_at=START + (n + 2) % 4 * DAY,
            )
            for n in shuffled
        ]
        name = sort.removeprefix("-").replace("scheduled_at", "published_at")
        expected = sorted(posts, key=lambda post: getattr(post, name), reverse=sort[0] == "-")
        assert ids(client.get(f"/api/posts?sort={sort}")) == of(*expected)

    def test_newest_publication_is_first_unless_asked(self, client: FlaskClient) -> None:
        old, new = (create_post(status=PUBLISHED, published_at=START + n * DAY) for n in range(2))
        assert ids(client.get("/api/posts")) == of(new, old)

    def test_drafts_stand_by_their_creation(self, client: FlaskClient, post_author: Actor) -> None:
        old, new = (create_post(post_author.user, created_at=START + n * DAY) for n in range(2))
        assert ids(client.get("/api/posts?status=draft", headers=post_author.headers)) == of(new, old)


class TestPages:
    def test_have_a_total_and_links(self, client: FlaskClient) -> None:
        posts = [create_post(status=PUBLISHED, published_at=START + n * DAY) for n in range(5)]
        response = client.get("/api/posts?per_page=2&page=2")
        assert ids(response) == of(posts[2], posts[1])
        assert response.headers["X-Total-Count"] == "5"
        assert re.findall('rel="(.+?)"', response.headers["Link"]) == ["first", "prev", "next", "last"]

    def test_beyond_the_end_is_empty(self, client: FlaskClient) -> None:
        assert ids(client.get("/api/posts?page=1000000&per_page=100")) == []

    def test_take_two_statements(self, client: FlaskClient, post_author: Actor, sql_statements: Any) -> None:
        for _ in range(3):
            create_post(post_author.user, [create_tag(), create_tag()], status=PUBLISHED)
        with sql_statements() as statements:
            client.get("/api/posts?search=post&author=ada")
        assert len(statements) == 2


class TestCursors:
    @pytest.mark.parametrize("sort", SORT_OPTIONS)
    def test_lead_through_the_whole_list(self, client: FlaskClient, post_author: Actor, sort: str) -> None:
        """Four posts share each timestamp, so that the id decides."""
        for n in range(12):
            instant = START + n // 4 * DAY
            create_post(
                post_author.user,
                status=ARCHIVED,
                created_at=instant,
                published_at=instant,
                updated_at=instant,
            )
        whole = client.get(
            f"/api/posts?status=archived&sort={sort}&per_page=100", headers=post_author.headers
        )
        first = whole.json[0]
        listed, pages = [first["id"]], 0
        path = f"/api/posts?status=archived&sort={sort}&per_page=5&after={first['cursor']}"
        while path:
            response = client.get(path, headers=post_author.headers)
            listed, pages = listed + ids(response), pages + 1
            following = re.search('<([^>]+)>; rel="next"', response.headers["Link"])
            path = following[1] if following else ""
        assert listed == ids(whole)
        assert pages == 3

    def test_last_part_has_no_next(self, client: FlaskClient) -> None:
        for n in range(3):
            create_post(status=PUBLISHED, published_at=START + n * DAY)
        (first, *_) = client.get("/api/posts").json
        response = client.get(f"/api/posts?per_page=2&after={first['cursor']}")
        assert len(response.json) == 2
        assert re.findall('rel="(.+?)"', response.headers["Link"]) == ["first"]
        assert "X-Total-Count" not in response.headers

    def test_wins_over_the_page(self, client: FlaskClient) -> None:
        posts = [create_post(status=PUBLISHED, published_at=START + n * DAY) for n in range(3)]
        cursor = client.get("/api/posts").json[0]["cursor"]
        assert ids(client.get(f"/api/posts?page=7&after={cursor}")) == of(posts[1], posts[0])

    @pytest.mark.parametrize("sort", SORT_OPTIONS)
    @pytest.mark.parametrize("cursor", ["_" * 32, "A" * 32, "f" + "_" * 31, "g" + "A" * 31, "-" * 32])
    def test_any_text_of_its_form_is_one(self, client: FlaskClient, sort: str, cursor: str) -> None:
        create_post(status=PUBLISHED)
        assert client.get(f"/api/posts?sort={sort}&after={cursor}").status_code == 200

    def test_nothing_is_lost_or_doubled_when_the_list_grows(self, client: FlaskClient) -> None:
        posts = [create_post(status=PUBLISHED, published_at=START + n * DAY) for n in range(4)]
        cursor = client.get("/api/posts?per_page=2").json[-1]["cursor"]
        create_post(status=PUBLISHED, published_at=START + 9 * DAY)
        assert ids(client.get(f"/api/posts?per_page=2&after={cursor}")) == of(posts[1], posts[0])

    def test_take_one_statement(self, client: FlaskClient, sql_statements: Any) -> None:
        for _ in range(3):
            create_post(tags=[create_tag()], status=PUBLISHED)
        with sql_statements() as statements:
            assert len(client.get("/api/posts?after=" + "f" * 32).json) == 3
        assert len(statements) == 1

    @on_postgresql
    @pytest.mark.parametrize(
        ("sort", "index"),
        [
            ("-published_at", "ix_posts_listing"),
            ("created_at", "ix_posts_creation"),
            ("-updated_at", "ix_posts_change"),
        ],
    )
    def test_cost_does_not_grow_with_depth(
        self, client: FlaskClient, post_author: Actor, sort: str, index: str
    ) -> None:
        multiply(create_post(post_author.user, status=PUBLISHED, published_at=START), 20_000)
        cursor = client.get(f"/api/posts?sort={sort}&page=500").json[-1]["cursor"]
        explained: list[str] = []

        def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "posts.title" in statement and not statement.startswith("EXPLAIN"):
                with db.engine.connect() as connection:
                    raw = connection.connection.driver_connection
                    explained.extend(row[0] for row in raw.execute(f"EXPLAIN {statement}", parameters))

        sa.event.listen(db.engine, "before_cursor_execute", explain)
        try:
            client.get(f"/api/posts?sort={sort}&after={cursor}")
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", explain)
        plan = "\n".join(explained)
        assert index in plan
        assert "Sort" not in plan
        assert "ROW(" in plan[plan.index("Index Cond") : plan.index("Index Cond") + 200]


class TestUserPosts:
    def test_are_one_accounts(self, client: FlaskClient, post_author: Actor, other_author: Actor) -> None:
        post, draft = create_post(post_author.user, status=PUBLISHED), create_post(post_author.user)
        create_post(other_author.user, status=PUBLISHED)
        path = f"/api/users/{post_author.user.id}/posts"
        assert ids(client.get(path)) == ids(client.get(path, headers=other_author.headers)) == of(post)
        assert ids(client.get(f"{path}?status=draft", headers=post_author.headers)) == of(draft)
        assert ids(client.get(f"{path}?status=draft", headers=other_author.headers)) == []

    def test_of_nobody_are_not_found(self, client: FlaskClient, post_author: Actor) -> None:
        assert client.get("/api/users/999999/posts").json["code"] == "NOT_FOUND"
        assert client.get(f"/api/users/{2**63}/posts").status_code == 404
        assert ids(client.get(f"/api/users/{post_author.user.id}/posts")) == []

    def test_have_no_author_to_ask_for(self, client: FlaskClient, post_author: Actor) -> None:
        assert client.get(f"/api/users/{post_author.user.id}/posts?author=ada").status_code == 400
