"""Tags: listing, creating, renaming, merging and deleting, and the tag lists of their posts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.extensions import db
from service.models.base import utcnow
from service.models.posts import Post, PostStatus
from service.models.tags import PostTag, Tag
from service.models.users import Role
from service.tags import tagging
from service.tags.tagging import get_or_create_tags, set_post_tags
from tests.accounts import auth_headers, create_account, run_concurrently
from tests.conftest import on_postgresql
from tests.factories import create_post, create_tag
from tests.locks import lock_waits
from tests.waiting import wait_until

PUBLISHED = PostStatus.PUBLISHED
INT8_MAX = 2**63 - 1


@pytest.fixture
def editor(app: Flask) -> dict[str, str]:
    return auth_headers(create_account(role=Role.EDITOR))


@pytest.fixture
def author(app: Flask) -> dict[str, str]:
    return auth_headers(create_account())


def names(client: FlaskClient, post: Post) -> list[str]:
    """Return the tag names of a post, which must be the same in lists."""
    shown = client.get(f"/api/posts/{post.id}").json["tags"]
    listed = {each["id"]: each["tags"] for each in client.get("/api/posts").json}
    assert listed[str(post.id)] == shown
    return [tag["name"] for tag in shown]


def version(post: Post) -> int:
    db.session.remove()
    return db.session.scalars(sa.select(Post.version).where(Post.id == post.id)).one()


class TestListTags:
    def test_are_by_name_with_published_posts_counted(self, client: FlaskClient) -> None:
        zebra, ant = create_tag("zebra"), create_tag("Ant")
        create_post(tags=[zebra, ant], status=PUBLISHED)
        create_post(tags=[zebra], status=PUBLISHED)
        create_post(tags=[zebra])
        create_post(tags=[zebra], status=PostStatus.ARCHIVED)
        create_post(tags=[zebra], status=PUBLISHED, trashed_at=zebra.created_at)
        response = client.get("/api/tags")
        assert [(tag["name"], tag["post_count"]) for tag in response.json] == [("Ant", 1), ("zebra", 2)]
        assert response.headers["X-Total-Count"] == "2"

    def test_have_pages(self, client: FlaskClient, author: dict[str, str]) -> None:
        for name in "abc":
            create_tag(name)
        response = client.get("/api/tags?page=2&per_page=2", headers=author)
        assert [tag["name"] for tag in response.json] == ["c"]
        assert 'rel="prev"' in response.headers["Link"]

    def test_are_searched_whatever_the_case(self, client: FlaskClient, author: dict[str, str]) -> None:
        for number, name in enumerate(("ÉCLAIR", "100%", "100 x")):
            create_tag(name, slug=f"tag-{number}")
        for search, names in (("éclair", ["ÉCLAIR"]), ("0%", ["100%"]), ("_", [])):
            response = client.get("/api/tags", query_string={"search": search}, headers=author)
            assert [tag["name"] for tag in response.json] == names
            assert response.headers["X-Total-Count"] == str(len(names))

    @pytest.mark.parametrize(
        "query", ["page=0", "per_page=101", "search=", "search=%00", "search=" + "x" * 101]
    )
    def test_what_the_schema_refuses(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/api/tags?{query}").status_code == 400

    def test_take_two_statements(self, client: FlaskClient) -> None:
        for _ in range(3):
            create_post(tags=[create_tag()], status=PUBLISHED)
        statements: list[str] = []
        listener = lambda *event: statements.append(event[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        client.get("/api/tags?search=tag")
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        assert len(statements) == 2


@pytest.fixture(params=["anonymous", "reader"])
def outsider(request: pytest.FixtureRequest, app: Flask) -> dict[str, str]:
    """Headers of those who cannot write posts."""
    return {} if request.param == "anonymous" else auth_headers(create_account(role=Role.READER))


class TestPrivacy:
    """What nobody can read has tags that nobody can see: their names may tell what a draft is about."""

    @pytest.mark.parametrize(
        "posts",
        [[], [{}], [{"status": PUBLISHED, "trashed_at": utcnow()}], [{}, {"trashed_at": utcnow()}]],
        ids=["unused", "draft", "trashed", "draft and trashed draft"],
    )
    def test_tag_without_a_readable_post_is_hidden(
        self, client: FlaskClient, outsider: dict[str, str], posts: list[dict[str, Any]]
    ) -> None:
        tag, other = create_tag("Merger"), create_tag("Harmless")
        create_post(tags=[other], status=PUBLISHED)
        for given in posts:
            create_post(tags=[tag, other], **given)
        listed = client.get("/api/tags", headers=outsider)
        assert [each["name"] for each in listed.json] == ["Harmless"]
        assert listed.headers["X-Total-Count"] == "1"
        found = client.get("/api/tags?search=merger", headers=outsider)
        assert (found.json, found.headers["X-Total-Count"]) == ([], "0")
        hidden = client.get(f"/api/tags/{tag.id}", headers={**outsider, "If-None-Match": "*"})
        unknown = client.get("/api/tags/999999", headers=outsider)
        assert hidden.status_code == 404
        assert hidden.json == unknown.json

    @pytest.mark.parametrize("status", [PUBLISHED, PostStatus.ARCHIVED])
    def test_one_readable_post_makes_it_public(
        self, client: FlaskClient, outsider: dict[str, str], status: PostStatus
    ) -> None:
        tag = create_tag("Merger")
        create_post(tags=[tag])
        create_post(tags=[tag], status=status)
        assert [each["name"] for each in client.get("/api/tags", headers=outsider).json] == ["Merger"]
        assert client.get(f"/api/tags/{tag.id}", headers=outsider).status_code == 200

    def test_it_is_hidden_again_when_that_post_becomes_a_draft(
        self, client: FlaskClient, editor: dict[str, str]
    ) -> None:
        tag = create_tag("Merger")
        post = create_post(tags=[tag], status=PUBLISHED)
        assert client.get(f"/api/tags/{tag.id}").status_code == 200
        client.post(f"/api/posts/{post.id}/unpublish", headers=editor)
        assert client.get(f"/api/tags/{tag.id}").status_code == 404

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
    def test_editors_see_all(self, client: FlaskClient, role: Role) -> None:
        tag = create_tag("Merger")
        create_post(tags=[tag])
        headers = auth_headers(create_account(role=role))
        assert [each["name"] for each in client.get("/api/tags", headers=headers).json] == ["Merger"]
        assert client.get(f"/api/tags/{tag.id}", headers=headers).json["post_count"] == 0

    def test_authors_see_those_of_their_own_posts_and_unused_ones(self, client: FlaskClient) -> None:
        author = create_account()
        tags = {name: create_tag(name) for name in ("Another's", "Both", "Mine", "Public", "Unused")}
        create_post(author=author, tags=[tags["Mine"], tags["Both"]])
        create_post(tags=[tags["Another's"], tags["Both"]])
        create_post(tags=[tags["Public"]], status=PUBLISHED)
        headers = auth_headers(author)
        listed = client.get("/api/tags", headers=headers)
        assert [each["name"] for each in listed.json] == ["Both", "Mine", "Public", "Unused"]
        assert listed.headers["X-Total-Count"] == "4"
        statuses = {
            name: client.get(f"/api/tags/{tag.id}", headers=headers).status_code for name, tag in tags.items()
        }
        assert statuses == {"Another's": 404, "Both": 200, "Mine": 200, "Public": 200, "Unused": 200}

    def test_a_bad_token_is_not_taken_for_anonymous(self, client: FlaskClient) -> None:
        headers = {"Authorization": "Bearer x"}
        assert client.get("/api/tags", headers=headers).status_code == 401
        assert client.get("/api/tags/1", headers=headers).status_code == 401


class TestGetTag:
    def test_shows_it(self, client: FlaskClient, author: dict[str, str]) -> None:
        tag = create_tag("History", slug="past")
        response = client.get(f"/api/tags/{tag.id}", headers=author)
        assert {**response.json, "created_at": None} == {
            "id": tag.id,
            "name": "History",
            "slug": "past",
            "post_count": 0,
            "created_at": None,
        }

    def test_is_another_version_when_a_post_is_published(
        self, client: FlaskClient, editor: dict[str, str]
    ) -> None:
        tag = create_tag()
        post = create_post(tags=[tag])
        etag = client.get(f"/api/tags/{tag.id}", headers=editor).headers["ETag"]
        headers = {**editor, "If-None-Match": etag}
        assert client.get(f"/api/tags/{tag.id}", headers=headers).status_code == 304
        client.post(f"/api/posts/{post.id}/publish", headers=editor)
        assert client.get(f"/api/tags/{tag.id}", headers=headers).json["post_count"] == 1

    @pytest.mark.parametrize("tag_id", [999_999, INT8_MAX, INT8_MAX + 1])
    def test_unknown_one_is_not_found(self, client: FlaskClient, tag_id: int) -> None:
        assert client.get(f"/api/tags/{tag_id}").status_code == 404


class TestCreateTag:
    def test_slug_is_made_from_the_name(self, client: FlaskClient, editor: dict[str, str]) -> None:
        response = client.post("/api/tags", json={"name": "  Release   Notes "}, headers=editor)
        assert response.status_code == 201
        assert response.headers["Location"] == f"/api/tags/{response.json['id']}"
        assert (response.json["name"], response.json["slug"]) == ("Release Notes", "release-notes")

    def test_slugs_made_of_names_that_differ_do_too(
        self, client: FlaskClient, editor: dict[str, str]
    ) -> None:
        created = [
            client.post("/api/tags", json={"name": name}, headers=editor)
            for name in ("C", "C++", "日本", "中国")
        ]
        assert [response.json["slug"] for response in created] == ["c", "c-2", "tag", "tag-2"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "HISTORY "}, "TAG_NAME_TAKEN"),
            ({"name": "Past", "slug": "history"}, "TAG_SLUG_TAKEN"),
        ],
    )
    def test_name_and_slug_are_unique(
        self, client: FlaskClient, editor: dict[str, str], body: dict[str, str], code: str
    ) -> None:
        create_tag("History")
        response = client.post("/api/tags", json=body, headers=editor)
        assert (response.status_code, response.json["code"]) == (409, code)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": ""},
            {"name": " "},
            {"name": "\u3000"},
            {"name": "a\nb"},
            {"name": "x" * 51},
            {"name": None},
            {"name": "a", "slug": "A"},
            {"name": "a", "slug": "x" * 61},
            {"name": "a", "id": 1},
        ],
    )
    def test_what_the_schema_refuses(
        self, client: FlaskClient, editor: dict[str, str], body: dict[str, Any]
    ) -> None:
        assert client.post("/api/tags", json=body, headers=editor).json["code"] == "INVALID_INPUT"


class TestRenameTag:
    def test_posts_show_it_at_once_as_a_new_version(
        self, client: FlaskClient, editor: dict[str, str]
    ) -> None:
        tag, other = create_tag("Old"), create_tag("Other")
        carrying = [create_post(tags=[other, tag], status=PUBLISHED) for _ in range(2)]
        trashed = create_post(tags=[tag], trashed_at=tag.created_at)
        without = create_post(tags=[other], status=PUBLISHED)
        response = client.patch(f"/api/tags/{tag.id}", json={"name": "New"}, headers=editor)
        assert (response.json["name"], response.json["slug"], response.json["post_count"]) == (
            "New",
            "old",
            2,
        )
        assert [names(client, post) for post in carrying] == [["Other", "New"]] * 2
        assert [version(post) for post in (*carrying, trashed, without)] == [2, 2, 2, 1]

    def test_slug_is_another_when_it_is_asked_for(self, client: FlaskClient, editor: dict[str, str]) -> None:
        tag = create_tag("Old")
        post = create_post(tags=[tag], status=PUBLISHED)
        response = client.patch(f"/api/tags/{tag.id}", json={"slug": "fresh"}, headers=editor)
        assert (response.json["name"], response.json["slug"]) == ("Old", "fresh")
        assert client.get(f"/api/posts/{post.id}").json["tags"] == [{"name": "Old", "slug": "fresh"}]
        assert len(client.get("/api/posts?tag=fresh").json) == 1

    def test_case_of_its_own_name_can_change(self, client: FlaskClient, editor: dict[str, str]) -> None:
        tag = create_tag("javascript")
        response = client.patch(f"/api/tags/{tag.id}", json={"name": "JavaScript"}, headers=editor)
        assert response.json["name"] == "JavaScript"

    def test_same_name_is_no_new_version(self, client: FlaskClient, editor: dict[str, str]) -> None:
        tag = create_tag("Same")
        post = create_post(tags=[tag], status=PUBLISHED)
        etag = client.get(f"/api/tags/{tag.id}").headers["ETag"]
        for body in ({}, {"name": " Same "}):
            client.patch(f"/api/tags/{tag.id}", json=body, headers={**editor, "If-Match": etag})
        assert client.get(f"/api/tags/{tag.id}").headers["ETag"] == etag
        assert version(post) == 1

    @pytest.mark.parametrize(
        ("body", "code"), [({"name": "TAKEN"}, "TAG_NAME_TAKEN"), ({"slug": "taken"}, "TAG_SLUG_TAKEN")]
    )
    def test_to_what_another_has_is_refused(
        self, client: FlaskClient, editor: dict[str, str], body: dict[str, str], code: str
    ) -> None:
        create_tag("Taken")
        response = client.patch(f"/api/tags/{create_tag('Mine').id}", json=body, headers=editor)
        assert (response.status_code, response.json["code"]) == (409, code)

    def test_what_the_schema_refuses(self, client: FlaskClient, editor: dict[str, str]) -> None:
        assert (
            client.patch(f"/api/tags/{create_tag().id}", json={"name": ""}, headers=editor).status_code == 400
        )


class TestMergeTag:
    def test_posts_carry_what_remains_once_each(self, client: FlaskClient, editor: dict[str, str]) -> None:
        source, target, other = create_tag("Source"), create_tag("Target"), create_tag("Other")
        only = create_post(tags=[source, other], status=PUBLISHED)
        both = create_post(tags=[target, other, source], status=PUBLISHED)
        already = create_post(tags=[target], status=PUBLISHED)
        response = client.post(f"/api/tags/{source.id}/merge", json={"into": target.id}, headers=editor)
        assert (response.status_code, response.json["name"], response.json["post_count"]) == (
            200,
            "Target",
            3,
        )
        assert names(client, only) == ["Target", "Other"]
        assert names(client, both) == ["Target", "Other"]
        assert [version(post) for post in (only, both, already)] == [2, 2, 1]
        assert client.get(f"/api/tags/{source.id}", headers=editor).status_code == 404
        assert db.session.scalars(sa.select(PostTag).where(PostTag.tag_id == source.id)).all() == []

    def test_into_itself_is_refused(self, client: FlaskClient, editor: dict[str, str]) -> None:
        tag = create_tag()
        response = client.post(f"/api/tags/{tag.id}/merge", json={"into": tag.id}, headers=editor)
        assert (response.status_code, response.json["code"]) == (409, "SAME_TAG")

    def test_both_must_exist(self, client: FlaskClient, editor: dict[str, str]) -> None:
        tag = create_tag()
        for one, other, status, code in (
            (tag.id, 999_999, 409, "MERGE_TARGET_NOT_FOUND"),
            (999_999, tag.id, 404, "NOT_FOUND"),
            (999_999, 999_999, 404, "NOT_FOUND"),
        ):
            response = client.post(f"/api/tags/{one}/merge", json={"into": other}, headers=editor)
            assert (response.status_code, response.json["code"]) == (status, code)

    @pytest.mark.parametrize("into", [0, None, "1", INT8_MAX + 1])
    def test_what_the_schema_refuses(self, client: FlaskClient, editor: dict[str, str], into: Any) -> None:
        response = client.post(f"/api/tags/{create_tag().id}/merge", json={"into": into}, headers=editor)
        assert response.status_code == 400


class TestDeleteTag:
    def test_posts_lose_it(self, client: FlaskClient, editor: dict[str, str]) -> None:
        tag, other = create_tag("Gone"), create_tag("Other")
        post = create_post(tags=[tag, other], status=PUBLISHED)
        bare = create_post(tags=[tag], status=PUBLISHED)
        assert client.delete(f"/api/tags/{tag.id}", headers=editor).status_code == 204
        assert (names(client, post), names(client, bare)) == (["Other"], [])
        assert (version(post), version(bare)) == (2, 2)
        assert client.get("/api/posts?tag=gone").json == []


CHANGES = [
    ("POST", "/api/tags", {"name": "New"}),
    ("PATCH", "/api/tags/{}", {"name": "New"}),
    ("DELETE", "/api/tags/{}", None),
    ("POST", "/api/tags/{}/merge", {"into": 1}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
class TestEveryChange:
    def test_is_for_editors(
        self, client: FlaskClient, author: dict[str, str], method: str, path: str, body: Any
    ) -> None:
        path = path.format(create_tag().id)
        assert client.open(path, method=method, json=body).status_code == 401
        refused = client.open(path, method=method, json=body, headers=author)
        assert (refused.status_code, refused.json["code"]) == (403, "FORBIDDEN")

    def test_of_an_unknown_tag_is_not_found(
        self, client: FlaskClient, editor: dict[str, str], method: str, path: str, body: Any
    ) -> None:
        if "{}" in path:
            response = client.open(path.format(999_999), method=method, json=body, headers=editor)
            assert response.status_code == 404

    def test_honours_the_version_it_is_about(
        self, client: FlaskClient, editor: dict[str, str], method: str, path: str, body: Any
    ) -> None:
        if method in {"PATCH", "DELETE"}:
            path = path.format(create_tag().id)
            stale = {**editor, "If-Match": '"0-stale"'}
            assert client.open(path, method=method, json=body, headers=stale).status_code == 412
            current = {**editor, "If-Match": client.get(path, headers=editor).headers["ETag"]}
            assert client.open(path, method=method, json=body, headers=current).status_code < 300


class TestTagsOfPosts:
    """Concurrent changes of posts and tags leave the `tag_list` of posts consistent with the associations."""

    @staticmethod
    def consistent() -> bool:
        db.session.remove()
        posts = db.session.execute(sa.select(Post.id, Post.tag_list)).all()
        carried = (
            sa.select(PostTag.post_id, Tag.name, Tag.slug)
            .join(Tag, Tag.id == PostTag.tag_id)
            .order_by(PostTag.position)
        )
        rows = db.session.execute(carried).all()
        db.session.remove()
        return all(
            shown == [{"name": row.name, "slug": row.slug} for row in rows if row.post_id == post_id]
            for post_id, shown in posts
        )

    def test_eight_posts_make_the_same_tags(self, app: Flask, author: dict[str, str]) -> None:
        names = [f"Tag {number}" for number in range(6)]

        def write(client: FlaskClient, index: int) -> int:
            tags = names[index % 6 :] + names[: index % 6]
            body = {"title": "x", "body": "x", "tags": tags}
            return client.post("/api/posts", json=body, headers=author).status_code

        assert run_concurrently(app, 8, write) == [201] * 8
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Tag)) == 6
        assert self.consistent()

    def test_posts_are_written_while_their_tag_changes(
        self, app: Flask, author: dict[str, str], editor: dict[str, str]
    ) -> None:
        for _ in range(5):
            name = f"Tag {create_tag().id}"
            tag, target = create_tag(f"{name} a"), create_tag(f"{name} b")

            def act(client: FlaskClient, index: int, tag: Tag = tag, target: Tag = target) -> int:
                body = {"title": "x", "body": "x", "tags": [tag.name, target.name]}
                match index:
                    case 0:
                        path = f"/api/tags/{tag.id}"
                        return client.patch(path, json={"name": f"{tag.name}!"}, headers=editor).status_code
                    case 1:
                        path = f"/api/tags/{target.id}/merge"
                        return client.post(path, json={"into": tag.id}, headers=editor).status_code
                    case 2:
                        return client.delete(f"/api/tags/{tag.id}", headers=editor).status_code
                    case _:
                        return client.post("/api/posts", json=body, headers=author).status_code

            assert set(run_concurrently(app, 6, act)) <= {200, 201, 204, 404, 409}
            assert self.consistent()

    @on_postgresql
    @pytest.mark.parametrize("change", ["rename", "merge", "delete"])
    def test_a_change_waits_for_a_post_that_loses_the_tag(
        self, app: Flask, editor: dict[str, str], change: str
    ) -> None:
        """Otherwise it would write a list of tags that is out of date, or both would wait for each other."""
        old, new, other = create_tag("Old"), create_tag("New"), create_tag("Other")
        post = create_post(tags=[old])
        path = f"/api/tags/{old.id}"

        def act() -> int:
            with app.app_context():
                client = app.test_client()
                match change:
                    case "rename":
                        return client.patch(path, json={"name": "Renamed"}, headers=editor).status_code
                    case "merge":
                        return client.post(
                            f"{path}/merge", json={"into": other.id}, headers=editor
                        ).status_code
                    case _:
                        return client.delete(path, headers=editor).status_code

        with ThreadPoolExecutor(1) as pool:
            with transaction() as session, lock_waits() as waits:
                # As a change of the post does: it locks the tags that the post gets, then the post.
                claimed = get_or_create_tags(["New"])
                found = session.get(Post, post.id, with_for_update={"key_share": True})
                assert found is not None
                status = pool.submit(act)
                wait_until(waits)
                assert not status.done()
                found.tag_list = [{"name": tag.name, "slug": tag.slug} for tag in claimed]
                set_post_tags(found.id, claimed)
            assert status.result(60) < 300
        assert self.consistent()
        shown = db.session.scalars(sa.select(Post.tag_list)).one()
        assert [tag["name"] for tag in shown] == [new.name]

    def test_more_posts_than_fit_into_a_statement(
        self, client: FlaskClient, editor: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tagging, "CHUNK_SIZE", 2)
        tag = create_tag("Old")
        posts = [create_post(tags=[tag], status=PUBLISHED) for _ in range(5)]
        client.patch(f"/api/tags/{tag.id}", json={"name": "New"}, headers=editor)
        assert [names(client, post) for post in posts] == [["New"]] * 5

    def test_tags_that_never_stay_are_for_later(
        self, client: FlaskClient, author: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tagging, "_insert_tag", lambda name, key: None)
        body = {"title": "x", "body": "x", "tags": ["Unlucky"]}
        response = client.post("/api/posts", json=body, headers=author)
        assert (response.status_code, response.json["code"]) == (503, "SERVICE_UNAVAILABLE")
