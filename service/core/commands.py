"""Shared error handling of CLI commands: database unavailable, migrations not run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from service.contract.problems import ServiceUnavailable
from service.core.database import read_connection
from service.core.database_errors import translate
from service.core.schema import database_file_is_missing, newest_revision, revision_of

NOT_AVAILABLE = "The database is locked or cannot be reached"
_UPGRADE = "run `flask --app wsgi db upgrade` first"


@contextmanager
def database_in_sentences() -> Iterator[None]:
    """Turn an unavailable database into a `ClickException`; other database errors are raised unchanged."""
    try:
        yield
    except ServiceUnavailable:
        raise click.ClickException(f"{NOT_AVAILABLE}.") from None
    except SQLAlchemyError as error:
        if not isinstance(translate(error, ()), ServiceUnavailable):
            raise
        raise click.ClickException(f"{NOT_AVAILABLE}.") from None


def refuse_other_schema() -> None:
    """Raise a `ClickException` unless all migrations have been run."""
    there = None if database_file_is_missing() else revision_of(read_connection())
    if there is None:
        raise click.ClickException(f"The database has no tables; {_UPGRADE}.")
    if there != (here := newest_revision()):
        raise click.ClickException(
            f"Pending migrations: the database is at {there}, the code expects {here}; {_UPGRADE}."
        )
