"""The mails about a scheduled post: that it is out, or could not be published."""

from uuid import uuid4

import pytest

from service.config import settings
from service.core.database import transaction
from service.core.events import emit
from service.core.jobs.runner import run_attempt
from service.models.posts import PostStatus
from service.posts.mails import post_not_published_mail, post_published_mail
from tests.factories import create_post, create_user


@pytest.fixture
def ada(app):
    return create_user(username="ada", email="ada@example.org")


@pytest.fixture
def sent(app, jobs):
    """Return a function that emits an event, and returns the mails that wait after it."""

    def emit_and_run(name, **payload):
        with transaction():
            emit(name, **payload)
        while (job := jobs.claim()) and job.task != "mail.send":
            run_attempt(app, job)
        return [row.payload for row in jobs.all_rows() if row.task == "mail.send"]

    return emit_and_run


class TestPublished:
    def test_is_told_of_a_scheduled_post(self, sent, ada):
        post = create_post(ada, status=PostStatus.PUBLISHED)
        (mail,) = sent("post.published", post_id=post.id, author_id=ada.id, scheduled=True)
        assert (mail["mail"], mail["to"], mail["payload"]) == (
            "post_published",
            ada.id,
            {"post_id": str(post.id)},
        )

    @pytest.mark.parametrize(("scheduled", "has_author"), [(False, True), (True, False)])
    def test_is_not_told_otherwise(self, sent, ada, scheduled, has_author):
        author_id = ada.id if has_author else None
        assert sent("post.published", post_id=uuid4(), author_id=author_id, scheduled=scheduled) == []

    def test_links_to_the_post(self, ada):
        post = create_post(ada, title="The engine", slug="the-engine", status=PostStatus.PUBLISHED)
        assert post_published_mail.load(str(post.id)) == {
            "title": "The engine",
            "url": f"{settings().site_url}/posts/the-engine",
        }

    def test_has_lost_its_point_when_the_post_is_a_draft_again(self, ada):
        assert post_published_mail.load(str(create_post(ada).id)) is None


class TestNotPublished:
    def test_is_told_with_the_reason(self, sent, ada):
        post = create_post(ada)
        (mail,) = sent(
            "post.publication_failed", post_id=post.id, author_id=ada.id, reason="It has no title."
        )
        assert (mail["mail"], mail["to"]) == ("post_not_published", ada.id)
        assert mail["payload"] == {"post_id": str(post.id), "reason": "It has no title."}

    def test_of_nobody_is_told_to_nobody(self, sent, app):
        assert sent("post.publication_failed", post_id=uuid4(), author_id=None, reason="No.") == []

    def test_links_to_the_editor(self, ada):
        post = create_post(ada, title="The engine")
        assert post_not_published_mail.load(str(post.id), "No.") == {
            "title": "The engine",
            "reason": "No.",
            "url": f"{settings().site_url}/studio/posts/{post.id}",
        }

    def test_has_lost_its_point_when_the_post_is_published_or_gone(self, ada):
        post = create_post(ada, status=PostStatus.PUBLISHED)
        assert post_not_published_mail.load(str(post.id), "No.") is None
        assert post_not_published_mail.load(str(uuid4()), "No.") is None
