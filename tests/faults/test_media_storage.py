"""The storage of media through a real server: readers who go away, memory, a bucket that is gone and comes back."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from flask import Flask

from service.config import settings
from service.core.jobs.runner import run_attempt
from service.core.storage import open_storage
from service.core.storage.local import LocalStorage
from service.core.storage.s3 import S3Storage
from service.media.sweeping import sweep_files
from tests.job_queue import JobQueue
from tests.s3_server import S3Server, running_s3
from tests.servers import Server, gunicorn, migrate
from tests.waiting import wait_until

# Far more than what sockets on both sides hold.
SIZE = 64 * 1024 * 1024
NAME = f"{secrets.token_hex(32)}.png"


@pytest.fixture(scope="module", params=["local", "s3"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server of one process, whose storage has a large file."""
    folder = tmp_path_factory.mktemp("media")
    url = f"sqlite:///{folder}/service.sqlite3"
    migrate(url, folder)
    source = folder / "large"
    with source.open("wb") as file:
        file.truncate(SIZE)
    env = {}
    if request.param == "local":
        LocalStorage(folder / "var" / "media").put(NAME, source, "image/png")
    else:
        bucket: S3Server = request.getfixturevalue("s3_server")
        given = bucket.settings("large-files")
        S3Storage(given).put(NAME, source, "image/png")
        env = {name.upper(): value for name, value in bucket.values("large-files").items()}
    with gunicorn(folder, database_url=url, env=env, workers=1) as found:
        yield found


def worker_of(server: Server) -> int:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return int(children[0])


def peak_kib(server: Server) -> int:
    status = Path(f"/proc/{worker_of(server)}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found is not None
    return int(found[1])


def open_files(server: Server) -> list[str]:
    links = []
    for descriptor in Path(f"/proc/{worker_of(server)}/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return links


def test_memory_does_not_grow_with_the_file(server: Server) -> None:
    requests.get(f"{server.url}/media/{NAME}", headers={"Range": "bytes=0-99"}, timeout=60)
    before = peak_kib(server)
    with requests.get(f"{server.url}/media/{NAME}", stream=True, timeout=60) as answer:
        assert sum(map(len, answer.iter_content(1 << 20))) == SIZE
    assert peak_kib(server) - before < SIZE // 1024 // 4


def test_readers_who_go_away_leave_nothing_open(server: Server) -> None:
    requests.get(f"{server.url}/media/{NAME}", headers={"Range": "bytes=0-99"}, timeout=60)
    before = [link for link in open_files(server) if "socket" not in link]
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(f"GET /media/{NAME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    wait_until(lambda: sorted(link for link in open_files(server) if "socket" not in link) == sorted(before))
    # And all threads are free again.
    assert requests.get(f"{server.url}/health/live", timeout=60).status_code == 200


def test_a_bucket_that_dies_while_it_is_read_is_no_short_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/service.sqlite3"
    migrate(url, tmp_path)
    (tmp_path / "large").write_bytes(b"x" * SIZE)
    with running_s3(tmp_path) as bucket:
        S3Storage(bucket.settings("dying")).put(NAME, tmp_path / "large", "image/png")
        env = {name.upper(): value for name, value in bucket.values("dying").items()}
        with gunicorn(tmp_path, database_url=url, env=env, workers=1) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.request("GET", f"/media/{NAME}")
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(SIZE))
            assert answer.read(1000) == b"x" * 1000
            bucket.stop()
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                answer.read()
            connection.close()
            gone = requests.get(f"{server.url}/media/{NAME}", timeout=60)
            assert (gone.status_code, gone.json()["code"]) == (503, "STORAGE_UNAVAILABLE")
            # The rest of the service goes on, and the file is back with the storage.
            assert requests.get(f"{server.url}/api/posts", timeout=60).status_code == 200
            bucket.start()
            S3Storage(bucket.settings("dying")).put(NAME, b"back", "image/png")
            assert requests.get(f"{server.url}/media/{NAME}", timeout=60).content == b"back"


def test_a_job_is_repeated_when_the_storage_is_back(
    app: Flask, jobs: JobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_s3(tmp_path) as bucket:
        values = bucket.values_of_new_bucket("jobs")
        monkeypatch.setitem(app.extensions, "settings", replace(settings(), **values))
        open_storage()
        bucket.stop()
        job_id = jobs.enqueue(sweep_files)
        run_attempt(app, jobs.claim())
        waiting = jobs.row(job_id)
        assert (waiting.state, waiting.attempts) == ("waiting", 1)
        assert "StorageUnavailable" in waiting.error
        bucket.start()
        bucket.create_bucket("jobs")
        jobs.make_due(job_id)
        run_attempt(app, jobs.claim())
        assert jobs.row(job_id).state == "succeeded"
