"""How do sessions that are over leave the database? `flask purge-sessions`, for a timer: once a day is enough."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.core.commands import database_in_sentences, refuse_other_schema
from service.core.database import transaction
from service.core.sessions import purge_sessions


@click.command("purge-sessions")
@with_appcontext
def purge() -> None:
    """Delete expired sessions and refresh tokens; nobody is logged out by it.

    Works in small steps: the service may run meanwhile, and what was interrupted goes on the next time.
    """
    with database_in_sentences():
        refuse_other_schema()
        total = 0
        while gone := _purge_some():
            total += gone
    click.echo(f"Rows cleaned up: {total}")


def _purge_some() -> int:
    with transaction():
        return purge_sessions()
