"""Visibility of posts after random sequences of operations: no response discloses a post to others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.models.base import utcnow
from service.models.posts import PostStatus, Redirect
from service.models.users import Role
from service.posts.listing import SORT_OPTIONS
from tests.conftest import empty_tables
from tests.factories import save
from tests.posts.conftest import Actor, make_actor
from tests.posts.due_posts import make_due

AUTHORS = ("ada", "eve")
VIEWERS = ("nobody", "ada", "eve", "rita", "edith")
STEPS = (
    *("publish", "schedule", "unschedule", "come due", "unpublish", "archive"),
    *("delete", "restore", "move", "edit"),
)


@dataclass
class Expected:
    """The expected state of a post, modelled without code of the service."""

    id: str
    author: str
    slug: str
    status: str = "draft"
    trashed: bool = False
    ever_published: bool = False
    old_slugs: list[str] = field(default_factory=list)

    def readable_by(self, viewer: str) -> bool:
        return not self.trashed and (
            self.status in {"published", "archived"} or viewer in {self.author, "edith"}
        )

    def listed_for(self, viewer: str, status: str) -> bool:
        if self.trashed or self.status != status:
            return False
        return status == "published" or viewer in {self.author, "edith"}

    def after(self, step: str) -> None:
        """Apply an operation, if it is valid in this state."""
        ways = {
            ("publish", "draft"): "published",
            ("publish", "archived"): "published",
            ("publish", "scheduled"): "published",
            ("schedule", "draft"): "scheduled",
            ("unschedule", "scheduled"): "draft",
            ("come due", "scheduled"): "published",
            ("unpublish", "published"): "draft",
            ("unpublish", "archived"): "draft",
            ("archive", "published"): "archived",
        }
        if step == "restore":
            self.trashed = False
        elif self.trashed:
            return
        elif step == "delete":
            self.trashed = True
            self.status = "draft" if self.status == "scheduled" else self.status
        elif step == "move":
            if self.ever_published:
                self.old_slugs.append(self.slug)
            self.slug += "-x"
        else:
            self.status = ways.get((step, self.status), self.status)
            self.ever_published |= self.status == "published"


class World:
    """A few users with posts that share a tag and a word; each has a redirect from a path of a previous site."""

    def __init__(self, app: Flask) -> None:
        empty_tables()
        self.client: FlaskClient = app.test_client()
        roles = {"rita": Role.READER, "edith": Role.EDITOR}
        people = {name: make_actor(name, roles.get(name, Role.AUTHOR)) for name in VIEWERS[1:]}
        self.people: dict[str, Actor] = people
        self.posts = [self._write(author, number) for number, author in enumerate(AUTHORS * 2)]

    def _write(self, author: str, number: int) -> Expected:
        body = {"title": f"Post {number}", "body": "needle", "tags": ["Common"]}
        created = self.client.post("/api/posts", json=body, headers=self.people[author].headers).json
        save(Redirect(path=f"/old/{number}", post_id=UUID(created["id"])))
        return Expected(created["id"], author, created["slug"])

    def take(self, step: str, post: Expected) -> None:
        headers = {**self.people[post.author].headers, "If-Match": "*"}
        path = f"/api/posts/{post.id}"
        match step:
            case "delete":
                self.client.delete(path, headers=headers)
            case "move":
                self.client.patch(path, json={"slug": post.slug + "-x"}, headers=headers)
            case "schedule":
                body = {"publish_at": (utcnow() + timedelta(days=1)).isoformat()}
                self.client.post(f"{path}/schedule", json=body, headers=headers)
            case "come due":
                make_due(post.id)
            case "edit":
                self.client.patch(path, json={"body": "needle again"}, headers=headers)
            case _:
                self.client.post(f"{path}/{step}", headers=headers)
        post.after(step)

    def get(self, viewer: str, path: str) -> Any:
        headers = self.people[viewer].headers if viewer in self.people else {}
        return self.client.get(path, headers=headers)


def lists(world: World) -> Iterator[tuple[str, set[str]]]:
    """Yield the URL of every list with every sort order, and the authors of its posts."""
    everyone = set(AUTHORS)
    filters = {
        "?": everyone,
        "?search=needle&": everyone,
        "?tag=common&": everyone,
        "?published_before=9999-01-01T00:00:00Z&": everyone,
        "?author=ADA&": {"ada"},
        f"?after={'f' * 32}&": everyone,
        f"?tag=common&search=needle&author=eve&after={'f' * 32}&": {"eve"},
    }
    for number, (query, authors) in enumerate(filters.items()):
        sort = SORT_OPTIONS[number % len(SORT_OPTIONS)]
        # A cursor before everything if the newest comes first.
        sort = f"-{sort.removeprefix('-')}" if "after" in query else sort
        yield f"/api/posts{query}sort={sort}&", authors
    for name in AUTHORS:
        yield f"/api/users/{world.people[name].user.id}/posts?", {name}


def check_lists(world: World, viewer: str) -> None:
    for (path, authors), status in product(lists(world), PostStatus):
        response = world.get(viewer, f"{path}status={status}")
        if viewer == "nobody" and status != "published":
            assert response.status_code == 401
            continue
        expected = {
            post.id
            for post in world.posts
            if post.author in authors
            and post.listed_for(viewer, status)
            and ("published_before" not in path or (post.ever_published and status != "scheduled"))
        }
        assert {post["id"] for post in response.json} == expected, (viewer, path, status)


def check_addresses(world: World, viewer: str) -> None:
    for number, post in enumerate(world.posts):
        status = 200 if post.readable_by(viewer) else 404
        redirected = 308 if status == 200 else 404
        assert world.get(viewer, f"/api/posts/{post.id}").status_code == status
        assert world.get(viewer, f"/api/posts/slug/{post.slug}").status_code == status
        for slug in post.old_slugs:
            assert world.get(viewer, f"/api/posts/slug/{slug}").status_code == redirected
        assert world.get(viewer, f"/api/redirects?path=/old/{number}").status_code == status


def check_counts(world: World, viewer: str) -> None:
    published = sum(post.status == "published" and not post.trashed for post in world.posts)
    # All posts have one tag: who cannot write posts sees it while there is a post for everybody.
    (tag,) = world.get("ada", "/api/tags").json
    sees_tag = viewer in {*AUTHORS, "edith"} or any(post.readable_by("nobody") for post in world.posts)
    assert world.get(viewer, "/api/tags").json == ([tag] if sees_tag else [])
    one = world.get(viewer, f"/api/tags/{tag['id']}")
    assert (one.status_code, one.json.get("post_count")) == ((200, published) if sees_tag else (404, None))
    assert tag["post_count"] == published
    assert sum(month["count"] for month in world.get(viewer, "/api/posts/archive").json) == published
    assert int(world.get(viewer, "/api/posts").headers["X-Total-Count"]) == published


def check_trash(world: World, viewer: str) -> None:
    if viewer != "nobody":
        trashed = {post["id"] for post in world.get(viewer, "/api/posts/trash").json}
        mine = {post.id for post in world.posts if post.trashed and viewer in {post.author, "edith"}}
        assert trashed == mine


steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=14)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_no_read_tells_of_a_post_that_is_not_for_its_reader(app: Flask, taken: list[tuple[str, int]]) -> None:
    world = World(app)
    for step, number in taken:
        world.take(step, world.posts[number])
    for viewer in VIEWERS:
        check_lists(world, viewer)
        check_addresses(world, viewer)
        check_counts(world, viewer)
        check_trash(world, viewer)


def test_every_state_is_reached(app: Flask) -> None:
    """A fixed sequence that puts posts into each status, and into the trash from each."""
    world = World(app)
    for number, way in enumerate(("publish", "publish archive", "publish unpublish move schedule", "")):
        for step in way.split():
            world.take(step, world.posts[number])
    assert Counter(post.status for post in world.posts) == dict.fromkeys(PostStatus, 1)
    for once_more in (False, True):
        if once_more:
            for post in world.posts:
                world.take("delete", post)
        for viewer in VIEWERS:
            check_lists(world, viewer)
            check_addresses(world, viewer)
            check_counts(world, viewer)
            check_trash(world, viewer)
