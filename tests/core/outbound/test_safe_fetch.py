"""The guarded way out: what is refused before a connection, what a server can do to us, and the errors of each."""

from __future__ import annotations

import io
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.config import load_settings
from service.core.outbound import safe_fetch as module
from service.core.outbound.addresses import is_allowed_address
from service.core.outbound.errors import (
    AddressRefused,
    ConnectFailed,
    FetchTimedOut,
    NameNotResolved,
    ResponseEncoded,
    ResponseInvalid,
    ResponseTooLarge,
    TlsFailed,
    TooManyRedirects,
    UrlRefused,
)
from service.core.outbound.safe_fetch import check_url, safe_fetch
from tests.inside_addresses import INSIDE
from tests.raw_servers import Answer, Serve, Server, raw_servers, response
from tests.servers import self_signed

PUBLIC = "93.184.215.14"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """Push the context of an application that has settings, and no database."""
    bare = Flask(__name__)
    bare.extensions["settings"] = load_settings("testing", {"VAR_DIR": str(tmp_path)})
    with bare.app_context():
        yield bare


@pytest.fixture
def allow(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let requests connect to a port, and to the networks that are given."""

    def allow(port: int, *networks: str) -> None:
        changed = replace(
            app.extensions["settings"],
            outbound_ports=(80, 443, port),
            outbound_networks=tuple(ip_network(network) for network in networks),
        )
        monkeypatch.setitem(app.extensions, "settings", changed)

    return allow


@pytest.fixture
def serve() -> Iterator[Serve]:
    with raw_servers() as start:
        yield start


class TestAddresses:
    @pytest.mark.parametrize("host", INSIDE)
    def test_inside_are_never_connected_to(
        self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch, host: str
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as canary:
            port = canary.getsockname()[1]
            allow(port)
            monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connects"))
            with pytest.raises((AddressRefused, NameNotResolved, UrlRefused)):
                safe_fetch("GET", f"http://{host}:{port}/")

    def test_are_checked_all(self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection that fails must not lead to the next answer, which nobody checked."""
        allow(80)
        answers = [(None, None, None, None, (address, 80)) for address in (PUBLIC, "10.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
        monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connects"))
        with pytest.raises(AddressRefused):
            safe_fetch("GET", "http://example.org/")

    def test_that_change_between_two_questions_gain_nothing(
        self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The name's owner answers with a public address first, and with one inside from then on, or the other way."""
        allow(80)
        asked: list[str] = []
        connected: list[str] = []

        real = socket.getaddrinfo

        def resolve(host: Any, *more: Any, **named: Any) -> list[Any]:
            if host != "rebind.example.org":  # of another thread, which an earlier test has left
                return list(real(host, *more, **named))
            asked.append(PUBLIC if len(asked) % 2 == 0 else "127.0.0.1")
            return [(None, None, None, None, (asked[-1], 80))]

        def connect(address: tuple[str, int], _timeout_s: float) -> Any:
            connected.append(address[0])
            raise ConnectionRefusedError(111, "Connection refused")

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket, "create_connection", connect)
        for _ in range(1_000):
            with pytest.raises((AddressRefused, ConnectFailed)):
                safe_fetch("GET", "http://rebind.example.org/")
        assert (len(asked), connected) == (1_000, [PUBLIC] * 500)

    def test_of_allowed_networks_are_connected_to(self, allow: Callable[..., None], serve: Serve) -> None:
        server = serve(response())
        allow(server.port, "127.0.0.0/8")
        assert safe_fetch("GET", server.url).status == 200
        allow(server.port, "10.0.0.0/8", "fd00::/8")
        with pytest.raises(AddressRefused):
            safe_fetch("GET", server.url)

    def test_of_settings_need_no_permission(self, app: Flask, serve: Serve) -> None:
        server = serve(response())
        with pytest.raises(UrlRefused):
            safe_fetch("GET", server.url)
        assert safe_fetch("GET", server.url, trusted=True).body == b"ok"

    def test_public_ones_are_tried_one_after_the_other(
        self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        allow(80)
        addresses = [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *_, **__: [(None, None, None, None, (each, 80)) for each in addresses],
        )
        tried: list[str] = []

        def connect(address: tuple[str, int], _timeout_s: float) -> Any:
            tried.append(address[0])
            raise ConnectionRefusedError(111, "Connection refused")

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(ConnectFailed, match="Connection refused"):
            safe_fetch("GET", "http://example.org/")
        assert tried == addresses

    def test_of_links_are_of_this_machine(self) -> None:
        assert not is_allowed_address(ip_address("fe80::1%eth0"), [ip_network("fe80::/10")])
        assert is_allowed_address(ip_address("2606:4700:4700::1111"))


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("", "begin with"),
            ("example.org", "begin with"),
            ("//example.org/", "begin with"),
            ("ftp://example.org/", "begin with"),
            ("file:///etc/passwd", "begin with"),
            ("gopher://example.org/", "begin with"),
            ("javascript:alert(1)", "begin with"),
            ("http:///path", "no host"),
            ("http://:80/", "no host"),
            ("http://user@example.org/", "user name"),
            ("http://user:password@example.org/", "user name"),
            ("http://example.org@127.0.0.1/", "user name"),
            ("http://@example.org/", "user name"),
            ("http://127.0.0%2e1/", "percent-encoded"),
            ("http://example.org:22/", "port"),
            ("http://example.org:0/", "port"),
            ("http://example.org:65536/", "malformed"),
            ("http://example.org:x/", "malformed"),
            ("http://[::1/", "malformed"),
            ("http://[fe80::1%25lo]/", "percent-encoded"),
            ("http://exa mple.org/", "ASCII"),
            ("http://example.org\\@127.0.0.1/", "ASCII"),
            ("http://example.org/\r\nHost: a", "ASCII"),
            ("http://example.org/\x00", "ASCII"),
            ("http://①②⑦.⓪.⓪.①/", "ASCII"),
            ("http://münchen.example/", "ASCII"),
            ("http://example.org/" + "a" * 2_000, "2000"),
        ],
    )
    def test_that_are_refused(self, app: Flask, url: str, reason: str) -> None:
        with pytest.raises(UrlRefused, match=reason):
            check_url(url)
        with pytest.raises(UrlRefused, match=reason):
            safe_fetch("GET", url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.org",
            "HTTPS://example.org/",
            "http://example.org:80/a?b=c#d",
            "https://[2606:4700::1111]:443/",
        ],
    )
    def test_that_are_taken(self, app: Flask, url: str) -> None:
        check_url(url)


@pytest.fixture
def fetch(allow: Callable[..., None], serve: Serve) -> Callable[..., Any]:
    """Return a function that fetches from a server with the given answer."""

    def fetch(answer: Answer | bytes, method: str = "GET", **given: Any) -> Any:
        server = serve(answer)
        allow(server.port, "127.0.0.0/8")
        return safe_fetch(method, f"{server.url}/path?a=b", **given)

    return fetch


def forever(stream: socket.socket, part: bytes) -> None:
    """Send a part again and again, a little at a time, until nobody reads it any more."""
    pause = threading.Event()
    while True:
        stream.sendall(part)
        pause.wait(0.01)


class TestRequests:
    def test_are_sent_as_given(self, allow: Callable[..., None], serve: Serve) -> None:
        server = serve(response(b"done", "X-Answer: a", status="202 Accepted"))
        allow(server.port, "127.0.0.0/8")
        url = f"http://localhost:{server.port}/hook?x=1"
        allow(server.port, "127.0.0.0/8", "::1/128")
        answer = safe_fetch("POST", url, headers={"Content-Type": "application/json"}, content=b'{"a": 1}')
        assert (answer.status, answer.body, answer.headers["x-answer"], answer.url) == (
            202,
            b"done",
            "a",
            url,
        )
        head, body = server.requests[0].split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /hook?x=1 HTTP/1.1"
        sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        assert sent["host"] == f"localhost:{server.port}"
        assert sent["content-length"] == "8"
        assert sent["accept-encoding"] == "identity"
        assert sent["user-agent"].startswith("Colophon/")
        assert body in {b"", b'{"a": 1}'}  # it may come later than the head

    def test_use_no_proxy_of_the_environment(
        self, fetch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert fetch(response()).status == 200

    def test_large_ones_are_sent_whole(self, fetch: Callable[..., Any]) -> None:
        received = []

        def count(stream: socket.socket, request: bytes) -> None:
            total = len(request.split(b"\r\n\r\n", 1)[1])
            while total < 1_000_000:
                total += len(stream.recv(65_536))
            received.append(total)
            stream.sendall(response())

        assert fetch(count, "POST", content=b"x" * 1_000_000).status == 200
        assert received == [1_000_000]


class TestSlowServers:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda stream, _: stream.recv(1),
            lambda stream, _: forever(stream, b"H"),
            lambda stream, _: forever(stream, b"HTTP/1.1 100 Continue\r\n\r\n"),
            lambda stream, _: (stream.sendall(b"HTTP/1.1 200 OK\r\n"), forever(stream, b"A: b\r\n")),
            lambda stream, _: (
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
                forever(stream, b"x"),
            ),
            lambda stream, _: (
                stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                forever(stream, b"1\r\nx\r\n"),
            ),
        ],
        ids=["nothing", "no line", "100 for ever", "headers", "body", "chunks"],
    )
    def test_end_by_the_deadline(self, fetch: Callable[..., Any], answer: Answer) -> None:
        with pytest.raises((FetchTimedOut, ResponseInvalid)):
            fetch(answer, timeout_s=0.4)

    def test_that_read_nothing(self, fetch: Callable[..., Any]) -> None:
        stuck = threading.Event()
        with pytest.raises(FetchTimedOut):
            fetch(lambda *_: stuck.wait(20), "POST", content=b"x" * 50_000_000, timeout_s=0.4)
        stuck.set()

    def test_that_accept_no_connection(
        self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        allow(80, "127.0.0.0/8")

        def connect(*_: Any) -> Any:
            raise TimeoutError

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(FetchTimedOut):
            safe_fetch("GET", "http://127.0.0.1/")

    def test_of_names_that_take_long(
        self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        allow(80)
        answered = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(20) and [])
        with pytest.raises(FetchTimedOut):
            safe_fetch("GET", "http://slow.example.org/", timeout_s=0.2)
        answered.set()


class TestResponses:
    def test_that_are_too_large(self, fetch: Callable[..., Any]) -> None:
        body = b"x" * 100_000
        with pytest.raises(ResponseTooLarge):
            fetch(response(body), max_bytes=99_999)
        assert fetch(response(body), max_bytes=100_000).body == body
        cut = fetch(response(body), max_bytes=1_000, cut=True)
        assert (cut.is_cut, len(cut.body)) == (True, 1_000)

    def test_are_written_into_a_file(self, fetch: Callable[..., Any]) -> None:
        body, file = b"x" * 100_000, io.BytesIO()
        assert fetch(response(body), max_bytes=100_000, into=file).body == b""
        assert file.getvalue() == body
        with pytest.raises(ResponseTooLarge):
            fetch(response(body), max_bytes=99_999, into=io.BytesIO())
        with pytest.raises(ResponseEncoded):
            fetch(response(body, "Content-Encoding: gzip"), max_bytes=100_000, into=io.BytesIO())

    def test_of_a_failure_are_not_written(self, fetch: Callable[..., Any]) -> None:
        file = io.BytesIO()
        assert fetch(response(b"gone", status="404 Not Found"), into=file).body == b"gone"
        assert file.getvalue() == b""

    def test_without_an_end_are_not_read_to_it(self, fetch: Callable[..., Any]) -> None:
        sent = []

        def pour(stream: socket.socket, _request: bytes) -> None:
            stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                stream.sendall(b"x" * 65_536)
                sent.append(65_536)

        with pytest.raises(ResponseTooLarge):
            fetch(pour, max_bytes=100_000)
        assert sum(sent) < 50_000_000

    def test_that_are_compressed(self, fetch: Callable[..., Any]) -> None:
        encoded = response(b"\x1f\x8b", "Content-Encoding: gzip")
        with pytest.raises(ResponseEncoded):
            fetch(encoded)
        assert fetch(encoded, cut=True).body == b"\x1f\x8b"  # for a record: as it came

    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9\r\n\r\n",
            b"\x00" * 200_000,
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"A: " + b"x" * 200_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            b"",
        ],
        ids=["ssh", "zeros", "negative length", "huge header", "cut off", "nothing"],
    )
    def test_that_are_no_http(self, fetch: Callable[..., Any], answer: bytes) -> None:
        with pytest.raises((ResponseInvalid, ConnectFailed)):
            fetch(answer)

    def test_that_break_off(self, fetch: Callable[..., Any]) -> None:
        def reset(stream: socket.socket, _request: bytes) -> None:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.close()

        with pytest.raises(ConnectFailed, match="broke off"):
            fetch(reset)

    def test_that_are_errors_are_responses(self, fetch: Callable[..., Any]) -> None:
        assert fetch(response(b"no", status="500 Oops")).status == 500

    def test_from_nobody(self, allow: Callable[..., None]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        allow(port, "127.0.0.0/8")
        with pytest.raises(ConnectFailed):
            safe_fetch("GET", f"http://127.0.0.1:{port}/")

    def test_of_a_name_without_address(
        self, allow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def resolve(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises(NameNotResolved):
            safe_fetch("GET", "http://nowhere.example.org/")


class TestRedirects:
    def test_are_responses_unless_they_are_followed(self, fetch: Callable[..., Any]) -> None:
        answer = fetch(response(b"", "Location: http://127.0.0.1/secret", status="302 Found"))
        assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1/secret")

    def test_are_followed_within_a_server_with_all_headers(
        self, allow: Callable[..., None], serve: Serve
    ) -> None:
        def answer(stream: socket.socket, request: bytes) -> None:
            first = request.startswith(b"GET /a ")
            stream.sendall(response(b"", "Location: /b", status="301 Moved") if first else response(b"there"))

        server = serve(answer)
        allow(server.port, "127.0.0.0/8")
        found = safe_fetch("GET", f"{server.url}/a", max_redirects=1, headers={"Authorization": "Bearer x"})
        assert (found.body, found.url) == (b"there", f"{server.url}/b")
        assert [b"Bearer x" in request for request in server.requests] == [True, True]

    def test_to_another_server_carry_no_credentials(self, allow: Callable[..., None], serve: Serve) -> None:
        other = serve(response(b"there"))
        first = serve(response(b"", f"Location: {other.url}/", status="307 Temporary"))
        allow(first.port, "127.0.0.0/8")
        with pytest.raises(UrlRefused, match="port"):
            safe_fetch("GET", first.url, max_redirects=1)
        found = safe_fetch(
            "GET", first.url, max_redirects=1, trusted=True, headers={"Authorization": "Bearer x"}
        )
        assert found.body == b"there"
        assert b"Bearer x" not in other.requests[0]

    @pytest.mark.parametrize("target", ["http://10.0.0.1/", "file:///etc/passwd", "http://a:b@example.org/"])
    def test_to_the_inside_are_refused(self, fetch: Callable[..., Any], target: str) -> None:
        with pytest.raises((AddressRefused, UrlRefused)):
            fetch(response(b"", f"Location: {target}", status="302 Found"), max_redirects=3)

    def test_for_ever(self, fetch: Callable[..., Any]) -> None:
        with pytest.raises(TooManyRedirects):
            fetch(response(b"", "Location: /again", status="302 Found"), max_redirects=3)

    def test_of_what_is_no_get_are_not_followed(self, fetch: Callable[..., Any]) -> None:
        answer = fetch(response(b"", "Location: /b", status="302 Found"), "POST", max_redirects=3)
        assert answer.status == 302


class TestTls:
    @pytest.fixture
    def secured(
        self, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[str], Server]:
        """Return a function that starts a server with a certificate for a name, by an authority that is trusted."""

        def start(host: str) -> Server:
            chain, key = self_signed(tmp_path, host)
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(chain, key)
            trusting = ssl.create_default_context(cafile=str(chain))
            monkeypatch.setattr(module, "_tls", lambda: trusting)
            return serve(response(b"secret"), context)

        return start

    def test_name_of_the_url_is_verified_although_the_address_is_connected_to(
        self, allow: Callable[..., None], secured: Callable[[str], Server]
    ) -> None:
        server = secured("localhost")
        allow(server.port, "127.0.0.0/8", "::1/128")
        assert safe_fetch("GET", f"https://localhost:{server.port}/").body == b"secret"
        with pytest.raises(TlsFailed, match=r"127\.0\.0\.1"):
            safe_fetch("GET", f"https://127.0.0.1:{server.port}/")

    def test_certificate_of_nobody_is_refused(
        self, allow: Callable[..., None], secured: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = secured("localhost")
        allow(server.port, "127.0.0.0/8", "::1/128")
        monkeypatch.undo()
        allow(server.port, "127.0.0.0/8", "::1/128")
        with pytest.raises(TlsFailed, match="self-signed"):
            safe_fetch("GET", f"https://localhost:{server.port}/")

    def test_server_without_it_is_refused(self, allow: Callable[..., None], serve: Serve) -> None:
        server = serve(response())
        allow(server.port, "127.0.0.0/8")
        with pytest.raises((TlsFailed, ConnectFailed, FetchTimedOut)):
            safe_fetch("GET", f"https://127.0.0.1:{server.port}/", timeout_s=0.4)
