"""Can the database be asked?"""

from __future__ import annotations

from sqlalchemy import text

from service.core.database import read_connection


def ask_database() -> None:
    """Run the smallest statement there is; whatever the driver raises comes through."""
    read_connection().execute(text("SELECT 1"))
