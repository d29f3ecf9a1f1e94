"""CLI command `flask reset-second-factor`: lets somebody log in without a code, as administrators can."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.database import transaction
from service.second_factors.actions import reset_account


@click.command("reset-second-factor")
@click.argument("account")
@with_appcontext
def reset_second_factor(account: str) -> None:
    """Turn two-factor authentication of ACCOUNT off, a username or e-mail address.

    For an administrator who has lost phone and recovery codes. All sessions of the account end; its owner gets a mail.
    """
    with cli_database_errors():
        require_current_schema()
        with transaction():
            found = reset_account(account)
    if not found:
        raise click.ClickException(f"There is no account {account}.")
    click.echo(f"{account} logs in without a code now, and was logged out everywhere.")
