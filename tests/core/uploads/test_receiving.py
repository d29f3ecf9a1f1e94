"""How many requests may bring files at a time, and what they hold meanwhile."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from flask import g

from service.config import settings
from service.core.database import read_connection
from service.core.uploads import receiving
from service.core.uploads.receiving import FILE_RECEIVER, UPLOADS_PER_WORKER, TooManyUploads


@pytest.fixture(autouse=True)
def _slots(app, monkeypatch):
    monkeypatch.setattr(receiving, "_free", threading.Semaphore(UPLOADS_PER_WORKER))


def folder():
    found = settings().upload_dir
    return list(found.iterdir()) if found.exists() else []


def test_a_worker_receives_few_at_a_time():
    readings = [FILE_RECEIVER.receive() for _ in range(UPLOADS_PER_WORKER)]
    for reading in readings:
        reading.__enter__()
    with pytest.raises(TooManyUploads) as refused, FILE_RECEIVER.receive():
        pass
    assert refused.value.headers["Retry-After"]
    readings[0].__exit__(None, None, None)
    with FILE_RECEIVER.receive():
        pass
    for reading in readings[1:]:
        reading.__exit__(None, None, None)


def test_a_failure_frees_the_place_and_deletes_the_files():
    for _ in range(UPLOADS_PER_WORKER + 1):
        with suppress(ConnectionError), FILE_RECEIVER.receive() as open_file:
            open_file().write(b"half of it")
            assert len(folder()) == 1
            raise ConnectionError
        assert folder() == []


def test_files_are_open_when_everything_was_read():
    with FILE_RECEIVER.receive() as open_file:
        file = open_file()
    assert not file.closed
    file.close()


def test_no_connection_to_the_database_is_held_meanwhile():
    read_connection()
    with FILE_RECEIVER.receive():
        assert "read_connection" not in g
