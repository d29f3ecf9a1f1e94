"""How does a command tell a person that the database is not there, or not as the code needs it? In one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from service.contract.problems import ServiceUnavailable
from service.core.database import read_connection
from service.core.database_errors import translate
from service.core.migrations import database_file_is_missing, newest_revision, revision_of

NOT_AVAILABLE = "The database is locked or cannot be reached"
_UPGRADE = "run `flask --app wsgi db upgrade` first"


@contextmanager
def database_in_sentences() -> Iterator[None]:
    """End the command with a sentence if the database does not answer; a mistake of ours keeps its traceback."""
    try:
        yield
    except ServiceUnavailable:
        raise click.ClickException(f"{NOT_AVAILABLE}.") from None
    except SQLAlchemyError as error:
        if not isinstance(translate(error, ()), ServiceUnavailable):
            raise
        raise click.ClickException(f"{NOT_AVAILABLE}.") from None


def refuse_other_schema() -> None:
    """End the command with a sentence unless the database has the tables that the code was written for."""
    there = None if database_file_is_missing() else revision_of(read_connection())
    if there is None:
        raise click.ClickException(f"The database has no tables yet: {_UPGRADE}.")
    if there != (here := newest_revision()):
        raise click.ClickException(f"The database is at revision {there}, this code at {here}: {_UPGRADE}.")
