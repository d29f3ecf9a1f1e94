"""What outsiders are told of an event: what readers see, and ids of what they do not see."""

import json

import pytest
from sqlalchemy import event as sqlalchemy_event

from service.core.database import transaction
from service.core.event_data import event_data, event_message
from service.extensions import db
from service.models.base import utcnow
from service.models.posts import Post, PostSlug, PostStatus
from tests.factories import create_comment, create_post, create_tag, create_user, save

# Nothing of it may be told of a post or a tag that readers do not see.
SECRET = "Unpublished"


def post_data(name, post):
    return event_data(name, {"post_id": str(post.id), "author_id": post.author_id})["post"]


def change(post, **columns):
    with transaction():
        for column, value in columns.items():
            setattr(db.session.get(Post, post.id), column, value)


class TestPost:
    @pytest.mark.parametrize("status", ["published", "archived"])
    def test_public_post_has_all_that_decides_which_pages_show_it(self, app, status):
        ada, looms = create_user(username="ada"), create_tag("Looms")
        post = create_post(ada, [looms], title="The Engine", slug="engine", status=PostStatus(status))
        save(PostSlug(slug="former", post_id=post.id))
        save(PostSlug(slug="earlier", post_id=post.id))
        data = post_data("post.updated", post)
        assert data.pop("published_at").endswith("Z")
        assert data.pop("updated_at").endswith("Z")
        assert data == {
            "id": str(post.id),
            "status": status,
            "title": "The Engine",
            "slug": "engine",
            "path": "/posts/engine",
            "previous_slugs": ["earlier", "former"],
            "author": {"id": ada.id, "username": "ada"},
            "tags": [{"name": "Looms", "slug": "looms"}],
            "cover": None,
            "card": None,
        }

    @pytest.mark.parametrize("status", [PostStatus.DRAFT, PostStatus.SCHEDULED])
    def test_post_that_readers_do_not_see_is_named_by_its_id(self, app, status):
        scheduled_at = utcnow() if status is PostStatus.SCHEDULED else None
        post = create_post(
            create_user(username="ada"),
            [create_tag(SECRET)],
            title=SECRET,
            slug=SECRET.lower(),
            status=status,
            scheduled_at=scheduled_at,
        )
        data = post_data("post.trashed", post)
        assert SECRET.lower() not in json.dumps(data).lower()
        assert (data["id"], data["author"]["username"]) == (str(post.id), "ada")
        assert (data["title"], data["slug"], data["path"], data["tags"]) == (None, None, None, [])

    def test_unpublished_post_says_where_it_was(self, app):
        post = create_post(status=PostStatus.PUBLISHED)
        change(post, status=PostStatus.DRAFT)
        assert post_data("post.unpublished", post)["slug"] == post.slug
        assert post_data("post.trashed", post)["slug"] is None

    def test_trashed_post_that_was_public_says_where_it_was(self, app):
        post = create_post(status=PostStatus.PUBLISHED)
        change(post, trashed_at=utcnow())
        assert post_data("post.trashed", post)["slug"] == post.slug

    def test_post_that_is_gone_has_its_id(self, app):
        post = create_post(create_user())
        with transaction():
            db.session.delete(db.session.get(Post, post.id))
        data = post_data("post.deleted", post)
        assert (data["id"], data["author"]) == (str(post.id), {"id": post.author_id, "username": None})

    def test_costs_two_selects(self, app):
        post = create_post(status=PostStatus.PUBLISHED)
        statements = []

        def count(_connection, _cursor, statement, *_more):
            statements.append(statement.split()[0])

        sqlalchemy_event.listen(db.engine, "before_cursor_execute", count)
        try:
            post_data("post.updated", post)
        finally:
            sqlalchemy_event.remove(db.engine, "before_cursor_execute", count)
        assert statements.count("SELECT") == 2


def test_import_names_public_posts_by_their_addresses(app):
    public = create_post(status=PostStatus.ARCHIVED)
    draft = create_post(status=PostStatus.DRAFT, slug=SECRET.lower())
    data = event_data("posts.imported", {"created": [str(draft.id)], "updated": [str(public.id)]})
    assert data == {
        "posts": [
            {"id": str(draft.id), "status": "draft", "slug": None, "path": None, "is_new": True},
            {
                "id": str(public.id),
                "status": "archived",
                "slug": public.slug,
                "path": f"/posts/{public.slug}",
                "is_new": False,
            },
        ]
    }


class TestComment:
    def data(self, comment):
        payload = {"comment_id": comment.id, "post_id": str(comment.post_id), "author_id": comment.author_id}
        return event_data("comment.created", payload)

    def test_names_its_post_and_not_its_text(self, app):
        ada = create_user(username="ada")
        post = create_post(status=PostStatus.PUBLISHED)
        parent = create_comment(post, ada)
        data = self.data(create_comment(post, ada, parent=parent, body=SECRET))
        assert SECRET not in json.dumps(data)
        assert data["post"] == {"id": str(post.id), "slug": post.slug, "path": f"/posts/{post.slug}"}
        assert data["comment"]["parent_id"] == parent.id
        assert data["comment"]["author"] == {"id": ada.id, "username": "ada"}

    @pytest.mark.parametrize("hidden", [{"status": PostStatus.DRAFT}, {"trashed_at": utcnow()}])
    def test_post_that_readers_do_not_see_is_named_by_its_id(self, app, hidden):
        post = create_post(status=PostStatus.PUBLISHED)
        comment = create_comment(post, create_user())
        change(post, **hidden)
        assert self.data(comment)["post"] == {"id": str(post.id), "slug": None, "path": None}


class TestTag:
    def public(self, name):
        tag = create_tag(name)
        create_post(tags=[tag], status=PostStatus.PUBLISHED)
        return tag

    def hidden(self):
        tag = create_tag(SECRET)
        create_post(tags=[tag], status=PostStatus.DRAFT)
        create_post(tags=[tag], status=PostStatus.PUBLISHED, trashed_at=utcnow())
        return tag

    def test_tag_of_published_posts(self, app):
        looms = self.public("Looms")
        assert event_data("tag.updated", {"tag_id": looms.id, "former_slug": "looma"}) == {
            "tag": {"id": looms.id, "name": "Looms", "slug": "looms"},
            "former_slug": "looma",
        }

    def test_tag_of_drafts_is_named_by_its_id(self, app):
        tag = self.hidden()
        named = {"id": tag.id, "name": None, "slug": None}
        assert event_data("tag.updated", {"tag_id": tag.id, "former_slug": SECRET}) == {
            "tag": named,
            "former_slug": None,
        }
        assert event_data("tag.deleted", {"tag_id": tag.id}) == {"tag": named}

    def test_merging_shows_readers_of_one_tag_the_other(self, app):
        looms, hidden = self.public("Looms"), self.hidden()
        named = {"id": looms.id, "name": "Looms", "slug": "looms"}
        into_hidden = event_data("tag.merged", {"tag_id": looms.id, "into_id": hidden.id})
        assert into_hidden == {
            "tag": named,
            "into": {"id": hidden.id, "name": SECRET, "slug": SECRET.lower()},
        }
        from_hidden = event_data("tag.merged", {"tag_id": hidden.id, "into_id": looms.id})
        assert from_hidden == {"tag": {"id": hidden.id, "name": None, "slug": None}, "into": named}


def test_account_has_no_address(app):
    ada = create_user(username="ada", email="ada@example.org")
    assert event_data("user.updated", {"user_id": ada.id}) == {"user": {"id": ada.id, "username": "ada"}}


def test_message_is_that_of_standard_webhooks():
    event = {"id": "1", "type": "user.updated", "subject": "user:7", "occurred_at": "2026-11-29T16:00:00Z"}
    assert json.loads(event_message(event, {"user": {"id": 7}})) == {
        "type": "user.updated",
        "timestamp": "2026-11-29T16:00:00Z",
        "data": {"user": {"id": 7}},
    }
