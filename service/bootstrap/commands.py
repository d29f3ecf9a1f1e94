"""CLI command `flask bootstrap`, the first step of `make run`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.bootstrap.initial_setup import bootstrap
from service.core.cli_errors import cli_database_errors


@click.command("bootstrap")
@with_appcontext
def set_up() -> None:
    """Set up a new installation: migrations, signing keys, admin account, demo posts. Safe to run again."""
    with cli_database_errors():
        result = bootstrap()
    if result.upgraded:
        click.echo("Database migrations applied.")
    if result.administrator:
        admin = result.administrator
        click.echo(f"Administrator: {admin.email}, password {admin.password} (saved in {admin.file})")
    if result.demo_posts:
        click.echo(f"Created {result.demo_posts} demo posts.")
    if not (result.upgraded or result.administrator):
        click.echo("Nothing to set up: the database is up to date.")
