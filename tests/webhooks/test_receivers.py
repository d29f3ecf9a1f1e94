"""Receivers that misbehave, and those that are inside: each leaves a clear record, and nothing is sent inside."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.extensions import db
from service.models.webhooks import WebhookAttempt, WebhookDelivery
from service.webhooks import attempts
from service.webhooks.attempts import RESPONSE_BYTES
from tests.inside_addresses import INSIDE
from tests.raw_servers import Serve, raw_servers, response
from tests.servers import free_port, self_signed
from tests.webhooks.conftest import Allow, Create, Headers, SendDue

LARGE = 100 * 1024 * 1024


@pytest.fixture
def serve() -> Iterator[Serve]:
    with raw_servers() as start:
        yield start


@pytest.fixture
def attempt_at(
    client: FlaskClient,
    create: Create,
    admin: Headers,
    allow: Allow,
    send_due: SendDue,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Any]:
    """Return a function that sends one message to a URL and returns the attempt."""
    monkeypatch.setattr(attempts, "TIMEOUT_S", 0.5)

    def send(url: str) -> Any:
        allow(url)
        webhook = create(url=url)
        sent = client.post(f"/api/webhooks/{webhook['id']}/ping", headers=admin)
        send_due()
        shown = client.get(sent.headers["Location"], headers=admin).json
        [attempt] = shown["log"]
        is_success = attempt["error_code"] is None
        assert shown["state"] == ("delivered" if is_success else "waiting")
        assert (shown["last_error"], shown["last_status"]) == (attempt["error_code"], attempt["status"])
        return attempt

    return send


def drip(stream: socket.socket, _request: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        stream.sendall(b".")
        stream.settimeout(0.05)
        try:
            if not stream.recv(1):
                return
        except TimeoutError:
            continue


def never(stream: socket.socket, _request: bytes) -> None:
    while stream.recv(65_536):
        pass


def reset(stream: socket.socket, _request: bytes) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def flood(stream: socket.socket, _request: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
    for _ in range(LARGE // 65_536):
        stream.sendall(b"x" * 65_536)


class TestMisbehaviour:
    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (never, "TIMED_OUT"),
            (drip, "TIMED_OUT"),
            (reset, "CONNECT_FAILED"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "RESPONSE_INVALID"),
            (b"", "RESPONSE_INVALID"),
        ],
        ids=["never", "drip", "reset", "no HTTP", "nothing"],
    )
    def test_without_a_response(
        self, serve: Serve, attempt_at: Callable[[str], Any], answer: Any, code: str
    ) -> None:
        attempt = attempt_at(serve(answer).url)
        assert (attempt["error_code"], attempt["status"], attempt["response_headers"]) == (code, None, None)
        assert attempt["error"]
        assert attempt["duration_ms"] < 30_000

    def test_of_100_mb_is_read_a_little_of(self, serve: Serve, attempt_at: Callable[[str], Any]) -> None:
        attempt = attempt_at(serve(flood).url)
        assert (attempt["status"], attempt["error_code"], attempt["is_response_cut"]) == (200, None, True)
        assert attempt["response_body"] == "x" * RESPONSE_BYTES

    @pytest.mark.parametrize("status", ["500 Internal Server Error", "404 Not Found", "302 Found"])
    def test_status(self, serve: Serve, attempt_at: Callable[[str], Any], status: str) -> None:
        attempt = attempt_at(serve(response(b"no", status=status)).url)
        assert (attempt["error_code"], attempt["response_body"]) == ("STATUS_REFUSED", "no")
        assert status[:3] in attempt["error"]

    def test_redirect_inside_is_not_followed(
        self, serve: Serve, attempt_at: Callable[[str], Any], allow: Allow
    ) -> None:
        inside = serve(response())
        allow(inside.url)
        attempt = attempt_at(
            serve(response(b"", f"Location: {inside.url}", status="307 Temporary Redirect")).url
        )
        assert (attempt["status"], inside.requests) == (307, [])

    def test_nobody_there(self, attempt_at: Callable[[str], Any]) -> None:
        attempt = attempt_at(f"http://127.0.0.1:{free_port()}/")
        assert (attempt["error_code"], attempt["status"]) == ("CONNECT_FAILED", None)

    def test_bad_certificate(self, serve: Serve, attempt_at: Callable[[str], Any], tmp_path: Path) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self_signed(tmp_path, "127.0.0.1"))
        server = serve(response(), context)
        attempt = attempt_at(server.url)
        assert (attempt["error_code"], server.requests) == ("TLS_FAILED", [])
        assert "self-signed" in attempt["error"]

    def test_log_takes_any_bytes_and_no_cookies(self, serve: Serve, attempt_at: Callable[[str], Any]) -> None:
        body = b"\x00\xff\xfe \xf0\x9f"
        many = [f"X-Header-{number}: {'v' * 600}" for number in range(60)]
        attempt = attempt_at(serve(response(body, "Set-Cookie: session=secret", *many)).url)
        assert attempt["status"] == 200
        assert "secret" not in str(attempt)
        assert len(attempt["response_headers"]) <= 50
        assert max(len(header["value"]) for header in attempt["response_headers"]) == 500

    def test_secret_that_cannot_be_decrypted(
        self, app: Flask, attempt_at: Callable[[str], Any], serve: Serve, monkeypatch: Any
    ) -> None:
        """The operator has changed SECRET_KEY, or a worker has another one."""
        server = serve(response())

        def forget() -> None:
            path = app.extensions["settings"].jwt_keys_dir / "secrets.key"
            path.write_bytes(b"x" * 32)

        original = attempts.signing_key

        def read(secret: bytes) -> bytes:
            forget()
            return original(secret)

        path = app.extensions["settings"].jwt_keys_dir / "secrets.key"
        monkeypatch.setattr(attempts, "signing_key", read)
        attempt = attempt_at(server.url)
        path.unlink()
        assert (attempt["error_code"], server.requests) == ("SECRET_UNREADABLE", [])
        assert "SECRET_KEY" in attempt["error"]


class TestInside:
    def test_no_spelling_reaches_a_canary(
        self,
        app: Flask,
        client: FlaskClient,
        create: Create,
        admin: Headers,
        send_due: SendDue,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Through the API and a worker, with the port allowed: 0 connections."""
        with socket.create_server(("127.0.0.1", 0)) as canary:
            port = canary.getsockname()[1]
            settings = replace(app.extensions["settings"], outbound_ports=(80, 443, port))
            monkeypatch.setitem(app.extensions, "settings", settings)
            connected: list[Any] = []

            def connect(address: Any, *_: Any) -> Any:
                connected.append(address)
                raise ConnectionRefusedError(111, "Connection refused")

            for start in range(0, len(INSIDE), 20):
                self.send_to(client, admin, [f"http://{host}:{port}/" for host in INSIDE[start : start + 20]])
                with monkeypatch.context() as patched:
                    patched.setattr("service.core.outbound.connections.socket.create_connection", connect)
                    send_due()
                self.check_and_delete()
            assert connected == []

    def send_to(self, client: FlaskClient, admin: Headers, urls: list[str]) -> None:
        for url in urls:
            response = client.post("/api/webhooks", json={"url": url}, headers=admin)
            if response.status_code == 201:
                client.post(f"/api/webhooks/{response.json['id']}/ping", headers=admin)
            else:
                assert response.json["code"] == "WEBHOOK_URL_REFUSED"

    def check_and_delete(self) -> None:
        with db.engine.begin() as connection:
            codes = list(connection.scalars(sa.select(WebhookAttempt.error_code)))
            waiting = connection.scalar(sa.select(sa.func.count()).select_from(WebhookDelivery))
            assert len(codes) == waiting > 0
            assert set(codes) <= {"ADDRESS_REFUSED", "NAME_NOT_RESOLVED", "URL_REFUSED"}
            connection.execute(sa.text("DELETE FROM webhook_endpoints"))

    def test_name_that_changes_its_address_between_two_calls(
        self,
        app: Flask,
        client: FlaskClient,
        create: Create,
        admin: Headers,
        send_due: SendDue,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It is public when the webhook is created, and for each second question."""
        name = "rebind.example.org"
        asked: list[str] = []
        connected: list[str] = []
        # Other threads of this process may have connections to make.
        others_resolve, others_connect = socket.getaddrinfo, socket.create_connection

        def resolve(host: str, *others: Any, **named: Any) -> list[Any]:
            if host != name:
                return others_resolve(host, *others, **named)
            asked.append("127.0.0.1" if len(asked) % 2 == 0 else "93.184.215.14")
            return [(None, None, None, None, (asked[-1], 80))]

        def connect(address: tuple[str, int], *others: Any, **named: Any) -> Any:
            if address[0] not in asked or address[1] != 80:
                return others_connect(address, *others, **named)
            connected.append(address[0])
            raise ConnectionRefusedError(111, "Connection refused")

        webhook = create(url=f"http://{name}/")
        place = "service.core.outbound.connections.socket"
        for _ in range(40):
            client.post(f"/api/webhooks/{webhook['id']}/ping", headers=admin)
        with monkeypatch.context() as patched:
            if db.engine.dialect.name == "postgresql":
                db.session.remove()
            patched.setattr(f"{place}.getaddrinfo", resolve)
            patched.setattr(f"{place}.create_connection", connect)
            send_due()
        # On a slow machine the first are due again before the last are sent.
        assert len(asked) >= 40
        assert connected == [address for address in asked if address == "93.184.215.14"]
