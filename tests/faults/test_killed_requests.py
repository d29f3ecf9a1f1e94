"""Requests that are sent again with their `Idempotency-Key`: none is lost or doubled, whoever is killed meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from service.app import create_app
from service.config import load_settings
from service.core.signing_keys import create_key
from service.extensions import db
from service.models.posts import Post
from tests import servers
from tests.accounts import auth_headers
from tests.conftest import NewDatabase
from tests.factories import create_user

IS_LONG = os.environ.get("FAULTS") == "long"
CLIENTS = 8
ACKNOWLEDGED = 10_000 if IS_LONG else 200
WORKERS_KILLED = 100 if IS_LONG else 5
RACES = 200 if IS_LONG else 10
TRIES = 300


@dataclass(frozen=True, slots=True)
class Site:
    """A running service, the headers of an author, and its database."""

    server: servers.Server
    headers: dict[str, str]
    engine: sa.Engine

    def try_to_create(self, title: str, key: str) -> tuple[int, bytes] | None:
        """Send a draft; return the status and the body of the response, None if there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": key}
        try:
            connection.request("POST", "/api/posts", json.dumps({"title": title, "body": "Text."}), headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def create(self, title: str) -> tuple[str, bytes]:
        """Send a draft until it is acknowledged, as a client does; return its title and the response."""
        key, pause = str(uuid4()), Event()
        for _ in range(TRIES):
            answer = self.try_to_create(title, key)
            if answer is not None and answer[0] == 201:
                return title, answer[1]
            # 409: the first request is still being processed, 502 to 504: the service is not there.
            assert answer is None or answer[0] in {409, 502, 503, 504}, answer
            pause.wait(0.2)
        raise TimeoutError(title)

    def kill_a_worker(self, number: int) -> None:
        pid = self.server.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if workers:
            os.kill(int(workers[number % len(workers)]), signal.SIGKILL)

    def titles(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(Post.title)).scalars())


@pytest.fixture
def site(
    database_kind: str, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("requests")
    url = new_database(database_kind)
    servers.migrate(url, folder)
    variables = {"DATABASE_URL": url, "VAR_DIR": str(folder / "var"), "FLASK_ENV": "testing"}
    create_key(folder / "var" / "keys")
    app = create_app(load_settings("testing", variables))
    with app.app_context():
        headers = auth_headers(create_user())
        db.engine.dispose()
    with servers.gunicorn(folder, database_url=url, env={**variables, "LOG_LEVEL": "ERROR"}) as server:
        yield Site(server, headers, sa.create_engine(url, poolclass=NullPool))


def test_no_acknowledged_request_is_lost_or_doubled(site: Site) -> None:
    titles = [f"Post {number}" for number in range(ACKNOWLEDGED)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        acknowledged = []
        for number, done in enumerate(pool.map(site.create, titles), start=1):
            acknowledged.append(done)
            if number % (ACKNOWLEDGED // WORKERS_KILLED) == 0 and number < ACKNOWLEDGED:
                site.kill_a_worker(number)
    assert sorted(site.titles()) == sorted(titles)
    ids = {json.loads(body)["id"] for _title, body in acknowledged}
    assert len(ids) == ACKNOWLEDGED
    assert site.server.output().count("SIGKILL") >= WORKERS_KILLED - 2


def test_of_requests_at_the_same_time_one_is_carried_out(site: Site) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        for race in range(RACES):
            key = str(uuid4())
            answers = list(pool.map(lambda key: site.try_to_create("Race", key), [key] * CLIENTS))
            assert len(set(answers)) == 1, answers
            assert answers[0] is not None
            assert answers[0][0] == 201
            assert site.titles().count("Race") == race + 1
