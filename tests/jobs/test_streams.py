"""Streams of the events of a job: what they send, and when they end. With a server: test_open_streams.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from service.contract.event_streams import parse_events
from service.core.database import transaction
from service.core.jobs import queue
from service.core.jobs.queue import Progress
from service.extensions import db
from service.jobs import streams
from service.jobs.streams import Client, StreamSlots, TooManyStreams
from service.models.users import Role
from tests.accounts import auth_headers
from tests.core.jobs.sample_tasks import add
from tests.factories import create_user
from tests.job_queue import JobQueue


@pytest.fixture
def admin(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.ADMIN))


@pytest.fixture(autouse=True)
def _own_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_slots", StreamSlots())


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Take the place of time: whenever a stream waits, the next of these is called; at the end its client has gone."""
    left: list[object] = []

    def has_gone(_client: Client, within_s: float) -> bool:
        if not left:
            return True
        left.pop(0)()  # type: ignore[operator]
        return False

    monkeypatch.setattr(Client, "has_gone", has_gone)
    return left


def events(body: bytes) -> list[dict[str, object]]:
    return [orjson.loads(event["data"]) for event in parse_events(body)]


def cancel(job_id: object) -> None:
    with transaction():
        queue.cancel(job_id)  # type: ignore[arg-type]


class TestEvents:
    def test_of_a_finished_job_are_one_and_the_end(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        job_id = jobs.enqueue(add, number=1)
        cancel(job_id)
        response = client.get(f"/api/jobs/{job_id}/events", headers=admin)
        assert (response.status_code, response.mimetype) == (200, "text/event-stream")
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.headers["Cache-Control"] == "no-store"
        (event,) = parse_events(response.data)
        assert event["event"] == "job"
        assert orjson.loads(event["data"]) == client.get(f"/api/jobs/{job_id}", headers=admin).json
        assert "payload" not in orjson.loads(event["data"])

    def test_come_with_each_change_until_the_end(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue, changes: list[object]
    ) -> None:
        job_id = jobs.enqueue(add, number=1)

        def report() -> None:
            with db.engine.begin() as connection:
                queue.write_progress(connection, claimed[0], Progress(1, 2))

        claimed: list[queue.ClaimedJob] = []
        changes += [
            lambda: None,
            lambda: claimed.append(jobs.claim()),
            report,
            lambda: None,
            lambda: cancel(job_id),
            lambda: pytest.fail("the stream goes on after the end of the job"),
        ]
        seen = events(client.get(f"/api/jobs/{job_id}/events", headers=admin).data)
        assert [event["state"] for event in seen] == ["waiting", "running", "running", "cancelled"]
        assert seen[2]["progress"] == {"done": 1, "total": 2, "message": None}

    def test_go_on_where_the_client_was(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue, changes: list[object]
    ) -> None:
        job_id = jobs.enqueue(add, number=1)
        url = f"/api/jobs/{job_id}/events"
        (event,) = parse_events(client.get(url, headers=admin).data)
        headers = {**admin, "Last-Event-ID": event["id"]}
        assert events(client.get(url, headers=headers).data) == []
        changes.append(lambda: cancel(job_id))
        (later,) = parse_events(client.get(url, headers=headers).data)
        # 204 tells a browser not to connect again.
        done = client.get(url, headers={**admin, "Last-Event-ID": later["id"]})
        assert (done.status_code, done.data) == (204, b"")
        assert client.get(url, headers={**admin, "Last-Event-ID": "unknown"}).status_code == 200

    def test_end_after_a_time(
        self,
        client: FlaskClient,
        admin: dict[str, str],
        jobs: JobQueue,
        changes: list[object],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        job_id = jobs.enqueue(add, number=1)
        now = [0.0]
        monkeypatch.setattr(streams.time, "monotonic", lambda: now[0])
        changes += [
            lambda: now.append(now.pop() + 29),
            lambda: now.append(now.pop() + 2),
            lambda: pytest.fail("the stream goes on after 30 s"),
        ]
        assert len(events(client.get(f"/api/jobs/{job_id}/events", headers=admin).data)) == 1
        assert len(changes) == 1

    def test_are_not_silent_for_long(
        self,
        client: FlaskClient,
        admin: dict[str, str],
        jobs: JobQueue,
        changes: list[object],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        job_id = jobs.enqueue(add, number=1)
        now = [0.0]
        monkeypatch.setattr(streams.time, "monotonic", lambda: now[0])
        changes += [lambda: now.append(now.pop() + 1) for _ in range(7)]
        body = client.get(f"/api/jobs/{job_id}/events", headers=admin).data
        assert body.startswith(b"retry: 1000\n\nid: ")
        assert body.count(b"\n\n:\n\n:\n\n") == 1
        assert len(events(body)) == 1

    def test_end_when_the_server_stops(
        self,
        app: Flask,
        client: FlaskClient,
        admin: dict[str, str],
        jobs: JobQueue,
        changes: list[object],
    ) -> None:
        job_id = jobs.enqueue(add, number=1)
        changes += [app.extensions["stopping"].set, lambda: pytest.fail("the stream goes on")]
        try:
            client.get(f"/api/jobs/{job_id}/events", headers=admin)
        finally:
            app.extensions["stopping"].clear()

    def test_end_when_the_job_is_deleted(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue, changes: list[object]
    ) -> None:
        job_id = jobs.enqueue(add, number=1)

        def delete() -> None:
            cancel(job_id)
            with transaction():
                queue.purge_finished(-60)

        changes += [delete, lambda: pytest.fail("the stream goes on")]
        assert len(events(client.get(f"/api/jobs/{job_id}/events", headers=admin).data)) == 1

    def test_hold_no_connection_while_they_wait(
        self, app: Flask, admin: dict[str, str], jobs: JobQueue, changes: list[object]
    ) -> None:
        url = f"/api/jobs/{jobs.enqueue(add, number=1)}/events"
        db.session.remove()
        pool = db.engine.pool
        used: list[int] = []
        changes += [lambda: used.append(pool.checkedout()) for _ in range(3)]  # type: ignore[attr-defined]
        before = pool.checkedout()  # type: ignore[attr-defined]
        # In a thread, as in a server: here the application context of the test would be that of the request.
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(lambda: events(b"".join(respond(app, url, "GET", admin)))).result()
        assert used == [before] * 3


class TestSlots:
    def test_are_two(
        self,
        client: FlaskClient,
        admin: dict[str, str],
        jobs: JobQueue,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        job_id = jobs.enqueue(add, number=1)
        url = f"/api/jobs/{job_id}/events"
        given_back = [streams._slots.take() for _ in range(streams.STREAMS_PER_WORKER)]
        response = client.get(url, headers=admin)
        assert (response.status_code, response.json["code"]) == (503, "TOO_MANY_STREAMS")
        assert int(response.headers["Retry-After"]) > 0
        line = capsys.readouterr().err.splitlines()[-1]
        assert "TOO_MANY_STREAMS" in line
        assert "[error" not in line
        given_back[0]()
        cancel(job_id)
        for _ in range(3):
            assert client.get(url, headers=admin).status_code == 200

    def test_are_given_back_once(self) -> None:
        slots = StreamSlots(1)
        give_back = slots.take()
        give_back(), give_back()
        slots.take()
        with pytest.raises(TooManyStreams):
            slots.take()

    @pytest.mark.parametrize("method", ["HEAD", "GET"])
    def test_of_a_response_that_is_not_read_is_given_back(
        self, app: Flask, admin: dict[str, str], jobs: JobQueue, method: str
    ) -> None:
        url = f"/api/jobs/{jobs.enqueue(add, number=1)}/events"
        for _ in range(streams.STREAMS_PER_WORKER + 1):
            respond(app, url, method, admin).close()


def respond(app: Flask, url: str, method: str, headers: dict[str, str]) -> Any:
    """Return the response as the server gets it, which has read nothing of it yet; its status is 200."""
    environ = EnvironBuilder(path=url, method=method, headers=headers).get_environ()
    statuses: list[str] = []
    body = app.wsgi_app(environ, lambda status, _headers, _error=None: statuses.append(status))
    assert statuses == ["200 OK"]
    return body
