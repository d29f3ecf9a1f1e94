"""What the web app is told of a change, and what happens when it does not take it."""

import json
from uuid import uuid4

import pytest

from service.core import revalidation, webhooks
from service.core.database import transaction
from service.core.jobs.queue import enqueue
from service.core.jobs.runner import run_attempt
from service.core.revalidation import revalidate_comments, revalidate_names, revalidate_post
from service.models.jobs import JobState
from service.models.posts import PostSlug, PostStatus
from tests.conftest import settings_on
from tests.factories import create_post, create_tag, create_user, save
from tests.servers import free_port
from tests.webhook_receiver import webhook_receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {
    "id": "01a22786-3310-7137-8d61-f0667b81d6ea",
    "type": "post.published",
    "occurred_at": "2026-11-29T16:00:00Z",
}


@pytest.fixture
def receiver():
    with webhook_receiver() as found:
        yield found


@pytest.fixture
def configured(app, database_url, tmp_path, monkeypatch):
    """Return a function that sets the addresses of the web app."""

    def configure(*urls):
        variables = {"REVALIDATE_URLS": ",".join(urls), "REVALIDATE_SECRET": SECRET}
        monkeypatch.setitem(app.extensions, "settings", settings_on(database_url, tmp_path, **variables))

    monkeypatch.setattr(revalidation, "_paused_until_s", {})
    return configure


def attempt(app, jobs, task, **payload):
    """Run a job as the worker does; return its row, None if it has succeeded: then nobody wants to know of it."""
    with transaction():
        job_id = enqueue(task, event=EVENT, **payload)
    jobs.make_due(job_id)
    claimed = jobs.claim()
    assert claimed.id == job_id
    run_attempt(app, claimed)
    return next((row for row in jobs.all_rows() if row.id == job_id), None)


def sent(receiver):
    return [json.loads(message.body) for message in receiver.messages]


class TestPost:
    def test_message_names_all_that_decides_which_pages_show_it(self, app, jobs, receiver, configured):
        configured(receiver.url)
        post = create_post(create_user(username="ada"), [create_tag("Looms")], status=PostStatus.PUBLISHED)
        save(PostSlug(slug="earlier", post_id=post.id))
        assert attempt(app, jobs, revalidate_post, post_id=str(post.id)) is None
        [message] = sent(receiver)
        published_at = message["data"]["post"].pop("published_at")
        assert published_at.endswith("Z")
        assert message == {
            "type": "post.published",
            "timestamp": "2026-11-29T16:00:00Z",
            "data": {
                "post": {
                    "id": str(post.id),
                    "slug": post.slug,
                    "previous_slugs": ["earlier"],
                    "author": {"username": "ada"},
                    "tags": [{"name": "Looms", "slug": "looms"}],
                }
            },
        }
        assert receiver.messages[0].headers["webhook-id"] == EVENT["id"]

    def test_draft_that_was_never_published_and_one_that_is_gone_concern_no_page(
        self, app, jobs, receiver, configured
    ):
        configured(receiver.url)
        for post_id in (create_post(status=PostStatus.DRAFT).id, uuid4()):
            assert attempt(app, jobs, revalidate_post, post_id=str(post_id)) is None
        assert receiver.messages == []


def test_comments_and_names(app, jobs, receiver, configured):
    configured(receiver.url)
    post_id = str(uuid4())
    attempt(app, jobs, revalidate_comments, post_id=post_id)
    attempt(app, jobs, revalidate_names)
    assert [message["data"] for message in sent(receiver)] == [{"post_id": post_id}, {}]


def test_without_an_address_nothing_is_sent(app, jobs):
    post = create_post(status=PostStatus.PUBLISHED)
    assert attempt(app, jobs, revalidate_post, post_id=str(post.id)) is None
    assert attempt(app, jobs, revalidate_names) is None


class TestFailure:
    def test_one_process_of_the_web_app_that_is_down_does_not_keep_the_others_from_it(
        self, app, jobs, receiver, configured
    ):
        down = f"http://127.0.0.1:{free_port()}/webhooks/revalidate"
        configured(down, receiver.url)
        job = attempt(app, jobs, revalidate_names)
        assert len(receiver.messages) == 1
        assert (job.state, job.attempts) == (JobState.WAITING, 1)
        assert down in job.error
        assert receiver.url not in job.error

    def test_one_that_does_not_respond_is_left_alone_for_a_moment(
        self, app, jobs, receiver, configured, monkeypatch
    ):
        configured(receiver.url)
        monkeypatch.setattr(webhooks, "TIMEOUT_S", 0.2)
        receiver.may_respond.clear()
        assert "did not answer in time" in attempt(app, jobs, revalidate_names).error
        receiver.may_respond.set()
        assert "did not respond a moment ago" in attempt(app, jobs, revalidate_names).error
        assert len(receiver.messages) == 1
        revalidation._paused_until_s.clear()
        monkeypatch.setattr(webhooks, "TIMEOUT_S", 60)
        assert attempt(app, jobs, revalidate_names) is None

    def test_one_that_refuses_a_message_gets_the_next_one(self, app, jobs, receiver, configured):
        configured(receiver.url)
        receiver.status = 403
        assert "responded with 403" in attempt(app, jobs, revalidate_names).error
        receiver.status = 204
        assert attempt(app, jobs, revalidate_names) is None
