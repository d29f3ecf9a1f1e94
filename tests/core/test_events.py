"""Emitting events: jobs in the transaction of the change, and what is refused."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import event as sqlalchemy_event

from service.core.database import transaction
from service.core.events import EventInvalid, emit, init_events
from service.core.jobs.tasks import task
from service.extensions import db
from service.models.base import utcnow
from service.models.events import DATA, EVENT, EVENTS, POST_ID, USER_ID, Event
from tests.core.jobs.sample_tasks import add

POST = UUID("01a22786-3310-7137-8d61-f0667b81d6ea")
AT = {"type": "string", "format": "date-time"}


@task("tests.react_to_post", payload={"post_id": POST_ID})
def react_to_post(post_id):
    pass


@task("tests.react_to_anything", priority=7)
def react_to_anything():
    pass


@task("tests.react_at", payload={"at": AT})
def react_at(at):
    pass


@task("tests.pass_on", payload={"event": EVENT, "post_id": POST_ID})
def pass_on(event, post_id):
    pass


@task("tests.tell", payload={"data": DATA}, wanted=lambda event: event == "post.archived")
def tell(data):
    pass


@pytest.fixture
def reactions(app, jobs, monkeypatch):
    """Return the table of reactions, without those of the service; nothing is recorded."""
    table = {}
    monkeypatch.setitem(app.extensions, "reactions", table)
    monkeypatch.setitem(app.extensions, "event_recorder", None)
    monkeypatch.setitem(app.extensions, "audited_events", {})
    return table


class TestEmit:
    def test_enqueues_what_each_task_declares(self, jobs, reactions):
        reactions["post.archived"] = (react_to_post, react_to_anything)
        with transaction():
            emit("post.archived", post_id=POST, author_id=7)
        assert {
            (row.task, str(row.payload), row.priority, row.state, row.attempts) for row in jobs.all_rows()
        } == {
            ("tests.react_to_post", str({"post_id": str(POST)}), 100, "waiting", 0),
            ("tests.react_to_anything", "{}", 7, "waiting", 0),
        }

    def test_task_learns_which_event_it_is_if_it_asks(self, app, jobs, reactions):
        init_events(app, {"post.archived": (pass_on,)})
        before = utcnow()
        with transaction():
            emit("post.archived", post_id=POST, author_id=7)
            emit("post.archived", post_id=POST, author_id=7)
        events = [row.payload.pop("event") for row in jobs.all_rows()]
        assert len({event.pop("id") for event in events}) == 2
        assert all(before <= datetime.fromisoformat(event.pop("occurred_at")) <= utcnow() for event in events)
        assert events == [{"type": "post.archived", "subject": f"post:{POST}"}] * 2

    def test_task_that_has_nobody_to_tell_gets_no_job(self, jobs, reactions):
        reactions["post.archived"] = reactions["post.trashed"] = (tell,)
        with transaction():
            emit("post.trashed", post_id=POST, author_id=7)
            assert jobs.all_rows() == []
            emit("post.archived", post_id=POST, author_id=7)
        [row] = jobs.all_rows()
        assert row.payload["data"]["post"]["id"] == str(POST)

    def test_the_jobs_are_due_at_once(self, jobs, reactions):
        reactions["post.archived"] = (react_to_post, react_to_anything)
        with transaction():
            emit("post.archived", post_id=POST, author_id=7)
        assert {jobs.claim().task, jobs.claim().task} == {"tests.react_to_post", "tests.react_to_anything"}

    def test_belongs_to_the_change(self, jobs, reactions):
        reactions["post.archived"] = (react_to_anything,)
        emit("post.archived", post_id=POST, author_id=None)
        db.session.rollback()
        assert jobs.all_rows() == []

    @pytest.mark.parametrize(("tasks", "expected"), [((), 0), ((react_to_post, react_to_anything), 1)])
    def test_costs_at_most_one_insert(self, app, reactions, tasks, expected):
        reactions["post.archived"] = tasks
        statements = []

        def count(_connection, _cursor, statement, *_more):
            statements.append(statement)

        sqlalchemy_event.listen(db.engine, "before_cursor_execute", count)
        try:
            with transaction():
                emit("post.archived", post_id=POST, author_id=7)
        finally:
            sqlalchemy_event.remove(db.engine, "before_cursor_execute", count)
        # PostgreSQL is also told to wake the workers.
        changes = [
            words[0] for statement in statements if (words := statement.split())[0] not in {"BEGIN", "NOTIFY"}
        ]
        assert changes == ["INSERT"] * expected

    def test_instants_are_sent_as_text(self, jobs, reactions, monkeypatch):
        monkeypatch.setitem(EVENTS, "tests.at", Event("tests.at", "Now.", {"at": AT}))
        reactions["tests.at"] = (react_at,)
        with transaction():
            emit("tests.at", at=datetime(2026, 11, 29, 13, tzinfo=UTC))
        assert [row.payload for row in jobs.all_rows()] == [{"at": "2026-11-29T13:00:00Z"}]

    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"post_id": POST},
            {"post_id": "secret", "author_id": 7},
            {"post_id": POST, "author_id": "7"},
            {"post_id": POST, "author_id": 7, "title": "More than declared"},
        ],
    )
    def test_refuses_a_payload_that_does_not_fit(self, app, payload):
        with pytest.raises(EventInvalid, match=r"post\.archived") as raised:
            emit("post.archived", **payload)
        assert "secret" not in str(raised.value)

    def test_refuses_an_event_that_is_not_declared(self, app):
        with pytest.raises(EventInvalid, match=r"post\.lost is not declared"):
            emit("post.lost", post_id=POST)


class TestTable:
    """What cannot work is refused at the start, not in the request that emits."""

    def test_refuses_an_event_that_is_not_declared(self, app):
        with pytest.raises(EventInvalid, match=r"post\.lost"):
            init_events(app, {"post.lost": (react_to_anything,)})

    def test_refuses_an_argument_that_the_event_lacks(self, app):
        with pytest.raises(EventInvalid, match=r"tests\.add takes number"):
            init_events(app, {"post.archived": (add,)})

    def test_refuses_an_argument_of_another_form(self, app, monkeypatch):
        monkeypatch.setitem(EVENTS, "tests.other", Event("tests.other", "Other.", {"post_id": USER_ID}))
        with pytest.raises(EventInvalid, match=r"tests\.react_to_post takes post_id"):
            init_events(app, {"tests.other": (react_to_post,)})
