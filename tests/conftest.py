"""Fixtures for all tests: a database of each kind, the application on it, and a test client."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import service.models  # noqa: F401 - completes the metadata
from service.config import Settings, load_settings
from service.core.logs import configure_logs
from service.extensions import db, limiter
from tests.audit_protection import PROTECTED, protection_lifted
from tests.contract_check import check_response
from tests.coverage import merge
from tests.coverage.observed import OBSERVED
from tests.parallel import ParallelRun
from tests.postgresql import NotAvailable, PostgresqlServer
from tests.s3_server import S3Server, running_s3
from tests.stages import Stages

if TYPE_CHECKING:
    from tests.emitted_events import EmittedEvents
    from tests.job_queue import JobQueue

ROOT = Path(__file__).parent.parent

# The duration of an example depends on what else the machine does.
hypothesis_settings.register_profile(
    "any machine", hypothesis_settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("any machine")

NewDatabase = Callable[[str], str]

# On a busy machine the defaults would make statements fail in tests of something else.
LONG_TIMEOUTS = {
    "DATABASE_BUSY_TIMEOUT_S": "60",
    "DATABASE_IDLE_TIMEOUT_S": "60",
    "DATABASE_LOCK_TIMEOUT_S": "60",
    "DATABASE_POOL_TIMEOUT_S": "60",
    "DATABASE_REQUEST_TIMEOUT_S": "60",
    "DATABASE_STATEMENT_TIMEOUT_S": "60",
    # And so would a busy machine that keeps more threads waiting than this.
    "WEB_THREADS": "256",
}

# For tests of one kind of database.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

_not_run = pytest.StashKey[str]()
_complaints = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--contract-coverage",
        action="store_true",
        help="Of a whole run: fail unless everything that the document declares was seen, and nothing else.",
    )
    parser.addoption("--stages", type=Path, metavar="FILE", help="Write the durations of each module.")
    parser.addoption(
        "--share", type=Path, metavar="FOLDER", help="Divide the tests among the runs with this folder."
    )


def pytest_configure(config: pytest.Config) -> None:
    share: Path | None = config.getoption("--share")
    if share:
        config.pluginmanager.register(ParallelRun(share))
    if file := config.getoption("--stages") or (share and share / f"stages-{os.getpid()}.json"):
        config.pluginmanager.register(Stages(file))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the garbage collector leave alone what stays for the whole run: modules, and 17 000 tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Check the contract coverage after a whole run without failures; of parallel runs coverage/merge.py does."""
    share: Path | None = session.config.getoption("--share")
    if share:
        seen = merge.Part(OBSERVED.tests, failed=_other_failures(session.config))
        seen.write(share / f"seen-{os.getpid()}.json")
        return
    if not session.config.getoption("--contract-coverage") or _other_failures(session.config):
        return
    if complaints := merge.complaints(OBSERVED.tests):
        session.config.stash[_complaints] = complaints
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _other_failures(config: pytest.Config) -> bool:
    """Return whether anything failed except the test that always fails at first after a change of the document."""
    stats = config.pluginmanager.getplugin("terminalreporter").stats
    failed = {found.nodeid for found in [*stats.get("failed", ()), *stats.get("error", ())]}
    return bool(failed - {"tests/coverage/test_report.py::test_the_committed_file_is_of_the_document"})


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Run the test once on each kind of database."""
    return request.param


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Return a function that creates an empty database of a kind and returns its URL."""
    numbers = count(1)

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/test.sqlite3"
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        return server.create_database(f"test_{next(numbers)}")

    return make


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[PostgresqlServer]:
    """Run a PostgreSQL server; if there is none, fail in CI and elsewhere report what was not tested."""
    try:
        server = PostgresqlServer()
    except NotAvailable as error:
        request.config.stash[_not_run] = str(error)
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL did not start: {error}", pytrace=False)
        pytest.skip("PostgreSQL did not start")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run an S3 server, for all tests that need one."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """Report at the end which tests a green run has skipped."""
    yield
    if complaints := config.stash.get(_complaints, None):
        terminalreporter.section("contract coverage", red=True, bold=True)
        terminalreporter.write_line("\n".join(complaints))
    if reason := config.stash.get(_not_run, None):
        terminalreporter.section("PostgreSQL: NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"Nothing was tested on PostgreSQL because {reason}", red=True)


@pytest.fixture
def empty_database_url(database_kind: str, new_database: NewDatabase) -> str:
    """Return the URL of a new database without tables."""
    return new_database(database_kind)


@pytest.fixture(scope="session")
def databases() -> dict[str, str]:
    """Cache the migrated database of each kind: pytest sets up `database_url` again when the kind changes."""
    return {}


@pytest.fixture(scope="session")
def database_url(
    database_kind: str,
    new_database: NewDatabase,
    databases: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Return the URL of a migrated database; `app` empties it before each test."""
    if database_kind not in databases:
        url = new_database(database_kind)
        command.upgrade(alembic_config(settings_on(url, tmp_path_factory.mktemp("var"))), "head")
        databases[database_kind] = url
    return databases[database_kind]


def settings_on(database_url: str, var_dir: Path, **variables: str) -> Settings:
    """Return the settings of the testing environment, with additional environment `variables`."""
    return load_settings("testing", {"DATABASE_URL": database_url, "VAR_DIR": str(var_dir), **variables})


def alembic_config(settings: Settings) -> Config:
    """Return the configuration of Alembic for the database of `settings`."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["settings"] = settings
    return config


class Client(FlaskClient):
    """A test client whose requests share neither `g` nor the database session with the test."""

    def open(self, *args: Any, **options: Any) -> Any:
        # Objects in the test's session would otherwise be reused by the request, and on SQLite its open transaction
        # would block the request's writes.
        db.session.remove()
        # Inside an application context Flask pushes no new one for the request: `g` would be shared.
        with self.application.app_context():
            response = super().open(*args, **{"buffered": True, **options})
        check_response(self.application, response)
        return response


@pytest.fixture(scope="session")
def applications() -> Iterator[dict[str, Flask]]:
    """Cache the application on each kind of database, as `databases` does."""
    kept: dict[str, Flask] = {}
    yield kept
    for app in kept.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def shared_app(
    database_url: str, applications: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory
) -> Flask:
    """Create the application once for each kind of database."""
    from service.app import create_app  # pure tests need not import the whole service

    if database_url not in applications:
        app = create_app(settings_on(database_url, tmp_path_factory.mktemp("var"), **LONG_TIMEOUTS))
        app.test_client_class = Client
        applications[database_url] = app
    return applications[database_url]


@pytest.fixture(autouse=True)
def logs() -> None:
    """Configure the logs, which are those of the process: an earlier application may have logged less."""
    configure_logs(load_settings("testing", {}))


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """Return the application with an empty database and no uploads, in its application context."""
    with shared_app.app_context():
        empty_tables()
        delete_uploads(shared_app.extensions["settings"].upload_dir)
        limiter.reset()
        yield shared_app


@pytest.fixture
def jobs(app: Flask) -> JobQueue:
    """Return the empty queue of jobs."""
    from tests.job_queue import JobQueue  # it declares tasks, which other tests need not know

    return JobQueue()


@pytest.fixture
def events(app: Flask, monkeypatch: pytest.MonkeyPatch) -> EmittedEvents:
    """Return the events that are emitted and committed from now on; nothing else reacts to them."""
    from tests.emitted_events import EmittedEvents

    emitted = EmittedEvents(app.extensions["api"].document)
    monkeypatch.setitem(app.extensions, "reactions", emitted)
    return emitted


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a test client; every response is checked against the OpenAPI document."""
    return app.test_client()


def delete_uploads(folder: Path) -> None:
    """Delete the files that an earlier test has received and kept."""
    for file in folder.iterdir() if folder.is_dir() else ():
        file.unlink()


def empty_tables() -> None:
    """Delete all rows, referring tables first. Ids keep growing, so that no test can rely on them.

    One statement finds the tables with rows: a few DELETEs are faster than TRUNCATE.
    """
    tables, statement = _tables_and_which_have_rows()
    with db.engine.begin() as connection:
        filled = connection.exec_driver_sql(statement).one()
        for table in (table for table, has_rows in zip(tables, filled, strict=True) if has_rows):
            with protection_lifted(connection) if table.name in PROTECTED else nullcontext():
                connection.execute(table.delete())


@cache
def _tables_and_which_have_rows() -> tuple[list[sa.Table], str]:
    """Return all tables, and the statement that finds those with rows: building it would take longer than it does."""
    tables = list(reversed(db.metadata.sorted_tables))
    return tables, str(sa.select(*(sa.exists(sa.select(1).select_from(table)) for table in tables)))
