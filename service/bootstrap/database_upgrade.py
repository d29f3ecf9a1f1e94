"""Runs pending migrations."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask_migrate import upgrade

from service.core.database import read_connection
from service.core.migrations import current_revision, database_file_is_missing, head_revision


def upgrade_database() -> bool:
    """Run pending migrations; tell whether an existing database was upgraded."""
    before = None if database_file_is_missing() else current_revision(read_connection())
    if before == head_revision():
        return False
    with _quiet_alembic():
        upgrade()
    return before is not None


@contextmanager
def _quiet_alembic() -> Iterator[None]:
    """Do not log the steps of Alembic: they are noise on a first start."""
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
