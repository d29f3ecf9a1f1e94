"""Single posts by id and slug, redirects from paths of a previous site, and the monthly archive."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.models.posts import PostSlug, PostStatus, Redirect
from tests.accounts import bearer_header
from tests.conftest import on_sqlite
from tests.factories import create_post, create_tag, save
from tests.posts.conftest import Actor

PUBLISHED = {"status": PostStatus.PUBLISHED}
LONG_AGO = datetime(2014, 12, 12, tzinfo=UTC)


class TestGetPost:
    def test_shows_all_of_it_to_anyone(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(
            post_author.user, [create_tag("History", slug="history")], **PUBLISHED, seo_title="For machines"
        )
        shown = client.get(f"/api/posts/{post.id}")
        assert shown.status_code == 200
        assert shown.json["body"] == "Some *text*."
        assert shown.json["body_html"] == "<p>Some <em>text</em>.</p>\n"
        assert shown.json["tags"] == [{"name": "History", "slug": "history"}]
        assert shown.json["seo_title"] == "For machines"
        assert shown.headers["ETag"] == shown.json["etag"]

    def test_is_not_sent_again_at_the_cost_of_one_short_row(
        self, client: FlaskClient, sql_statements: Any
    ) -> None:
        post = create_post(**PUBLISHED)
        etag = client.get(f"/api/posts/{post.id}").headers["ETag"]
        for path in (f"/api/posts/{post.id}", f"/api/posts/slug/{post.slug}"):
            with sql_statements() as statements:
                again = client.get(path, headers={"If-None-Match": etag})
            assert (again.status_code, again.data) == (304, b"")
            assert len(statements) == 1
            assert "body" not in statements[0]

    def test_draft_is_404_to_whoever_guesses_its_tag(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        etag = client.get(f"/api/posts/{post.id}", headers=post_author.headers).headers["ETag"]
        for path in (f"/api/posts/{post.id}", f"/api/posts/slug/{post.slug}"):
            for tag in (etag, "*"):
                assert client.get(path, headers={"If-None-Match": tag}).status_code == 404

    def test_draft_is_for_its_author_and_editors(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor, reader: Actor
    ) -> None:
        post = create_post(post_author.user)
        for path in (f"/api/posts/{post.id}", f"/api/posts/slug/{post.slug}"):
            for make_actor in (post_author, editor):
                assert client.get(path, headers=make_actor.headers).status_code == 200
            for headers in ({}, other_author.headers, reader.headers):
                assert client.get(path, headers=headers).status_code == 404

    def test_unknown_one_is_not_found(self, client: FlaskClient) -> None:
        for path in (f"/api/posts/{uuid4()}", "/api/posts/slug/unknown", "/api/posts/slug/%00"):
            assert client.get(path).status_code == 404

    def test_bad_token_is_not_taken_for_none(self, client: FlaskClient) -> None:
        post = create_post(**PUBLISHED)
        for path in (f"/api/posts/{post.id}", f"/api/posts/slug/{post.slug}", "/api/posts"):
            assert client.get(path, headers=bearer_header("junk")).json["code"] == "INVALID_TOKEN"

    def test_takes_one_statement(self, client: FlaskClient, sql_statements: Any) -> None:
        post = create_post(**PUBLISHED)
        for path in (f"/api/posts/{post.id}", f"/api/posts/slug/{post.slug}"):
            with sql_statements() as statements:
                client.get(path)
            assert len(statements) == 1

    def test_old_slug_takes_two(self, client: FlaskClient, sql_statements: Any) -> None:
        save(PostSlug(slug="old", post_id=create_post(**PUBLISHED).id))
        with sql_statements() as statements:
            assert client.get("/api/posts/slug/old").status_code == 308
        assert len(statements) == 2


class TestPostArchive:
    def test_counts_what_is_published_by_month(self, client: FlaskClient, post_author: Actor) -> None:
        for instant in (
            datetime(2014, 12, 1, tzinfo=UTC),
            datetime(2014, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2015, 1, 1, tzinfo=UTC),
        ):
            create_post(**PUBLISHED, published_at=instant)
        create_post(post_author.user, created_at=LONG_AGO)
        create_post(status=PostStatus.ARCHIVED, published_at=LONG_AGO)
        create_post(**PUBLISHED, published_at=LONG_AGO, trashed_at=LONG_AGO)
        response = client.get("/api/posts/archive", headers=post_author.headers)
        assert response.json == [
            {"month": "2015-01", "starts_at": "2015-01-01T00:00:00Z", "count": 1},
            {"month": "2014-12", "starts_at": "2014-12-01T00:00:00Z", "count": 2},
        ]

    @pytest.mark.parametrize(
        ("zone", "months"),
        [
            ("UTC", ["2026-03", "2026-09", "2026-10"]),
            (
                "Europe/Berlin",
                ["2026-04", "2026-10", "2026-11"],
            ),  # at UTC+2 until the end of October, then UTC+1
            ("America/New_York", ["2026-03", "2026-09", "2026-10"]),
            ("Pacific/Kiritimati", ["2026-04", "2026-10", "2026-11"]),
        ],
    )
    def test_a_month_is_that_of_the_site(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, zone: str, months: list[str]
    ) -> None:
        in_zone = dataclasses.replace(app.extensions["settings"], site_time_zone=zone)
        monkeypatch.setitem(app.extensions, "settings", in_zone)
        # In Berlin half an hour after the end of a month, by its own clocks.
        for month, day, hour in ((3, 31, 22), (9, 30, 22), (10, 31, 23)):
            create_post(**PUBLISHED, published_at=datetime(2026, month, day, hour, 30, tzinfo=UTC))
        found = [month["month"] for month in client.get("/api/posts/archive").json]
        assert found == months[::-1]

    @pytest.mark.parametrize(
        ("zone", "starts_at"),
        [
            ("UTC", "2026-04-01T00:00:00Z"),
            ("Europe/Berlin", "2026-03-31T22:00:00Z"),
            ("America/New_York", "2026-04-01T04:00:00Z"),
        ],
    )
    def test_a_month_begins_when_it_does_on_the_site(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, zone: str, starts_at: str
    ) -> None:
        in_zone = dataclasses.replace(app.extensions["settings"], site_time_zone=zone)
        monkeypatch.setitem(app.extensions, "settings", in_zone)
        first = datetime.fromisoformat(starts_at)
        for published_at in (first - timedelta(microseconds=1), first):
            create_post(**PUBLISHED, published_at=published_at)
        newest = client.get("/api/posts/archive").json[0]
        assert newest == {"month": "2026-04", "starts_at": starts_at, "count": 1}
        query = {"published_after": newest["starts_at"]}
        assert len(client.get("/api/posts", query_string=query).json) == 1

    @on_sqlite
    def test_the_beginning_of_the_calendar_is_a_year(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There is no year before it in Python; PostgreSQL has one."""
        create_post(**PUBLISHED, published_at=datetime(1, 1, 1, 1, tzinfo=UTC))
        for zone in ("America/New_York", "Europe/Berlin"):
            elsewhere = dataclasses.replace(app.extensions["settings"], site_time_zone=zone)
            monkeypatch.setitem(app.extensions, "settings", elsewhere)
            (month,) = client.get("/api/posts/archive").json
            assert (month["month"], month["count"]) == ("0001-01", 1)

    def test_takes_one_statement(self, client: FlaskClient, sql_statements: Any) -> None:
        create_post(**PUBLISHED)
        with sql_statements() as statements:
            client.get("/api/posts/archive")
        assert len(statements) == 1


class TestLookUpRedirect:
    @pytest.mark.parametrize("path", ["/2014/12/12/engine.html", "/2014/12/12/engine.html/"])
    def test_finds_the_post(self, client: FlaskClient, path: str) -> None:
        post = create_post(**PUBLISHED)
        save(Redirect(path="/2014/12/12/engine.html", post_id=post.id))
        response = client.get("/api/redirects", query_string={"path": path})
        assert response.json == {"path": path, "post_id": str(post.id), "slug": post.slug}

    def test_root_can_be_one(self, client: FlaskClient) -> None:
        save(Redirect(path="/", post_id=create_post(**PUBLISHED).id))
        assert client.get("/api/redirects?path=/").status_code == 200

    def test_is_only_for_who_may_read_the_post(
        self, client: FlaskClient, post_author: Actor, other_author: Actor
    ) -> None:
        save(Redirect(path="/draft", post_id=create_post(post_author.user).id))
        save(
            Redirect(
                path="/trashed", post_id=create_post(post_author.user, **PUBLISHED, trashed_at=LONG_AGO).id
            )
        )
        assert client.get("/api/redirects?path=/draft").status_code == 404
        assert client.get("/api/redirects?path=/draft", headers=other_author.headers).status_code == 404
        assert client.get("/api/redirects?path=/draft", headers=post_author.headers).status_code == 200
        assert client.get("/api/redirects?path=/trashed", headers=post_author.headers).status_code == 404
        assert client.get("/api/redirects?path=/unknown").json["code"] == "NOT_FOUND"

    @pytest.mark.parametrize("query", ["", "path=", "path=relative", "path=/%00", "path=/" + "a" * 500])
    def test_path_has_the_form_of_one(self, client: FlaskClient, query: str) -> None:
        response = client.get(f"/api/redirects?{query}")
        assert (response.status_code, response.json["errors"][0]["parameter"]) == (400, "path")

    def test_asks_with_a_good_token_or_none(self, client: FlaskClient) -> None:
        assert client.get("/api/redirects?path=/x", headers=bearer_header("junk")).status_code == 401
