"""How do migrations reach the database? The same way for `alembic ...` and for `flask db ...`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from alembic import context
from dotenv import load_dotenv
from flask import current_app
from sqlalchemy import Connection

import service.models  # noqa: F401 - completes the metadata
from service.config import Settings, load
from service.core.database import migration_engine
from service.extensions import db
from service.models.base import UtcDateTime

# Any number will do, so long as it is always the same: two deployments at once take turns.
ADVISORY_LOCK = 4_202_611_211


def current_settings() -> Settings:
    """Return the settings of a test, of the running application, or of the environment (bare `alembic`)."""
    if given := context.config.attributes.get("settings"):
        return given
    if current_app:
        return current_app.extensions["settings"]
    load_dotenv(Path(__file__).parent.parent / ".env", override=False)
    # Migrations sign nothing: production needs no key for them.
    return load(None, {**os.environ, "FLASK_RUN_FROM_CLI": "true"})


def render_item(kind: str, thing: Any, _context: Any) -> str | bool:
    """Write the types of SQLAlchemy into migrations, not ours: they must outlive our code."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no file when nothing has changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        context.config.print_stdout("Nothing has changed in the models: no migration is written.")


def configure(**target: Any) -> None:
    """Configure the run for a connection, or for an address whose SQL is only printed."""
    context.configure(
        **target,
        target_metadata=db.metadata,
        compare_type=True,
        compare_server_default=True,
        render_item=render_item,
        process_revision_directives=skip_empty,
        # SQLite alters a table by copying it.
        render_as_batch=True,
    )


def print_sql() -> None:
    """Print the SQL for a database administrator to run (`--sql`)."""
    configure(url=current_settings().database_url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    """Run the migrations, each in a transaction of its own."""
    engine = migration_engine(current_settings())
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            migrate_sqlite(connection)
        else:
            migrate_postgresql(connection)
    engine.dispose()


def migrate_postgresql(connection: Connection) -> None:
    """Wait for a deployment that is migrating already, then migrate."""
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
    connection.commit()
    configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate_sqlite(connection: Connection) -> None:
    """Migrate in one transaction, which holds the lock from reading the version on: starts take turns."""
    configure(connection=connection, transactional_ddl=True, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
        # Foreign keys were off, or altering a table would have deleted what refers to it.
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError(f"a migration left rows that refer to nothing: {tuple(broken)}")


if context.is_offline_mode():
    print_sql()
else:
    migrate()
