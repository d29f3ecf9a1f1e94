"""gunicorn with the production settings, spoken to over a raw socket."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers import ROOT, free_port, gunicorn, receive_all, service
from tests.waiting import wait_until

# What the application is does not matter here: how it is served does.
TINY = """
import fcntl, os, sys

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        print("SLOW", file=sys.stderr, flush=True)
        with open(os.environ["GATE"]) as gate:
            fcntl.flock(gate, fcntl.LOCK_SH)
    if path == "/raises":
        raise RuntimeError("a secret of the application")
    if path == "/header":
        start_response("200 OK", [("X-Bad", "one" + chr(10) + "two")])
        return [b"x"]
    status = "200 OK"
    try:
        body = environ["wsgi.input"].read()
    except OSError:
        status, body = "400 Bad Request", b"the read failed"
    answer = b"%d %d" % (os.getpid(), len(body))
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gunicorn")
    (folder / "tiny.py").write_text(TINY)
    with gunicorn(folder, app="tiny:app", pythonpath=folder) as server:
        yield server


@contextlib.contextmanager
def gated(folder):
    """Serve the application with a gate that is shut until its file is closed: `/slow` waits for that."""
    (folder / "tiny.py").write_text(TINY)
    with (folder / "gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        environment = {"GATE": str(folder / "gate")}
        with gunicorn(folder, app="tiny:app", pythonpath=folder, env=environment) as server:
            yield server, gate


def answer(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    assert re.match(r"HTTP/1\.[01] \d{3} \S", first), raw[:200]
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def get(*headers: bytes, line: bytes = b"GET / HTTP/1.1", body: bytes = b"") -> bytes:
    return b"\r\n".join([line, b"Host: localhost", *headers, b"", b""]) + body


CHUNKED = b"Transfer-Encoding: chunked"
POST = b"POST / HTTP/1.1"

REFUSED = {
    "lower-case method": (400, get(line=b"get / HTTP/1.1")),
    "method of two letters": (400, get(line=b"GO / HTTP/1.1")),
    "method with a colon": (400, get(line=b"G:T / HTTP/1.1")),
    "no version (HTTP/0.9)": (400, b"GET /\r\n\r\n"),
    "version of two digits": (400, get(line=b"GET / HTTP/1.10")),
    "version 3": (400, get(line=b"GET / HTTP/3.0")),
    "version of another protocol": (400, get(line=b"GET / SIP/2.0")),
    "rubbish": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    "target without a slash": (400, get(line=b"GET index.html HTTP/1.1")),
    "target with a raw byte": (400, get(line=b"GET /caf\xe9 HTTP/1.1")),
    "target with NUL": (400, get(line=b"GET /\x00 HTTP/1.1")),
    "bare line feeds": (400, b"GET / HTTP/1.1\nHost: localhost\n\n"),
    "request line of 9000 bytes": (414, get(line=b"GET /" + b"a" * 9000 + b" HTTP/1.1")),
    "no Host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, get(b"Host: elsewhere")),
    "no colon": (400, get(b"Nonsense")),
    "space before the colon": (400, get(b"Content-Length : 0")),
    "empty header name": (400, get(b": value")),
    "folded header": (400, get(b"X-Folded: one\r\n two")),
    "NUL in a header": (400, get(b"X-Nul: a\x00b")),
    "carriage return in a header": (400, get(b"X-Return: a\rb")),
    "101 headers": (431, get(*[b"X-%d: 1" % number for number in range(101)])),
    "header of 9000 bytes": (431, get(b"X-Long: " + b"a" * 9000)),
    "unknown expectation": (417, get(b"Expect: a-miracle")),
    "two lengths": (400, get(b"Content-Length: 1", b"Content-Length: 2", line=POST, body=b"ab")),
    "the same length twice": (400, get(b"Content-Length: 1", b"Content-Length: 1", line=POST, body=b"a")),
    "signed length": (400, get(b"Content-Length: +1", line=POST, body=b"a")),
    "negative length": (400, get(b"Content-Length: -1", line=POST, body=b"a")),
    "hexadecimal length": (400, get(b"Content-Length: 0x1", line=POST, body=b"a")),
    "length and chunks": (400, get(b"Content-Length: 5", CHUNKED, line=POST, body=b"0\r\n\r\n")),
    "chunks and length": (400, get(CHUNKED, b"Content-Length: 5", line=POST, body=b"0\r\n\r\n")),
    "chunked twice": (400, get(b"Transfer-Encoding: chunked, chunked", line=POST, body=b"0\r\n\r\n")),
    "chunked is not last": (400, get(b"Transfer-Encoding: chunked, gzip", line=POST, body=b"0\r\n\r\n")),
    "chunks in HTTP/1.0": (400, get(CHUNKED, line=b"POST / HTTP/1.0", body=b"0\r\n\r\n")),
    "unknown transfer coding": (501, get(b"Transfer-Encoding: xchunked", line=POST, body=b"0\r\n\r\n")),
}

CODES = {
    400: "BAD_REQUEST",
    414: "URI_TOO_LONG",
    417: "EXPECTATION_FAILED",
    431: "REQUEST_HEADER_FIELDS_TOO_LARGE",
    500: "INTERNAL_SERVER_ERROR",
    501: "NOT_IMPLEMENTED",
}


def assert_problem(raw: bytes, status: int) -> dict[str, object]:
    observed, headers, body = answer(raw)
    assert observed == status, raw[:300]
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-request-id"])
    assert int(headers["content-length"]) == len(body)
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["code"] == CODES[status]
    assert problem["type"] == f"/problems/{CODES[status]}"
    assert problem["title"] == problem["error"]
    assert set(problem) == {"type", "title", "status", "detail", "code", "error"}
    return problem


class TestErrorsBeforeTheApplication:
    @pytest.mark.parametrize("case", REFUSED)
    def test_is_a_problem_and_closes(self, server, case):
        status, request = REFUSED[case]
        # A second request behind the refused one must not be served: where it starts is unknown.
        assert_problem(server.send_raw(request + get(b"Connection: close")), status)

    def test_answers_do_not_repeat_what_was_sent(self, server):
        raw = server.send_raw(get(line=b"GET /<script>secret\x00 HTTP/1.1"))
        assert b"script" not in raw
        assert b"secret" not in raw

    def test_the_log_has_the_reason_under_the_request_id(self, server):
        raw = server.send_raw(get(b"X-Bad : 1"))
        request_id = answer(raw)[1]["x-request-id"]
        (line,) = [line for line in server.output().splitlines() if request_id in line]
        assert "X-BAD" in line.upper()

    def test_an_application_that_raises_is_a_problem_without_its_text(self, server):
        raw = server.send_raw(get(line=b"GET /raises HTTP/1.1"))
        assert_problem(raw, 500)
        assert b"secret" not in raw

    def test_an_application_cannot_split_its_answer(self, server):
        raw = server.send_raw(get(line=b"GET /header HTTP/1.1"))
        assert_problem(raw, 500)
        assert b"two" not in raw


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"zz\r\nabc\r\n0\r\n\r\n",
            b"-1\r\nabc\r\n0\r\n\r\n",
            b"3 3\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabcdef\r\n0\r\n\r\n",
            b"3;=\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabc\r\n0\r\nHost : x\r\n\r\n",
        ],
    )
    def test_a_bad_chunk_is_a_failed_read_and_closes(self, server, body):
        raw = server.send_raw(get(CHUNKED, line=POST, body=body + get(b"Connection: close")))
        status, headers, _ = answer(raw)
        assert status == 400
        assert headers["connection"] == "close"
        assert raw.count(b"HTTP/1.") == 1

    def test_good_chunks_arrive_and_the_connection_lives_on(self, server):
        request = get(CHUNKED, line=POST, body=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        raw = server.send_raw(request + request + get(b"Connection: close"))
        assert re.findall(rb"\r\n\r\n\d+ (\d+)", raw) == [b"5", b"5", b"0"]

    def test_continue_is_sent_when_expected(self, server):
        head = get(b"Content-Length: 3", b"Expect: 100-continue", b"Connection: close", line=POST)
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(head)
            assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"abc")
            assert receive_all(connection).endswith(b" 3")

    def test_http_1_0_needs_no_host(self, server):
        assert answer(server.send_raw(b"GET / HTTP/1.0\r\n\r\n"))[0] == 200


class TestProcesses:
    def test_announces_its_address_once_and_when_it_answers(self, tmp_path):
        (tmp_path / "tiny.py").write_text(TINY)
        with gunicorn(tmp_path, app="tiny:app", pythonpath=tmp_path) as server:
            assert answer(server.send_raw(get(b"Connection: close")))[0] == 200
        assert re.findall(r"Listening at.*", server.output()) == [f"Listening at: {server.url}"]
        assert server.output().index("Booting worker") < server.output().index("Listening at")

    def test_the_server_header_names_no_software(self, server):
        assert answer(server.send_raw(get(b"Connection: close")))[1]["server"] == "colophon"

    def test_every_worker_takes_connections(self, server):
        raw = [server.send_raw(get(b"Connection: close")) for _ in range(60)]
        assert len({answer(one)[2].split()[0] for one in raw}) == 2

    def test_the_limits_of_headers_are_reachable(self, server):
        accepted = get(
            b"Connection: close", b"X-Long: " + b"a" * 8100, line=b"GET /" + b"a" * 8100 + b" HTTP/1.1"
        )
        assert answer(server.send_raw(accepted))[0] == 200

    def test_a_taken_address_is_refused_in_one_line(self, server, tmp_path):
        # `reuse_port` would let both listen, and each would get half of the requests.
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "tiny:app"]
        environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(server.port)}
        result = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30
        )
        assert result.returncode != 0
        assert result.stderr.strip().splitlines()[-1] == (
            f"Cannot listen on 127.0.0.1:{server.port}: Address already in use. Set HOST or PORT."
        )

    def test_a_request_under_way_is_answered_when_stopped(self, tmp_path):
        with gated(tmp_path) as (server, gate), ThreadPoolExecutor(4) as pool:
            slow = get(b"Connection: close", line=b"GET /slow HTTP/1.1")
            answers = [pool.submit(server.send_raw, slow) for _ in range(4)]
            wait_until(lambda: server.output().count("SLOW") == 4)
            server.process.terminate()
            wait_until(lambda: "Handling signal: term" in server.output())
            gate.close()
            assert [answer(one.result())[0] for one in answers] == [200] * 4
            assert server.process.wait(60) == 0

    def test_a_reload_loses_no_request_and_brings_new_workers(self, tmp_path):
        # Those under way, those waiting in the socket of a worker that stops, and those that come meanwhile.
        with gated(tmp_path) as (server, gate), ThreadPoolExecutor(12) as pool:
            workers: list[bytes] = []
            enough = threading.Event()

            def one(path: bytes) -> int:
                status, _, body = answer(
                    server.send_raw(get(b"Connection: close", line=b"GET %b HTTP/1.1" % path))
                )
                workers.append(body.split()[0])
                return status

            def many() -> set[int]:
                statuses = set()
                while not enough.is_set():
                    statuses.add(one(b"/"))
                return statuses

            slow = [pool.submit(one, b"/slow") for _ in range(4)]
            others = [pool.submit(many) for _ in range(8)]
            wait_until(lambda: server.output().count("SLOW") == 4 and len(set(workers)) == 2)
            os.kill(server.process.pid, signal.SIGHUP)
            try:
                wait_until(lambda: len(set(workers)) == 4)
            finally:
                gate.close()
                enough.set()
            assert {future.result() for future in slow} == {200}
            assert set.union(*(future.result() for future in others)) == {200}
            assert len(set(workers)) == 4

    def test_ipv6_is_an_address_like_another(self, tmp_path):
        (tmp_path / "tiny.py").write_text(TINY)
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            str(ROOT / "gunicorn.conf.py"),
            "--check-config",
        ]
        environment = os.environ | {"HOST": "::1", "PORT": str(port), "PYTHONPATH": f"{ROOT}:{tmp_path}"}
        subprocess.run([*command, "tiny:app"], cwd=ROOT, env=environment, check=True, timeout=60)


LOGIN = b"POST /api/auth/login HTTP/1.1"
JSON = b"Content-Type: application/json"


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with service(tmp_path_factory.mktemp("service")) as server:
        yield server


class TestService:
    @pytest.mark.parametrize(
        "case", ["rubbish", "no Host", "header of 9000 bytes", "request line of 9000 bytes"]
    )
    def test_errors_before_it_look_like_its_own(self, real, case):
        status, request = REFUSED[case]
        before = assert_problem(real.send_raw(request), status)
        own = json.loads(answer(real.send_raw(get(b"Connection: close", line=b"GET /nowhere HTTP/1.1")))[2])
        assert list(own) == list(before)

    @pytest.mark.parametrize(
        "body",
        [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}xx\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n"],
    )
    def test_a_bad_chunk_is_the_clients_mistake(self, real, body):
        status, headers, problem = answer(real.send_raw(get(CHUNKED, JSON, line=LOGIN, body=body)))
        assert status == 400, problem
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert json.loads(problem)["status"] == 400

    @pytest.mark.parametrize("connection", [b"Connection: close", b"Connection: keep-alive"])
    @pytest.mark.parametrize("size", [2_000_000, 20_000_000])
    def test_a_refusal_reaches_a_client_that_goes_on_sending(self, real, size, connection):
        # Closed with unread bytes, the connection would be reset: a broken pipe in place of the response.
        head = get(f"Content-Length: {size}".encode(), JSON, connection, line=LOGIN)
        with socket.create_connection(("127.0.0.1", real.port), timeout=60) as client:
            client.sendall(head + b" " * size)
            client.shutdown(socket.SHUT_WR)
            assert answer(receive_all(client))[0] == 413

    @pytest.mark.parametrize("framing", [b"Content-Length: 100", CHUNKED])
    def test_a_body_that_ends_early_is_the_clients_mistake(self, real, framing):
        with socket.create_connection(("127.0.0.1", real.port), timeout=60) as connection:
            connection.sendall(
                get(framing, JSON, line=LOGIN, body=b"64\r\n{" if framing == CHUNKED else b"{")
            )
            connection.shutdown(socket.SHUT_WR)
            assert answer(receive_all(connection))[0] == 400

    @pytest.mark.parametrize(
        "code",
        [
            code
            for code, _, _ in runpy.run_path(str(ROOT / "gunicorn.conf.py"))["PROBLEMS_BY_STATUS"].values()
        ],
    )
    def test_every_type_leads_to_a_page_of_the_catalogue(self, real, code):
        raw = real.send_raw(get(b"Connection: close", line=f"GET /problems/{code} HTTP/1.1".encode()))
        assert answer(raw)[0] == 200

    def test_settings_that_are_wrong_are_told_without_a_trace(self, tmp_path):
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        environment = os.environ | {
            "PORT": str(free_port()),
            "FLASK_ENV": "development",
            "MAX_BODY_BYTES": "much",
        }
        environment["VAR_DIR"] = str(tmp_path)
        result = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 4
        assert result.stderr.count("MAX_BODY_BYTES is 'much'") == 1
        assert "Traceback" not in result.stderr
