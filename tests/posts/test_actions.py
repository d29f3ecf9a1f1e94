"""Creating, updating, trashing, restoring and purging posts: results, permissions and preconditions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.extensions import db
from service.models.comments import Comment
from service.models.posts import BODY_MAX, Post, PostSlug, PostStatus, Redirect
from service.models.tags import PostTag, Tag
from service.models.users import Role
from tests.accounts import auth_headers, create_account, run_concurrently
from tests.factories import create_post, create_tag, save
from tests.posts.conftest import Actor

NOWHERE = uuid4()
DRAFT = {"title": "The analytical engine", "body": "# The store\n\nIt holds *numbers*."}
EVERYTHING = {
    **DRAFT,
    "slug": "engine",
    "excerpt": "What it can do.",
    "tags": ["History", "Machines"],
    "seo_title": "The engine, explained",
    "seo_description": "What the first computer was meant to do.",
    "canonical_url": "https://example.org/engine?x=1#top",
}
LONG_AGO = datetime(2014, 12, 12, tzinfo=UTC)


def stored(post_id: Any) -> Post:
    db.session.remove()
    post = db.session.get(Post, post_id)
    assert post is not None
    return post


def if_match(make_actor: Actor, etag: str = "*") -> dict[str, str]:
    return {**make_actor.headers, "If-Match": etag}


def etag_of(client: FlaskClient, make_actor: Actor, post: Post) -> str:
    return client.get(f"/api/posts/{post.id}", headers=make_actor.headers).headers["ETag"]


class TestCreatePost:
    def test_is_always_a_draft(self, client: FlaskClient, post_author: Actor) -> None:
        response = client.post("/api/posts", json=DRAFT, headers=post_author.headers)
        assert response.status_code == 201
        assert response.headers["Location"] == f"/api/posts/{response.json['id']}"
        assert (response.json["status"], response.json["published_at"]) == ("draft", None)
        assert response.json["author"] == {
            "id": post_author.user.id,
            "username": "ada",
            "display_name": post_author.user.display_name,
            "avatar": None,
        }

    def test_derives_what_is_not_given(self, client: FlaskClient, post_author: Actor) -> None:
        created = client.post("/api/posts", json=DRAFT, headers=post_author.headers).json
        assert created["slug"] == "the-analytical-engine"
        assert created["excerpt"] == created["seo_description"] == "It holds numbers."
        assert created["seo_title"] == "The analytical engine"
        assert (created["word_count"], created["reading_minutes"], created["tags"]) == (5, 1, [])
        assert [(entry["level"], entry["text"]) for entry in created["contents"]] == [(1, "The store")]
        assert f'<h1 id="{created["contents"][0]["anchor"]}">The store</h1>' in created["body_html"]

    def test_keeps_what_is_given(self, client: FlaskClient, post_author: Actor) -> None:
        created = client.post("/api/posts", json=EVERYTHING, headers=post_author.headers).json
        assert {name: created[name] for name in EVERYTHING if name != "tags"} == {
            name: value for name, value in EVERYTHING.items() if name != "tags"
        }
        assert [tag["name"] for tag in created["tags"]] == ["History", "Machines"]

    def test_answers_as_it_will_be_read(self, client: FlaskClient, post_author: Actor) -> None:
        created = client.post("/api/posts", json=EVERYTHING, headers=post_author.headers).json
        response = client.get(f"/api/posts/{created['id']}", headers=post_author.headers)
        assert response.json == created
        assert response.headers["ETag"] == created["etag"]

    def test_html_is_safe(self, client: FlaskClient, post_author: Actor) -> None:
        # A paragraph of its own for each: inside a line of HTML the link would be none.
        body = """[x](javascript:alert(1)) [y](https://example.org/) <b onclick=alert(1)>z</b>

<script>alert(1)</script>

<img src=x onerror=alert(1)>"""
        created = client.post(
            "/api/posts", json={"title": "x", "body": body}, headers=post_author.headers
        ).json
        assert created["body_html"].split("\n") == [
            '<p>x <a href="https://example.org/" rel="noopener">y</a> <b>z</b></p>',
            "",
            '<img src="x">',
        ]

    def test_empty_body_is_fine(self, client: FlaskClient, post_author: Actor) -> None:
        created = client.post("/api/posts", json={"title": "Later", "body": ""}, headers=post_author.headers)
        assert (created.status_code, created.json["excerpt"], created.json["reading_minutes"]) == (201, "", 0)

    def test_tags_are_the_same_whatever_their_case_and_spaces(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        create_tag("Release notes", slug="notes")
        names = [" release  NOTES ", "Ärger", "ärger", "Release notes"]
        created = client.post("/api/posts", json={**DRAFT, "tags": names}, headers=post_author.headers).json
        assert created["tags"] == [
            {"name": "Release notes", "slug": "notes"},
            {"name": "Ärger", "slug": "arger"},
        ]
        assert db.session.scalars(sa.select(Tag.name).order_by(Tag.name)).all() == ["Release notes", "Ärger"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", None),
            ("title", ""),
            ("title", "   "),
            ("title", "\u00a0\u3000\u200b"),
            ("title", "two\nlines"),
            ("title", "x" * 201),
            ("title", 1),
            ("body", None),
            ("body", "x" * (BODY_MAX + 1)),
            ("slug", ""),
            ("slug", "Engine"),
            ("slug", "a--b"),
            ("slug", "-a"),
            ("slug", "a\n"),
            ("slug", "ä"),
            ("slug", None),
            ("slug", "a" * 121),
            ("excerpt", ""),
            ("excerpt", "x" * 501),
            ("tags", None),
            ("tags", "History"),
            ("tags", [""]),
            ("tags", [" "]),
            ("tags", [None]),
            ("tags", ["x" * 51]),
            ("tags", ["a"] * 21),
            ("seo_title", "x" * 201),
            ("seo_description", "x" * 501),
            ("canonical_url", "javascript:alert(1)"),
            ("canonical_url", "https://"),
            ("canonical_url", "https://example.org/ä"),
            ("canonical_url", "https://example.org/\n"),
            ("canonical_url", "/relative"),
            ("canonical_url", "https://example.org/" + "a" * 1_981),
        ],
    )
    def test_what_the_schema_refuses(
        self, client: FlaskClient, post_author: Actor, field: str, value: Any
    ) -> None:
        response = client.post("/api/posts", json={**DRAFT, field: value}, headers=post_author.headers)
        assert (response.status_code, response.json["code"]) == (400, "INVALID_INPUT")
        assert response.json["errors"][0]["pointer"].startswith(f"/{field}")

    @pytest.mark.parametrize("field", ["status", "author_id", "id", "published_at", "body_html", "etag"])
    def test_nothing_else_can_be_set(self, client: FlaskClient, post_author: Actor, field: str) -> None:
        response = client.post("/api/posts", json={**DRAFT, field: "published"}, headers=post_author.headers)
        assert (response.status_code, response.json["errors"][0]["pointer"]) == (400, f"/{field}")

    @pytest.mark.parametrize("field", ["canonical_url", "seo_title", "seo_description", "excerpt"])
    def test_null_is_the_same_as_left_out(self, client: FlaskClient, post_author: Actor, field: str) -> None:
        created = client.post("/api/posts", json={**DRAFT, field: None}, headers=post_author.headers).json
        plain = client.post("/api/posts", json=DRAFT, headers=post_author.headers).json
        assert created[field] == plain[field]

    def test_asks_for_a_token(self, client: FlaskClient) -> None:
        assert client.post("/api/posts", json=DRAFT).json["code"] == "UNAUTHORIZED"

    def test_readers_do_not_write(self, client: FlaskClient, reader: Actor) -> None:
        response = client.post("/api/posts", json={"not": "looked at"}, headers=reader.headers)
        assert (response.status_code, response.json["code"]) == (403, "FORBIDDEN")

    def test_account_deleted_in_the_meantime_writes_nothing(
        self, client: FlaskClient, post_author: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from service.posts import actions

        def delete_account(*_: Any) -> dict[str, Any]:
            with db.engine.begin() as connection:
                connection.execute(sa.text("DELETE FROM sessions"))
                connection.execute(sa.text("DELETE FROM users"))
            return original(*_)

        original = actions.content_columns
        monkeypatch.setattr(actions, "content_columns", delete_account)
        response = client.post("/api/posts", json=DRAFT, headers=post_author.headers)
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_REVOKED")

    def test_is_rendered_before_the_first_statement(
        self, client: FlaskClient, post_author: Actor, sql_statements: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from service.posts import content

        original, seen = content.render_post, []
        with sql_statements() as statements:
            monkeypatch.setattr(
                content, "render_post", lambda body: seen.append(len(statements)) or original(body)
            )
            client.post("/api/posts", json=DRAFT, headers=post_author.headers)
        assert seen == [1]  # that of the authentication, in autocommit


class TestUpdatePost:
    def test_changes_only_what_is_sent(self, client: FlaskClient, post_author: Actor) -> None:
        created = client.post("/api/posts", json=EVERYTHING, headers=post_author.headers).json
        response = client.patch(
            f"/api/posts/{created['id']}",
            json={"title": "Another"},
            headers=if_match(post_author, created["etag"]),
        )
        assert response.status_code == 200
        changed = {name for name in created if created[name] != response.json[name]}
        assert changed == {"title", "updated_at", "etag"}

    def test_nothing_changed_is_no_new_version(self, client: FlaskClient, post_author: Actor) -> None:
        created = client.post("/api/posts", json=EVERYTHING, headers=post_author.headers).json
        for method, body in ((client.patch, {"tags": ["history", "machines"]}), (client.put, EVERYTHING)):
            response = method(
                f"/api/posts/{created['id']}", json=body, headers=if_match(post_author, created["etag"])
            )
            assert (response.status_code, response.json) == (200, created)

    def test_state_stays(self, client: FlaskClient, post_author: Actor) -> None:
        for status in PostStatus:
            post = create_post(post_author.user, status=status)
            response = client.patch(
                f"/api/posts/{post.id}", json={"body": "x"}, headers=if_match(post_author)
            )
            assert response.json["status"] == status

    def test_excerpt_follows_the_body_until_it_is_written(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        address = f"/api/posts/{create_post(post_author.user, body='One.').id}"

        def excerpt_after(changes: dict[str, Any]) -> str:
            return client.patch(address, json=changes, headers=if_match(post_author)).json["excerpt"]

        assert excerpt_after({"body": "Two."}) == "Two."
        assert excerpt_after({"excerpt": "Own."}) == "Own."
        assert excerpt_after({"body": "Three."}) == "Own."
        assert excerpt_after({"body": "Four.", "excerpt": "New."}) == "New."
        assert excerpt_after({"excerpt": None}) == "Four."
        assert excerpt_after({"excerpt": "Own."}) == "Own."
        assert excerpt_after({"body": "Five.", "excerpt": None}) == "Five."
        assert excerpt_after({"body": "Six."}) == "Six."

    def test_search_finds_what_is_written_now(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, body="before", status=PostStatus.PUBLISHED)
        client.patch(f"/api/posts/{post.id}", json={"body": "after"}, headers=if_match(post_author))
        assert client.get("/api/posts?search=before").json == []
        assert [found["id"] for found in client.get("/api/posts?search=AFTER").json] == [str(post.id)]

    def test_tags_are_replaced(self, client: FlaskClient, post_author: Actor) -> None:
        old, other = create_tag("Old"), create_tag("Kept")
        post = create_post(post_author.user, tags=[old, other])
        response = client.patch(
            f"/api/posts/{post.id}", json={"tags": ["new", "Kept"]}, headers=if_match(post_author)
        )
        assert [tag["name"] for tag in response.json["tags"]] == ["new", "Kept"]
        carried = sa.select(Tag.name).join(PostTag, PostTag.tag_id == Tag.id).order_by(PostTag.position)
        assert db.session.scalars(carried).all() == ["new", "Kept"]
        cleared = client.patch(f"/api/posts/{post.id}", json={"tags": []}, headers=if_match(post_author))
        assert cleared.json["tags"] == []
        assert db.session.scalars(carried).all() == []

    def test_weak_tag_of_the_present_version_is_accepted(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        post = create_post(post_author.user)
        headers = if_match(post_author, "W/" + etag_of(client, post_author, post))
        assert client.patch(f"/api/posts/{post.id}", json={"title": "x"}, headers=headers).status_code == 200

    def test_eight_writers_with_one_version(self, app: Flask, post_author: Actor) -> None:
        post = create_post(post_author.user, tags=[create_tag("Shared")])
        headers = if_match(post_author, etag_of(app.test_client(), post_author, post))

        def write(client: FlaskClient, index: int) -> int:
            changes = {"title": f"Version {index}", "tags": ["Shared", f"Tag {index}"]}
            return client.patch(f"/api/posts/{post.id}", json=changes, headers=headers).status_code

        assert sorted(run_concurrently(app, 8, write)) == [200] + [412] * 7
        assert stored(post.id).version == 2
        # Rejected requests have created no tags.
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Tag)) == 2

    def test_bad_condition_is_400(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        response = client.patch(
            f"/api/posts/{post.id}", json={"title": "x"}, headers=if_match(post_author, "not quoted")
        )
        assert response.status_code == 400

    def test_editor_writes_on_behalf_of_the_author(
        self, client: FlaskClient, post_author: Actor, editor: Actor
    ) -> None:
        post = create_post(post_author.user)
        response = client.patch(f"/api/posts/{post.id}", json={"title": "x"}, headers=if_match(editor))
        assert (response.status_code, response.json["author"]["username"]) == (200, "ada")

    def test_body_that_is_not_valid(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        response = client.patch(f"/api/posts/{post.id}", json={"title": ""}, headers=if_match(post_author))
        assert response.status_code == 400


class TestReplacePost:
    def test_takes_away_what_is_left_out_but_not_the_slug(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        created = client.post("/api/posts", json=EVERYTHING, headers=post_author.headers).json
        replaced = client.put(
            f"/api/posts/{created['id']}", json=DRAFT, headers=if_match(post_author, created["etag"])
        ).json
        assert (replaced["slug"], replaced["tags"], replaced["canonical_url"]) == ("engine", [], None)
        assert replaced["seo_title"] == "The analytical engine"
        assert replaced["excerpt"] == replaced["seo_description"] == "It holds numbers."

    def test_needs_what_a_new_post_needs(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user)
        response = client.put(f"/api/posts/{post.id}", json={"title": "x"}, headers=if_match(post_author))
        assert response.status_code == 400


# Every operation that changes a post, as (method, path below the post, body, whether it needs If-Match).
CHANGES = [
    ("PUT", "", DRAFT, True),
    ("PATCH", "", {"title": "x"}, True),
    ("DELETE", "", None, False),
    ("POST", "/publish", None, False),
    ("POST", "/unpublish", None, False),
    ("POST", "/archive", None, False),
    ("POST", "/restore", None, False),
]
changes = pytest.mark.parametrize(
    ("method", "path", "body", "needs_if_match"), CHANGES, ids=lambda value: str(value)[:10]
)


class TestEveryChange:
    @changes
    def test_asks_for_a_token(
        self, client: FlaskClient, post_author: Actor, method: str, path: str, body: Any, needs_if_match: bool
    ) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED)
        response = client.open(f"/api/posts/{post.id}{path}", method=method, json=body)
        assert (response.status_code, response.json["code"]) == (401, "UNAUTHORIZED")

    @changes
    def test_is_not_for_readers(
        self, client: FlaskClient, reader: Actor, method: str, path: str, body: Any, needs_if_match: bool
    ) -> None:
        own = create_post(reader.user)
        response = client.open(
            f"/api/posts/{own.id}{path}", method=method, json=body, headers=if_match(reader)
        )
        assert (response.status_code, response.json["code"]) == (403, "FORBIDDEN")

    @changes
    def test_of_anothers_published_post_is_forbidden(
        self,
        client: FlaskClient,
        post_author: Actor,
        other_author: Actor,
        method: str,
        path: str,
        body: Any,
        needs_if_match: bool,
    ) -> None:
        for status in (PostStatus.PUBLISHED, PostStatus.ARCHIVED):
            post = create_post(post_author.user, status=status)
            response = client.open(
                f"/api/posts/{post.id}{path}",
                method=method,
                json=body,
                headers=if_match(other_author, '"other"'),
            )
            assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_POST")

    @changes
    def test_of_what_may_not_be_read_is_not_found(
        self,
        client: FlaskClient,
        post_author: Actor,
        other_author: Actor,
        method: str,
        path: str,
        body: Any,
        needs_if_match: bool,
    ) -> None:
        hidden = [
            create_post(post_author.user).id,
            create_post(post_author.user, status=PostStatus.PUBLISHED, trashed_at=LONG_AGO).id,
            NOWHERE,
        ]
        for post_id in hidden:
            response = client.open(
                f"/api/posts/{post_id}{path}",
                method=method,
                json=body,
                headers=if_match(other_author, '"other"'),
            )
            assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")

    @changes
    def test_in_the_trash_is_not_found(
        self, client: FlaskClient, post_author: Actor, method: str, path: str, body: Any, needs_if_match: bool
    ) -> None:
        if path == "/restore":
            return
        post = create_post(post_author.user, status=PostStatus.PUBLISHED, trashed_at=LONG_AGO)
        response = client.open(
            f"/api/posts/{post.id}{path}", method=method, json=body, headers=if_match(post_author)
        )
        assert response.status_code == 404

    @changes
    def test_knows_which_version_it_changes(
        self, client: FlaskClient, post_author: Actor, method: str, path: str, body: Any, needs_if_match: bool
    ) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED)
        stale = client.open(
            f"/api/posts/{post.id}{path}",
            method=method,
            json=body,
            headers=if_match(post_author, '"0-stale"'),
        )
        bare = client.open(
            f"/api/posts/{post.id}{path}", method=method, json=body, headers=post_author.headers
        )
        if path == "/restore":  # the precondition is ignored
            assert (stale.status_code, stale.json["code"]) == (409, "NOT_IN_TRASH")
            return
        assert (stale.status_code, stale.json["code"]) == (412, "PRECONDITION_FAILED")
        if needs_if_match:
            assert (bare.status_code, bare.json["code"]) == (428, "PRECONDITION_REQUIRED")
        else:
            assert bare.status_code < 300 or bare.json["code"] == "ALREADY_PUBLISHED"


class TestTrash:
    def test_post_is_nowhere_but_there(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED)
        assert client.delete(f"/api/posts/{post.id}", headers=post_author.headers).status_code == 204
        for path in (f"/api/posts/{post.id}", f"/api/posts/slug/{post.slug}"):
            assert client.get(path, headers=post_author.headers).status_code == 404
        assert client.get("/api/posts", headers=post_author.headers).json == []
        (trashed,) = client.get("/api/posts/trash", headers=post_author.headers).json
        assert (trashed["id"], trashed["status"]) == (str(post.id), "published")

    def test_is_ones_own_for_editors_everyones(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor, reader: Actor
    ) -> None:
        first = create_post(post_author.user, trashed_at=LONG_AGO)
        second = create_post(other_author.user, trashed_at=LONG_AGO.replace(year=2015))
        create_post(post_author.user)

        def seen_by(make_actor: Actor) -> list[str]:
            return [post["id"] for post in client.get("/api/posts/trash", headers=make_actor.headers).json]

        assert seen_by(post_author) == [str(first.id)]
        assert seen_by(other_author) == [str(second.id)]
        assert seen_by(editor) == [str(second.id), str(first.id)]
        assert seen_by(reader) == []

    def test_list_has_pages_and_asks_for_a_token(self, client: FlaskClient, post_author: Actor) -> None:
        for _ in range(3):
            create_post(post_author.user, trashed_at=LONG_AGO)
        response = client.get("/api/posts/trash?page=2&per_page=2", headers=post_author.headers)
        assert (len(response.json), response.headers["X-Total-Count"]) == (1, "3")
        assert client.get("/api/posts/trash").status_code == 401
        assert client.get("/api/posts/trash?page=0", headers=post_author.headers).status_code == 400

    def test_restored_post_is_as_it_was(self, client: FlaskClient, post_author: Actor) -> None:
        for status in set(PostStatus) - {PostStatus.SCHEDULED}:
            post = create_post(post_author.user, status=status)
            before = client.get(f"/api/posts/{post.id}", headers=post_author.headers).json
            client.delete(f"/api/posts/{post.id}", headers=post_author.headers)
            response = client.post(f"/api/posts/{post.id}/restore", headers=post_author.headers)
            assert response.status_code == 200
            assert {**response.json, "etag": before["etag"]} == before

    def test_only_what_is_there_can_be_restored(self, client: FlaskClient, post_author: Actor) -> None:
        response = client.post(
            f"/api/posts/{create_post(post_author.user).id}/restore", headers=post_author.headers
        )
        assert (response.status_code, response.json["code"]) == (409, "NOT_IN_TRASH")

    def test_purged_post_is_gone_with_all_that_was_its(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(
            post_author.user, [create_tag()], status=PostStatus.PUBLISHED, slug="mine", trashed_at=LONG_AGO
        )
        save(PostSlug(slug="was-mine", post_id=post.id))
        save(Redirect(path="/mine.html", post_id=post.id))
        save(Comment(post_id=post.id, author_id=post_author.user.id, body="x", body_html="<p>x</p>"))
        assert client.delete(f"/api/posts/trash/{post.id}", headers=post_author.headers).status_code == 204
        for table in (Post, PostSlug, Redirect, PostTag, Comment):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        for slug in ("mine", "was-mine"):
            again = client.post("/api/posts", json={**DRAFT, "slug": slug}, headers=post_author.headers)
            assert again.status_code == 201

    def test_only_what_is_there_can_be_purged(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor, reader: Actor
    ) -> None:
        other = create_post(post_author.user, status=PostStatus.PUBLISHED)
        trashed = create_post(post_author.user, trashed_at=LONG_AGO)

        def purge(make_actor: Actor | None, post_id: Any) -> int:
            headers = make_actor.headers if make_actor else {}
            return client.delete(f"/api/posts/trash/{post_id}", headers=headers).status_code

        assert (
            purge(post_author, other.id)
            == purge(post_author, NOWHERE)
            == purge(other_author, trashed.id)
            == 404
        )
        assert (purge(None, trashed.id), purge(reader, trashed.id)) == (401, 403)
        assert purge(editor, trashed.id) == 204

    def test_editor_restores_what_others_threw_away(
        self, client: FlaskClient, post_author: Actor, editor: Actor
    ) -> None:
        post = create_post(post_author.user, trashed_at=LONG_AGO)
        assert client.post(f"/api/posts/{post.id}/restore", headers=editor.headers).status_code == 200
        assert client.get(f"/api/posts/{post.id}", headers=post_author.headers).status_code == 200


class TestAuthors:
    def test_new_name_is_a_new_version_of_their_posts(self, client: FlaskClient, post_author: Actor) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED)
        other = create_post(create_account(), status=PostStatus.PUBLISHED)
        before = client.get(f"/api/posts/{post.id}").headers["ETag"]
        untouched = client.get(f"/api/posts/{other.id}").headers["ETag"]
        client.patch(
            f"/api/users/{post_author.user.id}", json={"display_name": "Ada L."}, headers=post_author.headers
        )
        after = client.get(f"/api/posts/{post.id}", headers={"If-None-Match": before})
        assert (after.status_code, after.json["author"]["display_name"]) == (200, "Ada L.")
        assert client.get(f"/api/posts/{other.id}").headers["ETag"] == untouched

    def test_other_change_of_the_account_is_none_of_their_posts(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        post = create_post(post_author.user, status=PostStatus.PUBLISHED)
        before = client.get(f"/api/posts/{post.id}").headers["ETag"]
        changes = {"bio": "Writes.", "display_name": post_author.user.display_name}
        client.patch(f"/api/users/{post_author.user.id}", json=changes, headers=post_author.headers)
        assert client.get(f"/api/posts/{post.id}").headers["ETag"] == before

    def test_deleted_one_leaves_the_posts_to_a_former_author(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor
    ) -> None:
        published, draft = (
            create_post(post_author.user, status=PostStatus.PUBLISHED),
            create_post(post_author.user),
        )
        before = client.get(f"/api/posts/{published.id}").headers["ETag"]
        admin = auth_headers(create_account(role=Role.ADMIN))
        assert client.delete(f"/api/users/{post_author.user.id}", headers=admin).status_code == 204
        after = client.get(f"/api/posts/{published.id}", headers={"If-None-Match": before})
        assert after.status_code == 200
        assert after.json["author"] == {
            "id": None,
            "username": None,
            "display_name": "Former author",
            "avatar": None,
        }
        (listed,) = client.get("/api/posts").json
        assert listed["author"] == after.json["author"]
        assert client.get(f"/api/posts/{draft.id}", headers=other_author.headers).status_code == 404
        assert client.get(f"/api/posts/{draft.id}", headers=editor.headers).status_code == 200
        assert client.get(f"/api/users/{post_author.user.id}/posts").status_code == 404

    def test_admin_may_do_what_editors_may(self, client: FlaskClient, post_author: Actor) -> None:
        admin = create_account(role=Role.ADMIN)
        post = create_post(post_author.user)
        response = client.post(f"/api/posts/{post.id}/publish", headers=auth_headers(admin))
        assert response.status_code == 200
