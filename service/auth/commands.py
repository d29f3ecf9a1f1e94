"""CLI command `flask purge-sessions`: deletes what has expired, as a worker does daily."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.auth.actions import purge_expired
from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.database import transaction


@click.command("purge-sessions")
@with_appcontext
def purge() -> None:
    """Delete expired sessions, refresh tokens and single-use links, and addresses of logins long ago.

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
        return purge_expired()
