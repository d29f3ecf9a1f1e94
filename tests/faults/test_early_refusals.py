"""Refusals that are sent before the body is read arrive at clients that go on sending, directly and through nginx."""

from __future__ import annotations

import json
import runpy
import socket
import subprocess
import threading
from types import SimpleNamespace

import pytest
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader

from benchmarks.refused_uploads import CLIENTS, DIRECT, NGINX, Upload, possible, send, servers
from tests.servers import ROOT, require_command

STATUSES = (401, 403, 404, 413, 415, 429, 503)


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    require_command("nginx")
    with servers(tmp_path_factory.mktemp("refusals"), ways=(DIRECT, NGINX)) as (origins, refusals):
        assert {refusal.status for refusal in refusals} == set(STATUSES)
        yield origins, refusals


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("way", [DIRECT, NGINX])
@pytest.mark.parametrize("status", STATUSES)
def test_refusal_arrives(refused, client, way, status):
    origins, refusals = refused
    (refusal,) = [one for one in refusals if one.status == status]
    for size in (1_000, 1_200_000, 20_000_000):
        if possible(refusal, size):
            origin = origins[way, refusal.without_database]
            # The second upload goes through the connection that the first one has left, if it was kept.
            assert [send(Upload(way, origin, client, size, refusal)).said for _ in range(2)] == ["", ""], size


@pytest.mark.parametrize("length", ["announced", "unknown"])
def test_nginx_refuses_a_large_body_with_a_problem_over_http_2(refused, tmp_path, length):
    origin = refused[0][NGINX, False]
    body = tmp_path / "body"
    body.write_bytes(b" " * 20_000_000)
    command = [
        require_command("curl"),
        "--silent",
        "--show-error",
        "--http2",
        "--cacert",
        str(origin.certificate),
    ]
    given = (
        ["--data-binary", f"@{body}"]
        if length == "announced"
        else ["--upload-file", "-", "--request", "POST"]
    )
    with body.open("rb") as content:
        answer = subprocess.run(
            [*command, "--write-out", "\n%{http_version} %{http_code}", *given, f"{origin.url}/api/posts"],
            stdin=content,
            capture_output=True,
            text=True,
            timeout=60,
        )
    problem, _, observed = answer.stdout.rpartition("\n")
    assert observed == "2 413", answer
    assert json.loads(problem)["code"] == "CONTENT_TOO_LARGE"


class TestDrain:
    """The limits of what a worker reads after it has responded."""

    @pytest.fixture
    def drain(self):
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))["drain"]

    @pytest.fixture
    def connection(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            yield ours, theirs

    @staticmethod
    def request(sock: socket.socket, length: int) -> SimpleNamespace:
        unreader = SocketUnreader(sock)
        return SimpleNamespace(unreader=unreader, body=Body(LengthReader(unreader, length)))

    def test_reads_to_the_end_of_the_body_and_no_further(self, drain, connection):
        ours, theirs = connection
        theirs.sendall(b"x" * 5_000 + b"NEXT")
        request = self.request(ours, 5_000)
        assert drain(request, ours) is True
        assert request.unreader.take_buffered() == b"NEXT"  # of the next request on this connection
        assert ours.gettimeout() is None

    def test_gives_up_after_the_limit_of_bytes(self, drain, connection):
        ours, theirs = connection
        drain.__globals__["DRAIN_MAX_BYTES"] = 10_000
        theirs.sendall(b"x" * 20_000)
        with pytest.raises(TimeoutError):
            drain(self.request(ours, 30_000_000), ours)

    def test_gives_up_in_time_when_bytes_trickle(self, drain, connection):
        ours, theirs = connection
        drain.__globals__["DRAIN_TIMEOUT_S"] = 0.3
        given_up = threading.Event()

        def trickle() -> None:
            while not given_up.wait(0.05):
                theirs.sendall(b"x")

        client = threading.Thread(target=trickle)
        client.start()
        try:
            with pytest.raises(TimeoutError):
                drain(self.request(ours, 1_000), ours)
        finally:
            given_up.set()
            client.join()
