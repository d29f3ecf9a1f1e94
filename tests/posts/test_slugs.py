"""Slugs: generated, chosen, in use, and redirects from previous ones."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.extensions import db
from service.models.posts import Post, PostSlug, PostStatus
from service.posts import slugs
from tests.accounts import run_concurrently
from tests.factories import create_post, save
from tests.posts.conftest import Actor


def write(client: FlaskClient, make_actor: Actor, **given: Any) -> str:
    """Create a post; return its slug, or the code of the problem."""
    body = {"title": "Engine", "body": "x", **given}
    response = client.post("/api/posts", json=body, headers=make_actor.headers).json
    return response["slug"] if "slug" in response else response["code"]


def move(client: FlaskClient, make_actor: Actor, post: Post, slug: str) -> str:
    """Change the slug of a post; return the new one, or the code of the problem."""
    headers = {**make_actor.headers, "If-Match": "*"}
    response = client.patch(f"/api/posts/{post.id}", json={"slug": slug}, headers=headers).json
    return response["slug"] if "slug" in response else response["code"]


def replace(client: FlaskClient, make_actor: Actor, post: Post, slug: str) -> str:
    """Replace a post; return its slug, or the code of the problem."""
    headers = {**make_actor.headers, "If-Match": "*"}
    body = {"title": "Engine", "body": "x", "slug": slug}
    response = client.put(f"/api/posts/{post.id}", json=body, headers=headers).json
    return response["slug"] if "slug" in response else response["code"]


def reached(client: FlaskClient, slug: str) -> str | int:
    """Return the slug at the end of the redirects, or the status of the response."""
    response = client.get(f"/api/posts/slug/{slug}")
    if response.status_code == 308:
        assert response.data == b""
        return response.headers["Location"].removeprefix("/api/posts/slug/")
    return response.status_code


class TestMadeSlug:
    def test_is_numbered_where_others_have_it(self, client: FlaskClient, post_author: Actor) -> None:
        assert [write(client, post_author) for _ in range(3)] == ["engine", "engine-2", "engine-3"]

    def test_takes_the_first_number_that_is_free(self, client: FlaskClient, post_author: Actor) -> None:
        create_post(slug="engine")
        create_post(slug="engine-3")
        assert [write(client, post_author) for _ in range(2)] == ["engine-2", "engine-4"]

    def test_does_not_take_what_redirects(self, client: FlaskClient, post_author: Actor) -> None:
        save(PostSlug(slug="engine", post_id=create_post().id))
        assert write(client, post_author) == "engine-2"

    def test_of_a_title_without_latin_letters_is_one_all_the_same(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        slugs = {write(client, post_author, title="解析機関") for _ in range(2)}
        assert len(slugs) == 2
        assert all(slug.startswith("post-") for slug in slugs)

    def test_after_many_of_one_title_is_random(
        self, client: FlaskClient, post_author: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slugs, "MAX_NUMBERED_SLUGS", 2)
        assert [write(client, post_author) for _ in range(2)] == ["engine", "engine-2"]
        assert len({write(client, post_author) for _ in range(3)} - {"engine-3"}) == 3

    def test_longest_title_and_its_numbers_fit(self, client: FlaskClient, post_author: Actor) -> None:
        first, second = (write(client, post_author, title="x" * 200) for _ in range(2))
        assert second == f"{first}-2"

    def test_of_eight_writers_each_gets_one(self, app: Flask, post_author: Actor) -> None:
        slugs: list[str] = []

        def one(client: FlaskClient, _: int) -> int:
            slugs.append(write(client, post_author))
            return 0

        run_concurrently(app, 8, one)
        assert len(set(slugs)) == 8
        assert {"engine", "engine-2", "engine-3"} < set(slugs)
        assert all(slug.startswith("engine") for slug in slugs)

    @pytest.mark.parametrize("slug", ["engine", "old"])
    def test_race_that_is_lost_again_and_again_ends_with_chance(
        self, client: FlaskClient, post_author: Actor, monkeypatch: pytest.MonkeyPatch, slug: str
    ) -> None:
        save(PostSlug(slug="old", post_id=create_post(slug="engine").id))
        monkeypatch.setattr(slugs, "next_available_slug", lambda base: slug)
        assert re.fullmatch("engine-[0-9a-f]{12}", write(client, post_author, tags=["One"]))
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Post)) == 2


class TestGivenSlug:
    @pytest.mark.parametrize("status", PostStatus)
    def test_of_another_post_is_taken(
        self, client: FlaskClient, post_author: Actor, status: PostStatus
    ) -> None:
        create_post(slug="mine", status=status)
        assert write(client, post_author, slug="mine") == "SLUG_TAKEN"
        assert move(client, post_author, create_post(post_author.user), "mine") == "SLUG_TAKEN"
        assert replace(client, post_author, create_post(post_author.user), "mine") == "SLUG_TAKEN"

    def test_that_redirects_to_another_post_is_taken(self, client: FlaskClient, post_author: Actor) -> None:
        save(PostSlug(slug="was-mine", post_id=create_post().id))
        assert write(client, post_author, slug="was-mine") == "SLUG_TAKEN"
        assert move(client, post_author, create_post(post_author.user), "was-mine") == "SLUG_TAKEN"

    def test_of_a_post_in_the_trash_is_taken(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, slug="mine")
        client.delete(f"/api/posts/{post.id}", headers=post_author.headers)
        assert write(client, post_author, slug="mine") == "SLUG_TAKEN"

    def test_goes_to_one_of_eight(self, app: Flask, post_author: Actor) -> None:
        responses: list[str] = []

        def one(client: FlaskClient, _: int) -> int:
            responses.append(write(client, post_author, slug="mine"))
            return 0

        run_concurrently(app, 8, one)
        assert sorted(responses) == ["SLUG_TAKEN"] * 7 + ["mine"]


class TestOldSlug:
    @pytest.mark.parametrize("status", [PostStatus.PUBLISHED, PostStatus.ARCHIVED])
    def test_leads_to_the_new_one(self, client: FlaskClient, post_author: Actor, status: PostStatus) -> None:
        post = create_post(post_author.user, slug="first", status=status)
        assert move(client, post_author, post, "second") == "second"
        assert move(client, post_author, post, "third") == "third"
        assert [reached(client, slug) for slug in ("first", "second", "third")] == ["third", "third", 200]

    def test_can_be_taken_back(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, slug="first", status=PostStatus.PUBLISHED)
        for slug in ("second", "first", "second", "first"):
            assert move(client, post_author, post, slug) == slug
        assert [reached(client, slug) for slug in ("first", "second")] == [200, "first"]

    def test_of_what_was_never_published_is_free_again(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, slug="first")
        move(client, post_author, post, "second")
        assert write(client, post_author, slug="first") == "first"

    def test_of_what_is_a_draft_again_still_belongs_to_it(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        post = create_post(post_author.user, slug="first", status=PostStatus.PUBLISHED)
        client.post(f"/api/posts/{post.id}/unpublish", headers=post_author.headers)
        move(client, post_author, post, "second")
        assert write(client, post_author, slug="first") == "SLUG_TAKEN"
        assert reached(client, "first") == 404
        response = client.get("/api/posts/slug/first", headers=post_author.headers)
        assert (response.status_code, response.headers["Location"]) == (308, "/api/posts/slug/second")

    def test_same_slug_is_no_move(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, slug="first", status=PostStatus.PUBLISHED)
        assert move(client, post_author, post, "first") == "first"
        assert reached(client, "first") == 200
        assert db.session.scalars(sa.select(PostSlug)).all() == []
