import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError

from service.contract.problems import Problem
from service.core.database import init_database, migration_engine, read_connection, transaction
from service.extensions import db
from service.models.users import User
from tests.conftest import on_postgresql, on_sqlite, settings_on
from tests.factories import create_user


@pytest.fixture
def statements(app):
    """Collect what is sent to the database, transaction control on SQLite included."""
    seen = []

    def collect(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", collect)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", collect)


class TestTransaction:
    def test_commits(self, app):
        with transaction() as session:
            session.add(User(username="ada", display_name="Ada", email="ada@example.org", role="author"))
        assert read_connection().scalar(sa.select(User.username)) == "ada"

    def test_rolls_back_everything_when_it_raises(self, app):
        def fail():
            with transaction() as session:
                session.add(User(username="ada", display_name="Ada", email="ada@example.org", role="author"))
                session.flush()
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert read_connection().scalar(sa.select(sa.func.count()).select_from(User)) == 0
        assert not db.session().in_transaction()

    def test_a_problem_with_commit_on_raise_is_raised_after_the_commit(self, app):
        class Noted(Problem):
            commit_on_raise = True

        def fail():
            with transaction() as session:
                session.add(User(username="ada", display_name="Ada", email="ada@example.org", role="author"))
                raise Noted

        with pytest.raises(Noted):
            fail()
        assert read_connection().scalar(sa.select(User.username)) == "ada"
        with pytest.raises(IntegrityError):  # what fails in the commit itself is not hidden by the problem
            fail()
        assert not db.session().in_transaction()

    def test_any_other_problem_keeps_none(self, app):
        def fail():
            with transaction() as session:
                session.add(User(username="ada", display_name="Ada", email="ada@example.org", role="author"))
                session.flush()
                raise Problem

        with pytest.raises(Problem):
            fail()
        assert read_connection().scalar(sa.select(sa.func.count()).select_from(User)) == 0


class TestReadConnection:
    def test_is_one_per_context_and_goes_back_to_the_pool(self, app):
        in_use = db.engine.pool.checkedout()
        with app.app_context():
            connection = read_connection()
            assert read_connection() is connection
            assert db.engine.pool.checkedout() == in_use + 1
        assert connection.closed
        assert db.engine.pool.checkedout() == in_use

    def test_sees_what_others_commit_between_two_statements(self, app):
        names = sa.select(sa.func.count()).select_from(User)
        assert read_connection().scalar(names) == 0
        create_user()
        assert read_connection().scalar(names) == 1

    def test_begins_no_transaction(self, app, statements):
        read_connection().scalar(sa.select(1))
        assert [statement for statement in statements if "BEGIN" in statement] == []
        raw = read_connection().connection.dbapi_connection
        if isinstance(raw, sqlite3.Connection):
            assert not raw.in_transaction
        else:
            assert raw.info.transaction_status.name == "IDLE"

    def test_leaves_the_pooled_connection_fit_for_transactions(self, app):
        for _ in range(3):
            with app.app_context():
                read_connection().scalar(sa.select(1))
            create_user()
            with db.engine.connect() as connection:
                connection.execute(sa.delete(User))
                connection.rollback()
                assert connection.scalar(sa.select(sa.func.count()).select_from(User)) > 0


@pytest.fixture
def default_timeouts(database_url, tmp_path):
    """Open the database with the settings of production; `app` waits longer, for busy machines."""
    app = Flask(__name__)
    init_database(app, settings_on(database_url, tmp_path))
    with app.app_context():
        yield
    with app.app_context():
        db.engine.dispose()


@on_sqlite
class TestSqlite:
    def test_pragmas(self, default_timeouts):
        found = {
            name: read_connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
        assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 5000}

    def test_the_session_begins_for_writing(self, app, statements):
        db.session.scalar(sa.select(1))
        assert statements[0] == "BEGIN IMMEDIATE"

    def test_a_request_that_only_reads_does_not_keep_writers_waiting(self, app, statements):
        with app.test_request_context("/"):
            db.session.scalar(sa.select(1))
        assert statements[0] == "BEGIN"

    def test_800_concurrent_changes_all_succeed(self, app):
        user = create_user(bio="")
        db.session.remove()
        start = threading.Barrier(8)

        def change_100_times():
            start.wait()
            for _ in range(100):
                # Read, then write: what fails in a deferred transaction.
                with app.app_context(), transaction() as session:
                    row = session.get_one(User, user.id)
                    row.bio = f"{len(row.bio)}".rjust(len(row.bio) + 1, ".")[: len(row.bio) + 1]

        with ThreadPoolExecutor(8) as threads:
            for done in [threads.submit(change_100_times) for _ in range(8)]:
                done.result()
        assert len(db.session.get_one(User, user.id).bio) == 800

    def test_ids_of_the_deleted_do_not_come_back(self, app):
        first = create_user()
        db.session.delete(first)
        db.session.commit()
        assert create_user().id > first.id

    def test_folder_of_the_database_is_made(self, database_kind, tmp_path):
        engine = migration_engine(settings_on(f"sqlite:///{tmp_path}/new/folder/x.sqlite3", tmp_path))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0


@on_postgresql
class TestPostgresql:
    def test_time_outs_and_time_zone(self, default_timeouts):
        found = {
            name: read_connection().exec_driver_sql(f"SHOW {name}").scalar()
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "timezone",
            )
        }
        assert found == {
            "statement_timeout": "3s",
            "lock_timeout": "1s",
            "idle_in_transaction_session_timeout": "10s",
            "timezone": "UTC",
        }

    def test_options_of_the_address_are_kept(self, database_url, tmp_path):
        engine = migration_engine(settings_on(f"{database_url}&options=-c%20work_mem%3D5MB", tmp_path))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW work_mem").scalar() == "5MB"
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "5s"
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "0"

    def test_connections_that_died_while_idle_are_replaced(self, app, monkeypatch):
        monkeypatch.setattr("service.core.database.PING_AFTER_IDLE_S", 0)
        db.engine.dispose()
        before = two_backends()
        terminate_backends(app, *before)
        assert two_backends().isdisjoint(before)

    def test_one_that_was_just_used_is_not_asked_and_fails_once_for_all(self, app, monkeypatch):
        monkeypatch.setattr("service.core.database.PING_AFTER_IDLE_S", 60)
        db.engine.dispose()
        before = two_backends()
        terminate_backends(app, *before)
        with pytest.raises(OperationalError):
            two_backends()
        assert two_backends().isdisjoint(before)

    def test_repeated_statements_are_prepared_on_the_server(self, app):
        for _ in range(4):
            read_connection().scalar(sa.select(sa.func.count()).select_from(User))
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%FROM users%%'"
        assert read_connection().exec_driver_sql(prepared).scalar() == 1


def terminate_backends(app, *pids):
    """End the server's processes of these connections, as its restart does; return when they are gone."""
    with migration_engine(app.extensions["settings"]).connect() as connection:
        for pid in pids:
            assert connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 60000)").scalar()


def two_backends():
    """Use two connections at a time and return the ids of their processes."""
    with db.engine.connect() as first, db.engine.connect() as second:
        return {each.exec_driver_sql("SELECT pg_backend_pid()").scalar() for each in (first, second)}


def test_errors_do_not_carry_parameters(app):
    with pytest.raises(
        OperationalError if db.engine.dialect.name == "sqlite" else sa.exc.ProgrammingError
    ) as caught:
        read_connection().execute(
            sa.text("SELECT * FROM nowhere WHERE email = :email"), {"email": "ada@example.org"}
        )
    assert "ada@example.org" not in str(caught.value)
