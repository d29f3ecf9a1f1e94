"""Uploads through a real server: slow clients, clients that go away, a full disk of places, and memory."""

from __future__ import annotations

import contextlib
import json
import re
import runpy
import select
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest

from service.core.uploads.receiving import UPLOADS_PER_WORKER
from tests.servers import ROOT, gunicorn, migrate, receive_all
from tests.waiting import wait_until

BOUNDARY = "b"
PART = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'.encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    url = f"sqlite:///{folder}/service.sqlite3"
    migrate(url, folder)
    with gunicorn(folder, database_url=url, app="tests.faults.upload_app:app", workers=1) as found:
        yield found


@pytest.fixture
def upload_dir(server):
    folder = server.log.parent / "var" / "uploads"
    yield folder
    for path in folder.iterdir():
        path.unlink()


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


def begin(server, length: int, *, start: bytes = PART) -> socket.socket:
    """Begin an upload that is `length` bytes long in all; the rest is for the caller to send."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(
        b"POST /uploads HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        + f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n".encode()
        + start
    )
    return connection


def status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


class TestSlowClients:
    def test_keep_nobody_else_waiting(self, server, upload_dir):
        length = len(PART) + 1000 + len(END)
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(begin(server, length)) for _ in range(24)]
            # Those that found no place are refused although they send nothing more.
            waiting = set(slow)
            while len(waiting) > UPLOADS_PER_WORKER:
                for connection in _readable(waiting):
                    response = receive_all(connection)
                    assert status(response) == 503, response
                    assert b"TOO_MANY_UPLOADS" in response
                    assert b"\r\nretry-after:" in response.lower()
                    waiting.remove(connection)
            for path in ("/health/live", "/api/hello", "/api/posts"):
                with urllib.request.urlopen(server.url + path, timeout=60) as answer:
                    assert answer.status == 200
            assert _readable(waiting, timeout_s=0) == []  # all that while they had their places
            for connection in waiting:
                connection.sendall(b"x" * 1000 + END)
                assert status(receive_all(connection)) == 200
        assert len(files(upload_dir)) == UPLOADS_PER_WORKER

    def test_find_a_place_when_others_are_done(self, server, upload_dir):
        for _ in range(2 * UPLOADS_PER_WORKER):
            with begin(server, len(PART) + len(END)) as connection:
                connection.sendall(END)
                assert status(receive_all(connection)) == 200


def _readable(connections, timeout_s=60):
    return select.select(list(connections), [], [], timeout_s)[0]


class TestClientsThatGoAway:
    def test_leave_nothing(self, server, upload_dir):
        with begin(server, 10_000_000) as connection:
            connection.sendall(b"x" * 1_000_000)
            wait_until(lambda: files(upload_dir))
        wait_until(lambda: not files(upload_dir))

    def test_give_back_their_places(self, server, upload_dir):
        for _ in range(UPLOADS_PER_WORKER + 1):
            with begin(server, 10_000_000) as connection:
                connection.sendall(b"x" * 200_000)
                wait_until(lambda: files(upload_dir))
            wait_until(lambda: not files(upload_dir))
        with begin(server, len(PART) + len(END)) as connection:
            connection.sendall(END)
            assert status(receive_all(connection)) == 200


class TestRefusals:
    def test_what_announces_too_much_is_refused_at_once(self, server, upload_dir):
        with begin(server, 2**40) as connection:
            response = receive_all(connection)
        assert status(response) == 413
        assert json.loads(response.partition(b"\r\n\r\n")[2])["code"] == "CONTENT_TOO_LARGE"
        assert files(upload_dir) == []


def test_memory_does_not_grow_with_the_file(server, upload_dir):
    command = ["pgrep", "--parent", str(server.process.pid)]
    (worker,) = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    def peak_kib() -> int:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text())
        assert found
        return int(found[1])

    def send(size: int) -> None:
        with begin(server, len(PART) + size + len(END)) as connection:
            sent = 0
            piece = bytes(1_000_000)
            while sent < size:
                connection.sendall(piece)
                sent += len(piece)
            connection.sendall(END)
            assert status(receive_all(connection)) == 200

    send(1_000_000)
    before_kib = peak_kib()
    send(200_000_000)
    assert peak_kib() - before_kib < 20_000
    assert sorted(path.stat().st_size for path in files(upload_dir)) == [1_000_000, 200_000_000]


class TestPatientSocket:
    """The pauses of a client within a body."""

    @pytest.fixture
    def patient(self):
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))["PatientSocket"]

    @pytest.fixture
    def pair(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            yield ours, theirs

    def test_reads_what_comes(self, patient, pair):
        pair[1].sendall(b"hello")
        assert patient(pair[0]).recv(3) == b"hel"
        assert pair[0].gettimeout() is None

    def test_does_not_wait_for_ever(self, patient, pair):
        patient.recv.__globals__["BODY_PAUSE_S"] = 0.05
        with pytest.raises(TimeoutError):
            patient(pair[0]).recv(10)
        assert pair[0].gettimeout() is None

    def test_a_trickle_adds_up(self, patient, pair):
        """Each pause alone would be short enough."""
        patient.recv.__globals__["BODY_PAUSE_S"] = 0.5
        source, stopped = patient(pair[0]), threading.Event()

        def trickle() -> None:
            while not stopped.wait(0.1):
                pair[1].sendall(b"x")

        client = threading.Thread(target=trickle)
        client.start()
        try:
            with pytest.raises(TimeoutError):
                list(iter(lambda: source.recv(10), b""))
        finally:
            stopped.set()
            client.join()


class TestLingeringConnections:
    """What becomes of a connection after its last response."""

    @pytest.fixture
    def lingering(self):
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))["LingeringConnections"]

    @pytest.fixture
    def pair(self):
        listener = socket.create_server(("127.0.0.1", 0))
        theirs = socket.create_connection(listener.getsockname(), timeout=60)
        ours, _ = listener.accept()
        listener.close()
        with ours, theirs:
            yield ours, theirs

    def test_client_that_goes_on_sending_gets_the_whole_response(self, lingering, pair):
        ours, theirs = pair
        closing = lingering()
        ours.sendall(b"response")
        closing.take(ours, timeout=2.0)
        theirs.sendall(b"x" * 5_000_000)
        assert receive_all(theirs) == b"response"
        theirs.close()
        closing.finish()
        assert ours.fileno() == -1

    def test_client_that_never_closes_is_closed(self, lingering, pair):
        lingering.take.__globals__["LINGERING_TIMEOUT_S"] = 0.1
        closing = lingering()
        closing.take(pair[0])
        wait_until(lambda: pair[0].fileno() == -1)

    def test_client_that_sends_without_end_is_closed(self, lingering, pair):
        lingering.take.__globals__["DRAIN_MAX_BYTES"] = 100_000
        closing = lingering()
        closing.take(pair[0])
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            pair[1].sendall(bytes(100_000_000))

    def test_the_oldest_goes_when_there_are_too_many(self, lingering):
        lingering.take.__globals__["LINGERING_CONNECTIONS"] = 2
        closing = lingering()
        pairs = [socket.socketpair() for _ in range(4)]
        for ours, _ in pairs:
            closing.take(ours)
        wait_until(lambda: [ours.fileno() == -1 for ours, _ in pairs] == [True, True, False, False])
        for _, theirs in pairs:
            theirs.close()
        closing.finish()
        assert all(ours.fileno() == -1 for ours, _ in pairs)

    def test_one_that_is_gone_already(self, lingering, pair):
        pair[0].close()
        lingering().take(pair[0])
