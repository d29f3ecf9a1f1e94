"""Migrations: they match the models, work up and down on tables with rows, and run one after the other."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.core.database import migration_engine
from service.extensions import db
from tests.conftest import ROOT, alembic_config, on_sqlite, settings_on

ROWS = 3

# Columns with a CHECK constraint on their values.
ALLOWED_TEXTS = {"role": "author", "status": "draft"}


@pytest.fixture
def settings(empty_database_url, tmp_path):
    return settings_on(empty_database_url, tmp_path)


@pytest.fixture
def engine(settings):
    return migration_engine(settings)


@pytest.fixture
def config(settings):
    return alembic_config(settings)


class TestModels:
    def test_are_what_the_migrations_make(self, config, engine):
        command.upgrade(config, "head")
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, db.metadata) == []

    def test_have_the_same_constraints_as_the_migrated_tables(
        self, config, engine, database_kind, new_database, tmp_path
    ):
        """Alembic does not compare CHECKs, primary keys, AUTOINCREMENT or what happens ON DELETE."""
        command.upgrade(config, "head")
        created = migration_engine(settings_on(new_database(database_kind), tmp_path))
        db.metadata.create_all(created)
        assert constraints(engine) == constraints(created)


class TestUpAndDown:
    def test_every_step_works_on_tables_with_rows(self, config, engine):
        for revision in revisions(config):
            before = filled(engine)
            command.upgrade(config, revision)
            assert rows(engine).items() >= before.items()
        everything = filled(engine)
        assert everything
        assert set(everything.values()) == {ROWS}
        for _ in revisions(config):
            command.downgrade(config, "-1")
            assert rows(engine).items() <= everything.items()
        assert rows(engine) == {}
        command.upgrade(config, "head")
        assert filled(engine) == everything

    def test_there_is_one_head(self, config):
        assert len(ScriptDirectory.from_config(config).get_heads()) == 1

    def test_files_are_dated(self, config):
        script = ScriptDirectory.from_config(config)
        names = [Path(script.get_revision(revision).path).name for revision in revisions(config)]
        assert names == sorted(names)
        assert all(
            datetime.strptime(name.split("_")[0], "%Y-%m-%d-%H%M").replace(tzinfo=UTC) for name in names
        )


class TestAddCommentSearch:
    def test_existing_comments_can_be_searched(self, config, engine):
        command.upgrade(config, "7d0e5b3c9a42")
        filled(engine)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE comments SET body = 'CAF\u00c9' WHERE id = 2"))
        command.upgrade(config, "c81f5e0b7d24")
        with engine.connect() as connection:
            keys = connection.execute(sa.text("SELECT body_key FROM comments ORDER BY id")).scalars()
            assert list(keys) == ["body1", "caf\u00e9", "body3"]


class TestSchedulePosts:
    def test_without_it_scheduled_posts_are_drafts(self, config, engine):
        command.upgrade(config, "d41a7c9e5b30")
        filled(engine)
        with engine.begin() as connection:
            posts = sa.Table("posts", sa.MetaData(), autoload_with=connection)
            ids = list(connection.scalars(sa.select(posts.c.id).order_by(posts.c.title)))
            at = datetime(2030, 1, 1, tzinfo=UTC)
            values = {"status": "scheduled", "scheduled_at": at, "listed_at": at, "published_at": None}
            connection.execute(posts.update().where(posts.c.id == ids[0]).values(values))
        command.downgrade(config, "-1")
        with engine.connect() as connection:
            posts = sa.Table("posts", sa.MetaData(), autoload_with=connection)
            row = connection.execute(sa.select(posts).where(posts.c.id == ids[0])).one()
            assert (row.status, row.published_at, row.listed_at) == ("draft", None, row.created_at)
            assert "scheduled_at" not in posts.columns


@on_sqlite
class TestSqlite:
    def test_what_fails_leaves_nothing_behind(self, config, engine, monkeypatch):
        def fail(*_arguments, **_options):
            raise RuntimeError("halfway")

        monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
        with pytest.raises(RuntimeError, match="halfway"):
            command.upgrade(config, "head")
        assert rows(engine) == {}

    def test_rows_that_refer_to_nothing_are_an_error(self, config, engine):
        command.upgrade(config, "head")
        with engine.begin() as connection:
            sessions = sa.Table("sessions", sa.MetaData(), autoload_with=connection)
            connection.execute(
                sessions.insert(), {c.name: sample(c, 1) for c in sessions.columns} | {"user_id": 99}
            )
        with pytest.raises(RuntimeError, match="violate a foreign key"):
            command.downgrade(config, "-1")


class TestCommands:
    """The commands, in processes of their own, from the root of the repository."""

    @pytest.mark.parametrize("program", [["alembic"], ["flask", "db"]], ids=" ".join)
    def test_upgrade_head(self, program, settings, engine):
        run([*program, "upgrade", "head"], settings)
        assert set(rows(engine)) == set(db.metadata.tables)
        assert "(head)" in run([*program, "current"], settings)

    @pytest.mark.parametrize("program", [["alembic"], ["flask", "db"]], ids=" ".join)
    def test_check_finds_no_difference(self, program, settings, config):
        command.upgrade(config, "head")
        assert "No new upgrade operations detected" in run([*program, "check"], settings)

    def test_sql_can_be_printed_for_an_administrator(self, settings):
        assert "CREATE TABLE users" in run(["alembic", "upgrade", "head", "--sql"], settings)

    def test_two_at_once_take_turns(self, settings, engine):
        both = [
            subprocess.Popen(arguments(["alembic", "upgrade", "head"]), **process(settings)) for _ in range(2)
        ]
        outputs = [one.communicate(timeout=300) for one in both]
        assert [one.returncode for one in both] == [0, 0], outputs
        assert set(rows(engine)) == set(db.metadata.tables)


def run(words, settings):
    """Run a command of the virtual environment and return its output."""
    result = subprocess.run(arguments(words), check=False, timeout=300, **process(settings))
    assert result.returncode == 0, result.stdout
    return result.stdout


def arguments(words):
    return [str(Path(sys.executable).parent / words[0]), *words[1:]]


def process(settings):
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {
        "DATABASE_URL": settings.database_url,
        "VAR_DIR": str(settings.var_dir),
        "FLASK_ENV": "testing",
    }
    return {"cwd": ROOT, "env": environ, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}


def revisions(config):
    """Return all revisions, oldest first."""
    return [
        script.revision for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))
    ]


def reflected(engine):
    metadata = sa.MetaData()
    metadata.reflect(engine)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def rows(engine):
    """Return the number of rows of each table."""
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in names
        }


def filled(engine):
    """Insert rows into every empty table, by its reflected columns; return the number of rows of each table."""
    for table in reflected(engine):
        with engine.begin() as connection:
            if connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0:
                created = [
                    {c.name: sample(c, number) for c in table.columns} for number in range(1, ROWS + 1)
                ]
                connection.execute(table.insert(), created)
    return rows(engine)


def sample(column, number):
    """Return a value for the column: different for each number, the same in columns that refer to it."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer | sa.Numeric):
        return number
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 1, number, tzinfo=UTC if kind.timezone else None)
    if isinstance(kind, sa.Uuid):
        return uuid4() if not column.foreign_keys and not column.primary_key else f"{number:032x}"
    if isinstance(kind, sa.LargeBinary):
        return bytes([number]) * 32
    if isinstance(kind, sa.JSON):
        return {}
    if isinstance(kind, sa.CHAR):
        return f"{number:0{kind.length}x}"
    return ALLOWED_TEXTS.get(column.name, f"{column.name}{number}"[: kind.length or 100])


def constraints(engine):
    """Return the reflected constraints and indexes of each table."""
    inspector = sa.inspect(engine)
    tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
    with engine.connect() as connection:
        counting = set()
        if engine.dialect.name == "sqlite":
            made_so = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
            counting = set(connection.exec_driver_sql(made_so).scalars())
    return {
        name: {
            "primary": inspector.get_pk_constraint(name),
            "unique": named(inspector.get_unique_constraints(name)),
            "checks": named(inspector.get_check_constraints(name)),
            "foreign": named(inspector.get_foreign_keys(name)),
            "indexes": named(inspector.get_indexes(name)),
            "counting": name in counting,
        }
        for name in tables
    }


def named(things):
    # The condition of a partial index is reflected as an SQL text, which only equals itself.
    comparable = [
        {
            **thing,
            "dialect_options": {key: str(value) for key, value in thing.get("dialect_options", {}).items()},
        }
        for thing in things
    ]
    return sorted(comparable, key=lambda thing: str(thing["name"]))
