"""Many clients that write to SQLite while another process holds its write lock."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import make_url

from tests.conformance.conftest import Request
from tests.faults.conftest import OPERATIONS, Database
from tests.waiting import wait_until

WRITERS = 24
LIVENESS = Request("GET", "/health/live")


def test_liveness_is_answered_while_all_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("writers")
    database = Database.create(f"sqlite:///{folder}/writers.sqlite3", folder)
    operation = next(each for each in OPERATIONS if each.id == "createTag")
    refused = Event()

    def write_until_done(number: int) -> int:
        request = service.request(operation)
        sent = Request("POST", request.path, request.headers, b'{"name": "written-%d"}' % number)
        while (status := service.send(sent).status) == 503:
            refused.set()
        return status

    file = make_url(database.url).database
    assert file is not None
    with (
        database.service(folder, DATABASE_REQUEST_TIMEOUT_S="60") as service,
        sqlite3.connect(file, isolation_level=None) as other,
        ThreadPoolExecutor(WRITERS) as threads,
    ):
        other.execute("BEGIN IMMEDIATE")
        try:
            written = [threads.submit(write_until_done, number) for number in range(WRITERS)]
            wait_until(refused.is_set)
            assert [service.send(LIVENESS).status for _ in range(20)] == [200] * 20
            assert not any(each.done() for each in written)
        finally:
            other.execute("COMMIT")
        assert [each.result() for each in written] == [201] * WRITERS
