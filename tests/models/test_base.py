from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from service.core.database import migration_engine
from service.models.base import BigId, Model, UtcDateTime, utcnow
from tests.conftest import settings_on

instants = sa.Table("instants", sa.MetaData(), sa.Column("at", UtcDateTime()))


@pytest.fixture
def connection(empty_database_url, tmp_path):
    engine = migration_engine(settings_on(empty_database_url, tmp_path))
    instants.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection


class TestUtcDateTime:
    @pytest.mark.parametrize("microsecond", [0, 1, 999_999])
    def test_comes_back_in_utc_with_its_microseconds(self, connection, microsecond):
        given = datetime(
            2026, 11, 21, 23, 30, 5, microsecond, tzinfo=timezone(-timedelta(hours=3, minutes=30))
        )
        connection.execute(instants.insert(), {"at": given})
        (found,) = connection.scalars(sa.select(instants.c.at))
        assert found == given
        assert found.tzinfo is UTC or found.utcoffset() == timedelta(0)
        assert found.isoformat() == given.astimezone(UTC).isoformat()

    def test_sorts_and_compares_as_instants(self, connection):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        east = timezone(timedelta(hours=12))
        given = [
            start + step
            for step in (timedelta(0), timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=5))
        ]
        connection.execute(instants.insert(), [{"at": at.astimezone(east)} for at in reversed(given)])
        assert list(connection.scalars(sa.select(instants.c.at).order_by(instants.c.at))) == given
        later = sa.select(instants.c.at).where(instants.c.at > start.astimezone(east)).order_by(instants.c.at)
        assert list(connection.scalars(later)) == given[1:]

    def test_refuses_what_has_no_time_zone(self, connection):
        with pytest.raises(sa.exc.StatementError, match="naive"):
            connection.execute(instants.insert(), {"at": datetime(2026, 1, 1)})  # noqa: DTZ001

    def test_none_stays_none(self, connection):
        connection.execute(instants.insert(), {"at": None})
        assert connection.scalar(sa.select(instants.c.at)) is None


def test_utcnow_is_aware_and_now():
    assert abs(utcnow() - datetime.now(UTC)) < timedelta(seconds=5)
    assert utcnow().utcoffset() == timedelta(0)


class TestModel:
    def table(self, *parts):
        return Model.__table_cls__(f"t{id(parts)}", sa.MetaData(), *parts)

    def autoincrement(self, *parts):
        return self.table(*parts).dialect_options["sqlite"]["autoincrement"]

    def test_only_a_generated_integer_id_is_never_used_again(self):
        assert self.autoincrement(sa.Column("id", BigId, primary_key=True))
        assert not self.autoincrement(sa.Column("id", sa.Uuid(), primary_key=True))
        assert not self.autoincrement(sa.Column("id", BigId, sa.ForeignKey("other.id"), primary_key=True))
        assert not self.autoincrement(
            sa.Column("id", BigId, primary_key=True), sa.ForeignKeyConstraint(["id"], ["other.id"])
        )
        assert not self.autoincrement(
            sa.Column("a", BigId, primary_key=True), sa.Column("b", BigId, primary_key=True)
        )

    def test_every_constraint_of_every_table_has_a_name(self):
        unnamed = [
            constraint
            for table in Model.metadata.tables.values()
            for constraint in (*table.constraints, *table.indexes)
            if constraint.name is None
        ]
        assert unnamed == []
