"""How does a command tell a person that the database is not there, or not as the code needs it? In one sentence."""

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
    """End the command with a sentence if the database does not answer; a mistake of ours keeps its traceback."""
    try:
        yield
    except ServiceUnavailable:
        raise click.ClickException(f"{DATABASE_UNAVAILABLE}.") from None
    except SQLAlchemyError as error:
        if not isinstance(problem_from_database_error(error, ()), ServiceUnavailable):
            raise
        raise click.ClickException(f"{DATABASE_UNAVAILABLE}.") from None


def require_current_schema() -> None:
    """End the command with a sentence unless the database has the tables that the code was written for."""
    there = None if database_file_is_missing() else current_revision(read_connection())
    if there is None:
        raise click.ClickException(f"The database has no tables yet: {_UPGRADE}.")
    if there != (here := head_revision()):
        raise click.ClickException(f"The database is at revision {there}, this code at {here}: {_UPGRADE}.")
