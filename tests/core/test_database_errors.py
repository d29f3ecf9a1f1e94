import threading
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from service.contract.problems import Conflict, PreconditionFailed, ServiceUnavailable
from service.core.database import init_database, migration_engine
from service.core.database_errors import problem_from_database_error, violated_constraint
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import Session
from service.models.users import User
from tests.conftest import on_postgresql, on_sqlite, settings_on
from tests.factories import create_user


class UsernameTaken(Conflict):
    """This username belongs to another account."""

    code = "TEST_USERNAME_TAKEN"
    constraint = "uq_users_username_key"


class NoSuchUser(Conflict):
    """The account is gone."""

    code = "TEST_NO_SUCH_USER"
    constraint = "fk_sessions_user_id_users"


@pytest.fixture
def scratch(empty_database_url, tmp_path):
    """An engine on a database of its own, with a table that has every kind of constraint."""
    metadata = sa.MetaData()
    table = sa.Table(
        "thing",
        metadata,
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer, nullable=False),
        sa.Column("c", sa.Integer),
        sa.PrimaryKeyConstraint("a", "b", name="pk_thing"),
        sa.CheckConstraint("b < 10", name="ck_thing_b"),
        sa.Index("ix_thing_c", "c", unique=True),
        sa.Index("ix_thing_bc", sa.text("(b + c)"), unique=True),
    )
    engine = migration_engine(settings_on(empty_database_url, tmp_path))
    metadata.create_all(engine)
    return engine, table, metadata


def violation(engine, table, **row):
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        connection.execute(table.insert(), row)
    return caught.value


class TestViolatedConstraint:
    def test_names_the_constraint_on_both_databases(self, scratch):
        engine, table, metadata = scratch
        with engine.begin() as connection:
            connection.execute(table.insert(), {"a": 1, "b": 1, "c": 1})
        names = [
            violated_constraint(violation(engine, table, **row), metadata)
            for row in (
                {"a": 1, "b": 1, "c": 50},
                {"a": 2, "b": 2, "c": 1},
                {"a": 3, "b": 0, "c": 2},
                {"a": 4, "b": 10, "c": 4},
            )
        ]
        assert names == ["pk_thing", "ix_thing_c", "ix_thing_bc", "ck_thing_b"]

    def test_a_missing_value_has_no_constraint(self, scratch):
        engine, table, metadata = scratch
        assert violated_constraint(violation(engine, table, a=1, b=None), metadata) is None


class TestConflicts:
    def provoke(self, row):
        db.session.add(row)
        with pytest.raises(IntegrityError) as caught:
            db.session.flush()
        db.session.rollback()
        return caught.value

    @pytest.fixture
    def doubled(self, app):
        create_user(username="ada")
        return self.provoke(User(username="ADA", display_name="A", email="other@example.org", role="author"))

    def test_is_the_declared_problem(self, doubled):
        assert type(problem_from_database_error(doubled, [NoSuchUser, UsernameTaken])) is UsernameTaken

    def test_is_a_mistake_of_ours_when_it_is_not_declared(self, doubled):
        assert problem_from_database_error(doubled, [NoSuchUser, Conflict]) is None

    def test_foreign_key_is_the_declared_problem(self, app):
        now = utcnow()
        orphan = self.provoke(Session(user_id=123456, created_at=now, last_used_at=now, expires_at=now))
        assert type(problem_from_database_error(orphan, [UsernameTaken, NoSuchUser])) is NoSuchUser
        assert problem_from_database_error(orphan, [UsernameTaken]) is None


class TestStaleData:
    def test_is_a_failed_precondition(self, app):
        user = create_user()
        user.bio = "mine"
        with db.engine.begin() as other:
            other.execute(sa.update(User).values(version=User.version + 1))
        db.session.add(user)
        with pytest.raises(StaleDataError) as caught:
            db.session.flush()
        db.session.rollback()
        assert isinstance(problem_from_database_error(caught.value, []), PreconditionFailed)


class TestUnavailable:
    @on_postgresql
    def test_statement_time_out(self, app):
        self.assert_unavailable(self.run("SELECT pg_sleep(10)", "SET LOCAL statement_timeout = '50ms'"))

    @on_postgresql
    def test_lock_time_out(self, app):
        with self.locked_users():
            self.assert_unavailable(self.run("LOCK TABLE users", "SET LOCAL lock_timeout = '50ms'"))

    @on_postgresql
    def test_deadlock(self, app):
        first, second = create_user(), create_user()
        db.session.remove()
        found, meet = [], threading.Barrier(2)

        def lock(*ids):
            try:
                with app.app_context(), db.engine.begin() as connection:
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
                    for user_id in ids:
                        connection.execute(sa.update(User).where(User.id == user_id).values(bio="x"))
                        if user_id == ids[0]:
                            meet.wait()
            except DBAPIError as error:
                found.append(error)

        threads = [
            threading.Thread(target=lock, args=ids) for ids in ((first.id, second.id), (second.id, first.id))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 1
        self.assert_unavailable(found[0])

    @on_postgresql
    def test_lost_connection(self, app):
        with db.engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with migration_engine(app.extensions["settings"]).connect() as other:
                # Returns when the process is gone, or false after a minute.
                assert other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 60000)").scalar()
            with pytest.raises(OperationalError) as caught:
                connection.exec_driver_sql("SELECT 1")
        self.assert_unavailable(caught.value)

    def test_no_server(self, tmp_path):
        engine = migration_engine(settings_on("postgresql://x@127.0.0.1:1/x", tmp_path))
        with pytest.raises(OperationalError) as caught:
            engine.connect()
        self.assert_unavailable(caught.value)

    @on_sqlite
    def test_sqlite_that_stays_busy(self, database_url, tmp_path):
        app = Flask(__name__)
        settings = settings_on(database_url, tmp_path, DATABASE_BUSY_TIMEOUT_S="0.05")
        init_database(app, settings)
        with app.app_context():
            with db.engine.begin(), pytest.raises(OperationalError) as caught:
                db.engine.connect().begin()
            self.assert_unavailable(caught.value)
            db.engine.dispose()

    def test_exhausted_pool(self):
        self.assert_unavailable(PoolTimeout("QueuePool limit of size 10 overflow 10 reached"))

    def test_a_mistake_in_sql_is_not_excused(self, app):
        assert problem_from_database_error(self.run("SELECT nothing FROM nowhere"), []) is None

    @on_postgresql
    def test_a_value_out_of_range_is_not_excused(self, app):
        assert problem_from_database_error(self.run("SELECT 1 / 0"), []) is None

    def test_other_exceptions_are_none_of_its_business(self):
        assert problem_from_database_error(ValueError("x"), [UsernameTaken]) is None

    @contextmanager
    def locked_users(self):
        with db.engine.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE users")
            yield

    def run(self, statement, before="SELECT 1"):
        with db.engine.connect() as connection:
            connection.exec_driver_sql(before)
            with pytest.raises(DBAPIError) as caught:
                connection.exec_driver_sql(statement)
        return caught.value

    def assert_unavailable(self, error):
        problem = problem_from_database_error(error, [UsernameTaken])
        assert isinstance(problem, ServiceUnavailable)
        assert "Retry-After" in problem.headers
