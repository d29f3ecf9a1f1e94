"""Streams of events from the real server: how many there are, what they leave to others, and when they end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
import requests
from flask import Flask
from sqlalchemy import create_engine, update
from sqlalchemy.pool import NullPool

from service.core.database import transaction
from service.core.jobs import queue
from service.core.signing_keys import create_key
from service.extensions import db
from service.jobs.streams import STREAMS_PER_WORKER
from service.models.jobs import Job
from service.models.users import Role
from tests import servers
from tests.accounts import tokens_of
from tests.conftest import settings_on
from tests.core.jobs.sample_tasks import add
from tests.factories import create_user
from tests.waiting import wait_until

TABS = 16
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, a job that waits, and the token of its owner."""

    server: servers.Server
    database_url: str
    job_id: UUID
    headers: dict[str, str]

    def open(self, url: str = "", **options: object) -> requests.Response:
        """Connect to the stream of the job; only the head of the response is read."""
        address = f"{url or self.server.url}/api/jobs/{self.job_id}/events"
        return requests.get(address, headers=self.headers, stream=True, timeout=60, **options)  # type: ignore[arg-type]

    def report(self, message: str) -> None:
        engine = create_engine(self.database_url, poolclass=NullPool)
        with engine.begin() as connection:
            changed = update(Job).where(Job.id == self.job_id)
            connection.execute(changed.values(progress_done=1, progress_message=message))


@pytest.fixture
def service(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service with its own key, which signs the token of an owner."""
    from service.app import create_app

    create_key(settings_on(database_url, tmp_path / "var").jwt_keys_dir)
    owner = create_user(role=Role.READER)
    with transaction():
        job_id = queue.enqueue(add, owner=owner.id, number=1)
    with create_app(settings_on(database_url, tmp_path / "var")).app_context():
        token = tokens_of(owner).access_token
        db.engine.dispose()
    db.session.remove()
    environment = {"FLASK_ENV": "testing"}
    with servers.gunicorn(tmp_path, database_url=database_url, env=environment, workers=WORKERS) as server:
        yield Service(server, database_url, job_id, {"Authorization": f"Bearer {token}"})


def wait_for(text: bytes, stream: Iterator[bytes]) -> None:
    """Read a stream until it has sent `text`; fail if it ends before."""
    received = b""
    while text not in received:
        chunk = next(stream, None)
        assert chunk is not None, f"the stream ended: {received!r}"
        received += chunk


class TestManyTabs:
    def test_get_a_few_streams_and_do_not_stop_the_service(self, service: Service) -> None:
        with ThreadPoolExecutor(TABS) as threads, contextlib.ExitStack() as opened:
            responses = list(threads.map(lambda _: service.open(), range(TABS)))
            for response in responses:
                opened.callback(response.close)
            streams = [response for response in responses if response.status_code == 200]
            refused = [response for response in responses if response.status_code != 200]
            assert 1 <= len(streams) <= WORKERS * STREAMS_PER_WORKER
            assert {(each.status_code, each.json()["code"]) for each in refused} == {
                (503, "TOO_MANY_STREAMS")
            }
            # A tab that is refused asks in this way.
            url = f"{service.server.url}/api/jobs/{service.job_id}"
            polls = threads.map(lambda _: requests.get(url, headers=service.headers, timeout=60), range(100))
            assert {poll.status_code for poll in polls} == {200}
            # All this time the streams were open.
            service.report("still here")
            for stream in streams:
                wait_for(b"still here", stream.iter_content(None))


class TestSlot:
    def test_is_free_when_the_client_has_gone(self, service: Service) -> None:
        def fill() -> list[requests.Response]:
            found = []
            while (response := service.open()).status_code == 200:
                found.append(response)
            return found

        first = fill()
        assert len(first) >= STREAMS_PER_WORKER
        for response in first:
            response.close()
        # Long before the streams would have ended by themselves.
        again = wait_until(lambda: (response := service.open()).status_code == 200 and response, within_s=20)
        again.close()


def test_a_server_that_stops_ends_its_streams(service: Service) -> None:
    stream = service.open()
    service.server.process.terminate()
    # Cut off, it would be an error.
    assert b"".join(stream.iter_content(None)).startswith(b"retry:")
    assert servers.stop(service.server.process) == 0


def test_events_arrive_through_nginx_at_once(service: Service, tmp_path: Path) -> None:
    with servers.nginx(tmp_path / "nginx", service.server.port, name="127.0.0.1") as (_plain, front):
        stream = service.open(front.url, verify=str(tmp_path / "nginx" / "fullchain.pem"))
        received = stream.iter_content(None)
        # A proxy that collects what it gets would pass on the first event when the stream has ended.
        wait_for(b"\n\nid: ", received)
        service.report("through the proxy")
        wait_for(b"through the proxy", received)
