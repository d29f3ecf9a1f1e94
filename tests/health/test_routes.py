"""The health checks, with a database and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.extensions import db


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
        assert client.get("/health/ready").json == {"status": "ok"}

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
