"""What the web app is told of a change, and what happens when it does not take it."""

import re

import pytest

from service.core import revalidation, standard_webhooks
from service.core.database import transaction
from service.core.events import emit
from service.core.jobs.queue import enqueue
from service.core.jobs.runner import run_attempt
from service.core.jobs.tasks import declared_tasks
from service.core.revalidation import revalidate
from service.models.jobs import JobState
from service.models.posts import PostStatus
from service.reactions import REACTIONS
from tests.conftest import settings_on
from tests.factories import create_post
from tests.servers import ROOT, free_port
from tests.webhook_receiver import webhook_receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {
    "id": "01a22786-3310-7137-8d61-f0667b81d6ea",
    "type": "user.deleted",
    "subject": "user:7",
    "occurred_at": "2026-11-29T16:00:00Z",
}
POST = "01a22786-3310-7137-8d61-f0667b81d6ea"
DATA = {"user": {"id": 7, "username": "ada"}}


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


def attempt(app, jobs):
    """Run a job as the worker does; return its row, None if it has succeeded: then nobody wants to know of it."""
    with transaction():
        job_id = enqueue(revalidate, event=EVENT, data=DATA)
    jobs.make_due(job_id)
    claimed = jobs.claim()
    assert claimed.id == job_id
    run_attempt(app, claimed)
    return next((row for row in jobs.all_rows() if row.id == job_id), None)


def test_each_process_gets_the_message_that_webhooks_get(app, jobs, receiver, configured):
    configured(receiver.url, receiver.url)
    assert attempt(app, jobs) is None
    first, second = receiver.messages
    assert first.body == second.body
    assert first.check(app.extensions["api"].document) == {
        "type": "user.deleted",
        "timestamp": "2026-11-29T16:00:00Z",
        "data": DATA,
    }
    assert first.headers["webhook-id"] == EVENT["id"]


def test_an_event_adds_a_job_only_if_there_is_a_web_app(app, jobs, configured):
    post = create_post(status=PostStatus.PUBLISHED)

    def emitted():
        with transaction():
            emit("post.updated", post_id=post.id, author_id=None)
        return [(row.task, row.payload["data"]["post"]["slug"]) for row in jobs.all_rows()]

    assert emitted() == []
    configured("http://127.0.0.1:3000/webhooks/revalidate")
    assert emitted() == [("web.revalidate", post.slug)]


def test_without_an_address_nothing_is_sent(app, jobs):
    assert attempt(app, jobs) is None


def test_web_app_knows_which_pages_each_event_that_it_is_told_of_makes_stale():
    table = (ROOT / "web" / "src" / "api" / "event-tags.ts").read_text(encoding="utf-8")
    known = set(re.findall(r"^  \['([a-z_.]+)', ", table, re.MULTILINE))
    assert {name for name, tasks in REACTIONS.items() if revalidate in tasks} <= known


def test_jobs_of_the_former_version_end(app, jobs, receiver, configured):
    configured(receiver.url)
    event = {name: value for name, value in EVENT.items() if name != "subject"}
    with transaction():
        for name, more in (("post", {"post_id": POST}), ("comments", {"post_id": POST}), ("names", {})):
            enqueue(declared_tasks()[f"web.revalidate_{name}"], event=event, **more)
    for _ in range(3):
        run_attempt(app, jobs.claim())
    assert (jobs.all_rows(), receiver.messages) == ([], [])


class TestFailure:
    def test_one_process_of_the_web_app_that_is_down_does_not_keep_the_others_from_it(
        self, app, jobs, receiver, configured
    ):
        down = f"http://127.0.0.1:{free_port()}/webhooks/revalidate"
        configured(down, receiver.url)
        job = attempt(app, jobs)
        assert len(receiver.messages) == 1
        assert (job.state, job.attempts) == (JobState.WAITING, 1)
        assert down in job.error
        assert receiver.url not in job.error

    def test_one_that_does_not_respond_is_left_alone_for_a_moment(
        self, app, jobs, receiver, configured, monkeypatch
    ):
        configured(receiver.url)
        monkeypatch.setattr(standard_webhooks, "TIMEOUT_S", 0.2)
        receiver.may_respond.clear()
        assert "did not answer in time" in attempt(app, jobs).error
        receiver.may_respond.set()
        assert "did not respond a moment ago" in attempt(app, jobs).error
        assert len(receiver.messages) == 1
        revalidation._paused_until_s.clear()
        monkeypatch.setattr(standard_webhooks, "TIMEOUT_S", 60)
        assert attempt(app, jobs) is None

    def test_one_that_is_being_restarted_gets_the_next_message(self, app, jobs, configured):
        """It is up again in a moment, and asking costs nothing: only one that hangs is left alone."""
        configured(f"http://127.0.0.1:{free_port()}/webhooks/revalidate")
        for _ in range(2):
            assert "Connection refused" in attempt(app, jobs).error

    def test_one_that_refuses_a_message_gets_the_next_one(self, app, jobs, receiver, configured):
        configured(receiver.url)
        receiver.status = 403
        assert "responded with 403" in attempt(app, jobs).error
        receiver.status = 204
        assert attempt(app, jobs) is None
