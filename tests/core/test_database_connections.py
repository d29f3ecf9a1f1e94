import socket
import sqlite3
import threading
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask, g
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.core.database import init_database
from service.core.database_connections import PostgresqlConnection
from service.core.database_waits import DatabaseUnanswered
from service.extensions import db
from tests.conftest import on_postgresql, on_sqlite, settings_on
from tests.core.test_database import terminate_backends, two_backends

BRIEF, LONG = "0.1", "60"


@pytest.fixture
def new_app(database_url, tmp_path):
    """Return a function that makes an application with a pool of one connection, connected, and other settings."""
    apps = []

    def make(*, connected=True, **variables):
        pool = {"DATABASE_POOL_SIZE": "1", "DATABASE_MAX_OVERFLOW": "0"}
        app = Flask(__name__)
        app.extensions["settings"] = settings_on(database_url, tmp_path, **{**pool, **variables})
        init_database(app, app.extensions["settings"])
        apps.append(app)
        if connected:
            with app.app_context(), db.engine.connect():
                pass
        return app

    yield make
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def request_to(app, method="POST"):
    """Begin a request as the server does."""
    with app.test_request_context("/", method=method):
        app.preprocess_request()
        yield


class TestPool:
    def test_a_request_waits_for_a_connection_as_long_as_for_the_database(self, new_app):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S=BRIEF, DATABASE_POOL_TIMEOUT_S=LONG)
        with request_to(app), db.engine.connect(), pytest.raises(DatabaseUnanswered):
            db.engine.connect()

    def test_nobody_waits_longer_than_the_pool_allows(self, new_app):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S=LONG, DATABASE_POOL_TIMEOUT_S=BRIEF)
        for context in (app.app_context(), request_to(app)):
            with context, db.engine.connect(), pytest.raises(PoolTimeout) as caught:
                db.engine.connect()
            assert not isinstance(caught.value, DatabaseUnanswered)

    def test_a_connection_that_is_returned_ends_the_wait(self, new_app):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S=LONG, DATABASE_POOL_TIMEOUT_S=LONG)
        with request_to(app):
            first = db.engine.connect()
            returning = threading.Timer(0.1, first.close)
            returning.start()
            with db.engine.connect() as second:
                assert second.scalar(sa.select(1)) == 1
            returning.join()

    def test_the_first_connection_keeps_nobody_waiting_for_longer(self, new_app):
        app = new_app(connected=False, DATABASE_REQUEST_TIMEOUT_S=BRIEF)
        connects, goes_on = threading.Event(), threading.Event()

        def connect_slowly(*_arguments):
            connects.set()
            goes_on.wait(60)

        def use_first():
            with app.app_context(), db.engine.connect():
                pass

        with request_to(app):
            sa.event.listen(db.engine, "connect", connect_slowly, insert=True)
            first = threading.Thread(target=use_first)
            first.start()
            assert connects.wait(60)
            try:
                with pytest.raises(DatabaseUnanswered):
                    db.engine.connect()
            finally:
                goes_on.set()
                first.join()
        with app.app_context(), db.engine.connect() as connection:
            assert connection.scalar(sa.select(1)) == 1


@on_sqlite
class TestWriteLock:
    @pytest.fixture
    def locked(self, database_url):
        connection = sqlite3.connect(sa.make_url(database_url).database, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()

    @pytest.mark.usefixtures("locked")
    @pytest.mark.parametrize(
        ("request_s", "busy_s", "error"), [(BRIEF, LONG, DatabaseUnanswered), (LONG, BRIEF, OperationalError)]
    )
    def test_is_awaited_within_both_limits(self, new_app, request_s, busy_s, error):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S=request_s, DATABASE_BUSY_TIMEOUT_S=busy_s)
        with request_to(app):
            with pytest.raises(error):
                db.session.execute(sa.select(1))
            db.session.remove()
        with request_to(app, "GET"):  # readers wait for no writer, whatever happened to others
            assert db.session.scalar(sa.text("PRAGMA busy_timeout")) == float(busy_s) * 1000

    def test_is_taken_when_it_is_free(self, new_app):
        with request_to(new_app()):
            assert db.session.connection().connection.dbapi_connection.in_transaction


@pytest.fixture
def silent():
    """Listen and never answer; the kernel accepts the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


def address_of(listener):
    return f"host=127.0.0.1 port={listener.getsockname()[1]} connect_timeout=60"


def ends(listener):
    """Tell that the next connection was closed by the client."""
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(60)
        while connection.recv(1024):
            pass
    return True


@on_postgresql
class TestConnection:
    def test_attempt_to_connect_ends(self, new_app, silent):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S=BRIEF)
        with request_to(app):
            for _ in range(2):  # the second time there is no time left
                with pytest.raises(
                    psycopg.OperationalError, match=r"did not answer the request in 0\.1 s"
                ) as caught:
                    PostgresqlConnection.connect(address_of(silent))
            assert ends(silent)
            assert caught.value.__traceback__ is not None

    def test_attempt_that_ends_by_itself_is_over(self, new_app, silent, monkeypatch):
        monkeypatch.setattr("psycopg.connection.timeout_from_conninfo", lambda _: 0.2)
        with request_to(new_app(DATABASE_REQUEST_TIMEOUT_S=LONG)):
            with pytest.raises(psycopg.errors.ConnectionTimeout) as caught:
                PostgresqlConnection.connect(address_of(silent))
            assert ends(silent)
            assert g.database_waits.begin()
            assert caught.value.__traceback__ is not None  # it keeps alive what it was raised in

    def test_query_ends_and_its_connection_is_closed(self, new_app):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S=BRIEF)
        with request_to(app), db.engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            with pytest.raises(OperationalError, match=r"did not answer the request in 0\.1 s"):
                connection.exec_driver_sql("SELECT pg_sleep(60)")
            assert driver.closed
            assert connection.invalidated
        with app.app_context(), db.engine.connect() as connection:
            assert connection.scalar(sa.select(1)) == 1

    def test_statements_share_the_time_of_the_request(self, new_app):
        app = new_app(DATABASE_REQUEST_TIMEOUT_S="0.5")
        with request_to(app), db.engine.connect() as connection:
            naps = (connection.exec_driver_sql("SELECT pg_sleep(0.2)") for _ in range(10))
            with pytest.raises(OperationalError, match="did not answer the request"):
                list(naps)

    def test_commands_wait_without_a_limit(self, new_app):
        with new_app(DATABASE_REQUEST_TIMEOUT_S="0.01").app_context(), db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(0.2)")

    def test_rollback_of_a_lost_connection_is_silent(self, app, monkeypatch):
        monkeypatch.setattr("service.core.database.PING_AFTER_IDLE_S", 60)
        with db.engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            terminate_backends(app, pid)
            connection.rollback()
        assert pid not in two_backends()  # what was lost does not come back out of the pool
