"""A PostgreSQL server that is frozen, killed, or whose packets vanish: 503 while it lasts, and no thread is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from psycopg import sql

from service.extensions import db
from tests.conformance.conftest import RawResponse, Request
from tests.conformance.example_calls import Operation
from tests.faults.conftest import OPERATIONS, READINESS, REQUEST_TIMEOUT_S, Database, Service
from tests.faults.vanishing_proxy import VanishingProxy
from tests.postgresql import PostgresqlServer
from tests.waiting import wait_until

LIVENESS = Request("GET", "/health/live")

# So many that every operation waits for the database by itself, and none is refused because others wait.
EVERY_REQUEST_WAITS = {
    "WEB_THREADS": "200",
    "DATABASE_REQUEST_TIMEOUT_S": str(REQUEST_TIMEOUT_S),
}


@pytest.fixture(scope="module")
def patient(postgresql_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service whose requests wait for the database, all of them, until their time is over."""
    folder = tmp_path_factory.mktemp("patient")
    with postgresql_database.service(folder, **EVERY_REQUEST_WAITS) as service:
        yield service


@pytest.fixture(scope="module")
def proxy(postgresql: PostgresqlServer) -> Iterator[VanishingProxy]:
    """Run a proxy that can lose what passes."""
    proxy = VanishingProxy(postgresql.socket)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def distant(
    postgresql_database: Database, proxy: VanishingProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Run such a service that reaches the database through the proxy."""
    folder, address = (
        tmp_path_factory.mktemp("distant"),
        f"postgresql://postgres@127.0.0.1:{proxy.port}/faults",
    )
    with postgresql_database.service(folder, address=address, **EVERY_REQUEST_WAITS) as service:
        yield service


def expect_unavailable(response: RawResponse) -> None:
    assert (response.status, response.headers["content-type"]) == (503, "application/problem+json")
    assert response.json["code"] == "SERVICE_UNAVAILABLE"
    assert int(response.headers["retry-after"]) > 0


def expect_normal(service: Service) -> None:
    """Assert that the service answers again, as soon as it can, whatever it is asked and whichever worker answers."""
    wait_until(service.is_ready)
    reads = [service.request(operation) for operation in OPERATIONS if operation.method == "GET"]
    write = service.request(next(each for each in OPERATIONS if each.id == "createItem"))
    responses = service.send_all([*reads, write, *[READINESS] * 20])
    assert [response.body for response in responses if response.status >= 500] == []


@pytest.fixture(scope="module")
def frozen(patient: Service, postgresql: PostgresqlServer) -> dict[str, RawResponse]:
    """Return the response to every operation, all requested at once while the server is frozen."""
    return responses_during(postgresql.frozen(), patient)


@pytest.fixture(scope="module")
def vanished(distant: Service, proxy: VanishingProxy) -> dict[str, RawResponse]:
    """Return the response to every operation, all requested at once while packets vanish."""
    return responses_during(proxy.vanishing(), distant)


def responses_during(fault: AbstractContextManager[None], service: Service) -> dict[str, RawResponse]:
    """Request every operation during the fault; it lasts until all are answered."""
    expect_normal(service)
    with fault:
        responses = service.send_all([service.request(operation) for operation in OPERATIONS])
    expect_normal(service)
    return {operation.id: response for operation, response in zip(OPERATIONS, responses, strict=True)}


class TestEveryOperation:
    @pytest.mark.parametrize("fault", ["frozen", "vanished"])
    @pytest.mark.parametrize("operation", OPERATIONS, ids=str)
    def test_is_answered(self, request: pytest.FixtureRequest, fault: str, operation: Operation) -> None:
        response: RawResponse = request.getfixturevalue(fault)[operation.id]
        if "503" in operation.statuses:
            expect_unavailable(response)
        else:  # it declares that it needs no database
            assert response.status < 300


class TestQueriesThatRun:
    @contextmanager
    def tables_locked(self, database: Database) -> Iterator[psycopg.Connection]:
        """Let every query wait in the server, for a lock."""
        names = sql.SQL(", ").join(sql.Identifier(name) for name in db.metadata.tables)
        with psycopg.connect(database.url) as connection:
            connection.execute(sql.SQL("LOCK TABLE {}").format(names))
            yield connection
            connection.rollback()

    def test_end_when_the_server_freezes(
        self, patient: Service, postgresql: PostgresqlServer, postgresql_database: Database
    ) -> None:
        chosen = [
            operation for operation in OPERATIONS if "503" in operation.statuses and operation.needs_token
        ]
        requests = [patient.request(operation) for operation in chosen[:6]]
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

        def some_run() -> bool:
            # Within a transaction, PostgreSQL shows what it has shown first.
            connection.execute("SELECT pg_stat_clear_snapshot()")
            row = connection.execute(waiting).fetchone()
            return row is not None and row[0] >= 2

        with (
            self.tables_locked(postgresql_database) as connection,
            ThreadPoolExecutor(len(requests)) as threads,
        ):
            responses = threads.map(patient.send, requests)
            wait_until(some_run)
            with postgresql.frozen():
                for response in responses:
                    expect_unavailable(response)
        expect_normal(patient)


class TestKilled:
    def test_is_503_until_the_server_is_back(self, patient: Service, postgresql: PostgresqlServer) -> None:
        expect_normal(patient)
        postgresql.kill()
        try:
            responses = patient.send_all([patient.request(operation) for operation in OPERATIONS])
        finally:
            postgresql.start()
        for operation, response in zip(OPERATIONS, responses, strict=True):
            if "503" in operation.statuses:
                expect_unavailable(response)
        expect_normal(patient)


class TestNoConnectionIsAccepted:
    def test_ends_the_attempt(self, distant: Service, proxy: VanishingProxy) -> None:
        expect_normal(distant)
        with proxy.accepting_none():
            # The first ones use up the connections of the pools, and the others need new ones.
            for _ in range(2):
                for response in distant.send_all([READINESS] * 20):
                    expect_unavailable(response)
        expect_normal(distant)


class TestOtherThreads:
    """With as many threads as usual, and requests that wait for longer than the test takes."""

    def test_answer_liveness_and_refuse_what_would_wait(
        self,
        postgresql_database: Database,
        postgresql: PostgresqlServer,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        folder = tmp_path_factory.mktemp("usual")
        with (
            postgresql_database.service(folder, DATABASE_REQUEST_TIMEOUT_S="60") as service,
            ThreadPoolExecutor(60) as threads,
        ):
            expect_normal(service)
            with postgresql.frozen():
                asked = [threads.submit(service.send, READINESS) for _ in range(60)]
                # Eight wait in each of the two workers.
                wait_until(lambda: sum(each.done() for each in asked) >= len(asked) - 16)
                assert [service.send(LIVENESS).status for _ in range(20)] == [200] * 20
                refused = [each.result() for each in asked if each.done()]
                assert len(refused) == len(asked) - 16
            for response in refused:
                expect_unavailable(response)
            patient = [each.result() for each in asked if each.result() not in refused]
            assert [response.status for response in patient] == [200] * 16
            expect_normal(service)
