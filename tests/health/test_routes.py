"""The health checks, with a database and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.core.database import database_now
from service.extensions import db
from service.health import queries
from tests.core.jobs.sample_tasks import add
from tests.job_queue import JobQueue


def expire() -> None:
    """Forget what was degraded, as time does."""
    queries.degradation._good_until_s = 0.0


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    expire()


@contextmanager
def lost_database() -> Iterator[None]:
    """Let every statement fail as it does when the connection is lost."""

    def fail(*_arguments: Any) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("secret: server closed the connection"))

    sa.event.listen(db.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", fail)


class TestLiveness:
    def test_is_alive_without_a_database(self, client: FlaskClient) -> None:
        with lost_database():
            assert client.get("/health/live").json == {"status": "ok"}


class TestReadiness:
    def test_is_ready(self, client: FlaskClient) -> None:
        assert client.get("/health/ready").json == {"status": "ok", "degraded": []}

    def test_is_degraded_while_no_worker_takes_what_is_due(self, client: FlaskClient, jobs: JobQueue) -> None:
        late, waiting = jobs.enqueue(add, number=1), jobs.enqueue(add, number=2, delay_s=60)
        jobs.set(late, due_at=database_now(-59))
        assert client.get("/health/ready").json["status"] == "ok"
        jobs.set(late, due_at=database_now(-61))
        expire()
        response = client.get("/health/ready")
        assert (response.status_code, response.json) == (200, {"status": "degraded", "degraded": ["jobs"]})
        # A worker takes it.
        assert jobs.claim().id == late
        expire()
        assert client.get("/health/ready").json["status"] == "ok"
        assert jobs.row(waiting).state == "waiting"

    def test_asks_what_is_degraded_once_in_a_while(self, client: FlaskClient, jobs: JobQueue) -> None:
        client.get("/health/ready")
        jobs.set(jobs.enqueue(add, number=1), due_at=database_now(-61))
        assert client.get("/health/ready").json["status"] == "ok"
        expire()
        assert client.get("/health/ready").json["status"] == "degraded"

    def test_is_not_ready_without_a_database(self, client: FlaskClient) -> None:
        with lost_database():
            response = client.get("/health/ready")
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert b"secret" not in response.data

    def test_is_ready_again_at_once(self, client: FlaskClient) -> None:
        with lost_database():
            client.get("/health/ready")
        assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_head_is_enough(client: FlaskClient, path: str) -> None:
    assert client.head(path).status_code == 200
