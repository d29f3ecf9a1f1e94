"""Current and head Alembic revision of the database; running migrations is left to `bootstrap` and Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection, inspect, text

from service.core.database import is_sqlite
from service.extensions import db


def current_revision(connection: Connection) -> str | None:
    """Return the current revision of the database; None if no migration was ever run."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def head_revision() -> str | None:
    """Return the head revision: the one that this code expects."""
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return ScriptDirectory.from_config(config).get_current_head()


def database_file_is_missing() -> bool:
    """Tell whether the SQLite file does not exist. Check it before connecting, which would create the file."""
    url = db.engine.url
    return is_sqlite(url) and not Path(url.database or "").exists()
