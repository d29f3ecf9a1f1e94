"""A PostgreSQL database that goes away: its connections end, and new ones are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from service.extensions import db

_END_CONNECTIONS = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")


@contextmanager
def gone_database() -> Iterator[None]:
    """Let the database of the application be gone in the block."""
    name = db.engine.url.database
    engine = sa.create_engine(
        db.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        try:
            connection.execute(_END_CONNECTIONS, {"name": name})
            yield
        finally:
            connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
