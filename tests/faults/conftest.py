"""The service behind gunicorn, on a PostgreSQL server of its own that tests freeze and kill."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.app import create_app
from service.config import load_settings
from service.contract.checks.conformance import ContractChecker
from service.core.signing_keys import create_key
from service.extensions import db
from service.models.users import User
from tests import servers
from tests.accounts import tokens_of
from tests.conformance.conftest import RawResponse, RawSocket, Request
from tests.conformance.example_calls import Operation, operations_of
from tests.conformance.seed import ADMIN, seed
from tests.contract_check import check
from tests.postgresql import NotAvailable, PostgresqlServer

# Tests are made from the document before there is a database.
OPERATIONS = operations_of(
    create_app(load_settings("testing", {"VAR_DIR": "var"})).extensions["api"].document
)
READINESS = Request("GET", "/health/ready")

REQUEST_TIMEOUT_S = 3
# What must not end a wait in these tests: the server's own limits, and those of the pool.
OTHER_TIMEOUTS = {
    "DATABASE_LOCK_TIMEOUT_S": "60",
    "DATABASE_STATEMENT_TIMEOUT_S": "60",
    "DATABASE_POOL_TIMEOUT_S": "60",
    "DATABASE_CONNECT_TIMEOUT_S": "60",
    "DATABASE_BUSY_TIMEOUT_S": "60",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A running service and the tokens of its administrator."""

    server: servers.Server
    access_token: str
    refresh_token: str
    conformance: ContractChecker

    def request(self, operation: Operation) -> Request:
        """Return the example of an operation, sent by the administrator."""
        headers = operation.headers
        if operation.declared["security"]:
            token = self.refresh_token if operation.takes_refresh_token else self.access_token
            headers["Authorization"] = f"Bearer {token}"
        return Request(operation.method, operation.path(), headers, operation.body)

    def send(self, request: Request) -> RawResponse:
        """Send a request on a connection of its own and hold the response to the document."""
        response = RawSocket(self.server.port).send(request)
        check(
            self.conformance,
            request.method,
            request.path.partition("?")[0],
            response.status,
            response.headers,
            response.body,
        )
        return response

    def send_all(self, requests: Sequence[Request]) -> list[RawResponse]:
        """Send requests at the same time."""
        with ThreadPoolExecutor(len(requests)) as threads:
            return list(threads.map(self.send, requests))

    def is_ready(self) -> bool:
        return self.send(READINESS).status == 200


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Run a PostgreSQL server that no other tests use."""
    try:
        server = PostgresqlServer()
    except NotAvailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL did not start: {error}", pytrace=False)
        pytest.skip("PostgreSQL did not start")
    yield server
    server.stop()


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database, seeded as for a contract run, and the folder of keys and media that belong to it."""

    url: str
    var_dir: Path

    @classmethod
    def create(cls, url: str, folder: Path) -> Database:
        """Migrate and fill an empty database."""
        servers.migrate(url, folder)
        settings = load_settings("testing", {"DATABASE_URL": url, "VAR_DIR": str(folder / "var")})
        create_key(settings.jwt_keys_dir)
        seed(settings, create_app(settings).extensions["api"].document)
        return cls(url, folder / "var")

    @contextmanager
    def service(
        self, folder: Path, *, address: str | None = None, defaults: bool = False, **variables: str
    ) -> Iterator[Service]:
        """Run two workers on the database, which they reach at `address`; `defaults` keeps the other time-outs."""
        environment = {
            "FLASK_ENV": "testing",
            "VAR_DIR": str(self.var_dir),
            **({} if defaults else OTHER_TIMEOUTS),
            **variables,
        }
        app = create_app(load_settings("testing", {**environment, "DATABASE_URL": self.url}))
        with app.app_context():
            tokens = tokens_of(User(id=ADMIN.id))
            db.engine.dispose()
        with servers.gunicorn(folder, database_url=address or self.url, env=environment) as server:
            conformance = ContractChecker(app.extensions["api"].document)
            yield Service(server, tokens.access_token, tokens.refresh_token, conformance)


@pytest.fixture(scope="session")
def postgresql_database(postgresql: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return a database on the server that these tests freeze."""
    return Database.create(postgresql.create_database("faults"), tmp_path_factory.mktemp("faults"))
