"""The service three times over one database: in testing, in production, and behind gunicorn."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from flask import Flask

from service.app import create_app
from service.config import Settings, load_settings
from service.core.signing_keys import create_key
from service.extensions import db, limiter
from tests import servers
from tests.conformance.fault_injection import install_fault_injection
from tests.conformance.seed import seed
from tests.conftest import NewDatabase

REQUEST_ID = "the-same-in-all"
BODY_LIMIT = 8192
# What a server adds by itself, and what tells the time.
NOT_COMPARED = frozenset({"connection", "date", "server", "transfer-encoding", "ratelimit", "retry-after"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request, to be sent in several ways; `chunked` sends the body without saying its length."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    chunked: bool = False


@dataclass(frozen=True, slots=True)
class RawResponse:
    """What came back; the names of the headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def comparable(self) -> tuple[int, dict[str, str], bytes]:
        """Return all that does not depend on server and time."""
        kept = {name: value for name, value in self.headers.items() if name not in NOT_COMPARED}
        return self.status, kept, self.body


class Transport(Protocol):
    """A way to ask the service."""

    def send(self, request: Request) -> RawResponse:
        """Return the answer to a request."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """The application called as a WSGI server calls it."""

    app: Flask

    def send(self, request: Request) -> RawResponse:
        headers = {"X-Request-ID": REQUEST_ID, **request.headers}
        if request.chunked:
            headers["Transfer-Encoding"] = "chunked"
        environ = {"wsgi.input_terminated": True, "SERVER_NAME": "127.0.0.1"} if request.chunked else {}
        response = self.app.test_client().open(
            request.path,
            method=request.method,
            headers=headers,
            data=request.body,
            environ_overrides=environ,
            buffered=True,
        )
        found = {name.lower(): value for name, value in response.headers.items()}
        return RawResponse(response.status_code, found, response.data)


@dataclass(frozen=True, slots=True)
class RawSocket:
    """gunicorn, spoken to without any library."""

    port: int

    def send(self, request: Request) -> RawResponse:
        headers = {"Host": "127.0.0.1", "Connection": "close", "X-Request-ID": REQUEST_ID, **request.headers}
        body = request.body or b""
        if request.chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif request.body is not None:
            headers["Content-Length"] = str(len(body))
        head = [
            f"{request.method} {request.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
            received = servers.receive_all(connection)
        first, _, rest = received.partition(b"\r\n")
        lines, _, content = rest.partition(b"\r\n\r\n")
        found = dict(line.split(": ", 1) for line in lines.decode("latin-1").split("\r\n"))
        return RawResponse(
            int(first.split()[1]), {name.lower(): value for name, value in found.items()}, content
        )


@dataclass(frozen=True, slots=True)
class ServiceInstances:
    """The service in three ways over one seeded database, and its document."""

    testing: InProcess
    production: InProcess
    socket: RawSocket
    document: Mapping[str, Any]

    @property
    def app(self) -> Flask:
        return self.testing.app


@pytest.fixture(scope="session")
def instances(
    database_kind: str, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceInstances]:
    """Serve a database that is seeded as for a contract run."""
    folder = tmp_path_factory.mktemp("instances")
    url = new_database(database_kind)
    servers.migrate(url, folder)
    variables = {
        "DATABASE_URL": url,
        "VAR_DIR": str(folder / "var"),
        "PUBLIC_URL": "http://127.0.0.1",
        "MAX_BODY_BYTES": str(BODY_LIMIT),
        "UPLOAD_MAX_BYTES": str(BODY_LIMIT),
        "RATE_LIMIT_REGISTER": "3 per day",
        "RATE_LIMIT_LOGIN": "1000000 per minute",
        "RATE_LIMIT_PASSWORD_RESET": "1000000 per minute",
        "LOG_LEVEL": "ERROR",
    }
    create_key(folder / "var" / "keys")
    apps = [_app(load_settings(name, variables)) for name in ("testing", "production")]
    settings: Settings = apps[0].extensions["settings"]
    document = apps[0].extensions["api"].document
    seed(settings, document)
    environment = {**variables, "FLASK_ENV": "production"}
    with servers.gunicorn(
        folder, app="tests.conformance.fault_injection:app", database_url=url, env=environment, workers=1
    ) as server:
        yield ServiceInstances(InProcess(apps[0]), InProcess(apps[1]), RawSocket(server.port), document)
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def _app(settings: Settings) -> Flask:
    return install_fault_injection(create_app(settings))


@pytest.fixture(autouse=True)
def _reset_rate_limits(request: pytest.FixtureRequest) -> None:
    """Let no test run into the limits that another used up in this process."""
    if "instances" in request.fixturenames:
        instances: ServiceInstances = request.getfixturevalue("instances")
        with instances.app.app_context():
            limiter.reset()
