"""What requests emit: each event when it happened, none for what was refused or changed nothing."""

import pytest

from service.models.posts import PostStatus
from service.models.users import Role
from tests.accounts import auth_headers, create_account
from tests.factories import create_comment, create_post, create_user

PASSWORD = "a long and rare password"


@pytest.fixture
def ada(app):
    return create_account(username="ada")


@pytest.fixture
def headers(ada):
    return {**auth_headers(ada), "If-Match": "*"}


class TestPosts:
    @pytest.mark.parametrize(
        ("status", "operation", "event", "more"),
        [
            ("draft", "publish", "post.published", {"scheduled": False}),
            ("archived", "publish", "post.published", {"scheduled": False}),
            ("published", "unpublish", "post.unpublished", {}),
            ("published", "archive", "post.archived", {}),
        ],
    )
    def test_status(self, client, events, ada, headers, status, operation, event, more):
        post = create_post(ada, status=PostStatus(status))
        assert client.post(f"/api/posts/{post.id}/{operation}", headers=headers).status_code == 200
        assert events.take() == [(event, {"post_id": str(post.id), "author_id": ada.id, **more})]

    def test_what_is_refused_has_not_happened(self, client, events, ada, headers):
        post = create_post(ada, status=PostStatus.PUBLISHED)
        assert client.post(f"/api/posts/{post.id}/publish", headers=headers).status_code == 409
        assert events.take() == []

    @pytest.mark.parametrize(
        ("status", "changes", "expected"),
        [
            ("published", {"title": "Another"}, ["post.updated"]),
            ("archived", {"tags": ["new"]}, ["tag.created", "post.updated"]),
            ("draft", {"title": "Another"}, []),
            ("published", {"title": "The same"}, []),
        ],
    )
    def test_change(self, client, events, ada, headers, status, changes, expected):
        post = create_post(ada, title="The same", status=PostStatus(status))
        assert client.patch(f"/api/posts/{post.id}", json=changes, headers=headers).status_code == 200
        assert [name for name, _ in events.take()] == expected

    def test_trash(self, client, events, ada, headers):
        post = create_post(ada)
        path, payload = f"/api/posts/{post.id}", {"post_id": str(post.id), "author_id": ada.id}
        client.delete(path, headers=headers)
        assert events.take() == [("post.trashed", payload)]
        client.post(f"{path}/restore", headers=headers)
        assert events.take() == [("post.restored", payload)]
        client.delete(path, headers=headers)
        client.delete(f"/api/posts/trash/{post.id}", headers=headers)
        assert events.take() == [("post.trashed", payload), ("post.deleted", payload)]


class TestTags:
    def test_each_change(self, client, events):
        headers = {**auth_headers(create_account(role=Role.EDITOR)), "If-Match": "*"}
        tag = client.post("/api/tags", json={"name": "Looms"}, headers=headers).json
        assert events.take() == [("tag.created", {"tag_id": tag["id"]})]
        for _ in range(2):  # the second one changes nothing
            client.patch(f"/api/tags/{tag['id']}", json={"slug": "weaving"}, headers=headers)
        assert events.take() == [("tag.updated", {"tag_id": tag["id"], "former_slug": "looms"})]
        other = client.post("/api/tags", json={"name": "Cards"}, headers=headers).json
        events.take()
        merged = client.post(f"/api/tags/{tag['id']}/merge", json={"into": other["id"]}, headers=headers)
        assert merged.status_code == 200
        assert events.take() == [("tag.merged", {"tag_id": tag["id"], "into_id": other["id"]})]
        assert client.delete(f"/api/tags/{other['id']}", headers=headers).status_code == 204
        assert events.take() == [("tag.deleted", {"tag_id": other["id"]})]

    def test_posts_create_tags(self, client, events, headers):
        post = {"title": "The engine", "body": "It weaves.", "tags": ["Looms"]}
        for names in (["tag.created"], []):  # the second post finds it
            assert client.post("/api/posts", json=post, headers=headers).status_code == 201
            assert [name for name, _ in events.take()] == names


class TestComments:
    def test_each_change(self, client, events, ada, headers):
        post = create_post(create_user(), status=PostStatus.PUBLISHED)
        path = f"/api/posts/{post.id}/comments"
        comment_id = client.post(path, json={"body": "First"}, headers=headers).json["id"]
        payload = {"comment_id": comment_id, "post_id": str(post.id), "author_id": ada.id}
        assert events.take() == [("comment.created", payload)]
        for _ in range(2):  # the second one changes nothing
            client.patch(f"{path}/{comment_id}", json={"body": "Changed"}, headers=headers)
        assert events.take() == [("comment.updated", payload)]
        client.delete(f"{path}/{comment_id}", headers=headers)
        assert events.take() == [("comment.deleted", payload)]

    def test_deleted_is_said_of_who_had_written_it(self, client, events, ada):
        editor, post = create_account(role=Role.EDITOR), create_post(ada, status=PostStatus.PUBLISHED)
        comment = create_comment(post, ada)
        create_comment(post, editor, parent=comment)
        headers = {**auth_headers(editor), "If-Match": "*"}
        assert (
            client.delete(f"/api/posts/{post.id}/comments/{comment.id}", headers=headers).status_code == 204
        )
        assert events.take() == [
            ("comment.deleted", {"comment_id": comment.id, "post_id": str(post.id), "author_id": ada.id})
        ]


class TestUsers:
    def test_registration(self, client, events):
        account = {"username": "grace", "email": "grace@example.org", "password": PASSWORD}
        user_id = client.post("/api/users", json=account).json["id"]
        assert events.take() == [("user.created", {"user_id": user_id})]
        assert client.post("/api/users", json=account).status_code == 409
        assert events.take() == []

    @pytest.mark.parametrize("changes", [{"bio": "Writes."}, {"display_name": "Countess"}])
    def test_change(self, client, events, ada, headers, changes):
        for _ in range(2):  # the second one changes nothing
            assert client.patch(f"/api/users/{ada.id}", json=changes, headers=headers).status_code == 200
        assert events.take() == [("user.updated", {"user_id": ada.id})]

    def test_deletion(self, client, events, ada, headers):
        assert client.delete(f"/api/users/{ada.id}", headers=headers).status_code == 204
        assert events.take() == [("user.deleted", {"user_id": ada.id})]
