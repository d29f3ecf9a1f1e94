"""Shared error handling of CLI commands: database unavailable, migrations not run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from service.contract.problems import ServiceUnavailable
from service.core.database import read_connection
from service.core.database_errors import problem_from_database_error
from service.core.migrations import current_revision, database_file_is_missing, head_revision

DATABASE_UNAVAILABLE = "The database is locked or cannot be reached"
_UPGRADE = "run `flask --app wsgi db upgrade` first"


@contextmanager
def cli_database_errors() -> Iterator[None]:
    """Turn an unavailable database into a `ClickException`; other database errors are raised unchanged."""
    try:
        yield
    except ServiceUnavailable:
        raise click.ClickException(f"{DATABASE_UNAVAILABLE}.") from None
    except SQLAlchemyError as error:
        if not isinstance(problem_from_database_error(error, ()), ServiceUnavailable):
            raise
        raise click.ClickException(f"{DATABASE_UNAVAILABLE}.") from None


def require_current_schema() -> None:
    """Raise a `ClickException` unless all migrations have been run."""
    there = None if database_file_is_missing() else current_revision(read_connection())
    if there is None:
        raise click.ClickException(f"The database has no tables; {_UPGRADE}.")
    if there != (here := head_revision()):
        raise click.ClickException(
            f"Pending migrations: the database is at {there}, the code expects {here}; {_UPGRADE}."
        )
