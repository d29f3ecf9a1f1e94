"""Is the database as new as the code? It is at the revision of one migration, and the folder has a last one."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection, inspect, text

from service.core.database import is_sqlite
from service.extensions import db


def current_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at; None if no migration has ever run there."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def head_revision() -> str | None:
    """Return the revision that this code was written for."""
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return ScriptDirectory.from_config(config).get_current_head()


def database_file_is_missing() -> bool:
    """Tell whether the database would be a file that is not there: merely to connect would make it."""
    url = db.engine.url
    return is_sqlite(url) and not Path(url.database or "").exists()
