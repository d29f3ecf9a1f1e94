"""What requests emit: each event when it happened, none for what was refused or changed nothing."""

from datetime import timedelta

import pytest

from service.core.database import transaction
from service.importing.actions import BATCH
from service.models.base import utcnow
from service.models.posts import PostStatus
from service.models.users import Role
from service.posts.due_posts import publish_due_posts
from tests.accounts import auth_headers, create_account
from tests.factories import create_comment, create_post, create_tag, create_user
from tests.importing.publication import imported, write
from tests.importing.publication import post as post_file

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

    def test_outsiders_are_told_what_was_deleted(self, client, events, ada, headers):
        post = create_post(ada, [create_tag("Looms")], status=PostStatus.PUBLISHED)
        client.delete(f"/api/posts/{post.id}", headers=headers)
        client.delete(f"/api/posts/trash/{post.id}", headers=headers)
        assert [name for name, _ in events.take()] == ["post.trashed", "post.deleted"]
        for data in events.data:
            assert (data["post"]["slug"], data["post"]["tags"]) == (
                post.slug,
                [{"name": "Looms", "slug": "looms"}],
            )

    def test_outsiders_are_told_of_the_former_address(self, client, events, ada, headers):
        post = create_post(ada, slug="engine", status=PostStatus.PUBLISHED)
        client.patch(f"/api/posts/{post.id}", json={"slug": "the-engine"}, headers=headers)
        events.take()
        [data] = events.data
        assert (data["post"]["slug"], data["post"]["previous_slugs"]) == ("the-engine", ["engine"])


class TestScheduling:
    def test_schedule_is_set_and_cancelled(self, client, events, ada, headers):
        post = create_post(ada)
        path, payload = f"/api/posts/{post.id}", {"post_id": str(post.id), "author_id": ada.id}
        publish_at = (utcnow() + timedelta(days=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
        client.post(f"{path}/schedule", json={"publish_at": publish_at}, headers=headers)
        assert events.take() == [("post.scheduled", {**payload, "scheduled_at": publish_at})]
        client.post(f"{path}/unschedule", headers=headers)
        assert events.take() == [("post.unscheduled", payload)]

    def test_publication_at_its_time(self, client, events, ada):
        former = create_user(is_active=False)
        due = {"status": PostStatus.SCHEDULED, "scheduled_at": utcnow() - timedelta(hours=1)}
        published, failed = create_post(ada, **due), create_post(former, title="Secret plans", **due)
        with transaction():
            publish_due_posts()
        told = dict(events.take())
        assert told["post.published"] == {
            "post_id": str(published.id),
            "author_id": ada.id,
            "scheduled": True,
        }
        assert told["post.publication_failed"]["post_id"] == str(failed.id)
        [data] = [data["post"] for data in events.data if "reason" in data]
        assert (data["id"], data["status"], data["title"]) == (str(failed.id), "draft", None)


class TestImport:
    def test_tells_of_each_batch_and_of_its_end(self, client, events, tmp_path):
        files = {
            f"{number:02}.md": post_file(f"Post {number}", front='taxonomies = {tags = ["Looms"]}')
            for number in range(BATCH + 1)
        }
        imported(write(tmp_path, {f"content/{name}": text for name, text in files.items()}))
        told = events.take()
        assert [name for name, _ in told] == ["tag.created", *["posts.imported"] * 2, "import.finished"]
        batches = [payload for name, payload in told if name == "posts.imported"]
        assert [(len(batch["created"]), batch["updated"]) for batch in batches] == [(BATCH, []), (1, [])]
        assert told[-1][1] == {"posts_created": BATCH + 1, "posts_updated": 0}
        imported(tmp_path)
        assert events.take() == []

    def test_names_drafts_by_their_ids(self, client, events, tmp_path):
        files = {"content/a.md": post_file("Out"), "content/b.md": post_file("Secret", front="draft = true")}
        imported(write(tmp_path, files))
        assert [name for name, _ in events.take()] == ["posts.imported", "import.finished"]
        posts = events.data[0]["posts"]
        assert {(post["slug"], post["status"], post["is_new"]) for post in posts} == {
            ("a", "published", True),
            (None, "draft", True),
        }

    def test_dry_run_has_changed_nothing(self, client, events, tmp_path):
        imported(write(tmp_path, {"content/a.md": post_file()}), dry_run=True)
        assert events.take() == []

    def test_adds_no_job_where_nobody_listens(self, client, jobs, tmp_path):
        imported(write(tmp_path, {"content/a.md": post_file()}))
        assert jobs.all_rows() == []


class TestItems:
    def test_each_change(self, client, events):
        headers = {**auth_headers(create_account(role=Role.EDITOR)), "If-Match": "*"}
        item = client.post("/api/items", json={"name": "Buy ink"}, headers=headers).json
        assert events.take() == [("item.created", {"item_id": item["id"]})]
        assert client.delete(f"/api/items/{item['id']}", headers=headers).status_code == 204
        assert events.take() == [("item.deleted", {"item_id": item["id"]})]
        assert events.data == [{"item": {"id": item["id"], "name": "Buy ink"}}]


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

    def test_deletion(self, client, events, ada):
        admin = auth_headers(create_account(role=Role.ADMIN))
        assert client.delete(f"/api/users/{ada.id}", headers=admin).status_code == 204
        assert events.take() == [("user.deleted", {"user_id": ada.id})]
        assert events.data == [{"user": {"id": ada.id, "username": "ada"}}]
