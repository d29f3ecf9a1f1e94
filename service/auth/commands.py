"""CLI command `flask purge-sessions`: deletes expired sessions, refresh tokens and known addresses; run it daily."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.database import transaction
from service.core.known_addresses import purge_known_addresses
from service.core.sessions import PURGE_BATCH_SIZE, purge_sessions


@click.command("purge-sessions")
@with_appcontext
def purge() -> None:
    """Delete expired sessions and refresh tokens, and addresses of logins long ago.

    Nobody is logged out. Rows are deleted in small batches, so that the service can keep running; an interrupted
    run can be repeated.
    """
    with cli_database_errors():
        require_current_schema()
        total = 0
        while deleted := _purge_some():
            total += deleted
    click.echo(f"Deleted {total} expired rows.")


def _purge_some() -> int:
    with transaction():
        return purge_sessions() + purge_known_addresses(PURGE_BATCH_SIZE)
