"""Alembic environment: connection, locking and transactions of migrations, for `alembic` and `flask db`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from alembic import context
from dotenv import load_dotenv
from flask import current_app
from sqlalchemy import Connection

import service.models  # noqa: F401 - completes the metadata
from service.config import Settings, load_settings
from service.core.database import migration_engine
from service.extensions import db
from service.models.base import UtcDateTime

# An arbitrary constant: concurrent deployments take the same lock and so run one after the other.
ADVISORY_LOCK = 4_202_611_211


def current_settings() -> Settings:
    """Return the settings of a test, of the running application (`flask db`), or of the environment (`alembic`)."""
    if given := context.config.attributes.get("settings"):
        return given
    if current_app:
        return current_app.extensions["settings"]
    load_dotenv(Path(__file__).parent.parent / ".env", override=False)
    # As for a `flask` command: migrations sign no tokens, so that production needs no signing key for them.
    return load_settings(None, {**os.environ, "FLASK_RUN_FROM_CLI": "true"})


def render_item(kind: str, thing: Any, _context: Any) -> str | bool:
    """Render our column types as SQLAlchemy's: old migrations must not import the current models."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no migration file if autogenerate finds no changes."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        context.config.print_stdout("No changes in the models detected: no migration written.")


def configure(**target: Any) -> None:
    """Configure Alembic for a connection, or in offline mode for a URL."""
    context.configure(
        **target,
        target_metadata=db.metadata,
        compare_type=True,
        compare_server_default=True,
        render_item=render_item,
        process_revision_directives=skip_empty,
        # SQLite has little ALTER TABLE: batch mode copies the table instead.
        render_as_batch=True,
    )


def print_sql() -> None:
    """Print the SQL for a database administrator to run (`--sql`)."""
    configure(url=current_settings().database_url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    """Run the migrations on the database of the settings."""
    engine = migration_engine(current_settings())
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            migrate_sqlite(connection)
        else:
            migrate_postgresql(connection)
    engine.dispose()


def migrate_postgresql(connection: Connection) -> None:
    """Run each migration in its own transaction, under an advisory lock."""
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
    connection.commit()
    configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate_sqlite(connection: Connection) -> None:
    """Run all migrations in one transaction.

    It takes the write lock before the current revision is read, so that concurrent starts run one after the other.
    """
    configure(connection=connection, transactional_ddl=True, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
        # Foreign keys were not enforced meanwhile: replacing a table would cascade to the rows that refer to it.
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError(f"a migration left rows that violate a foreign key: {tuple(broken)}")


if context.is_offline_mode():
    print_sql()
else:
    migrate()
