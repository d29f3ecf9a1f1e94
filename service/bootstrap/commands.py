"""CLI command `flask bootstrap`, the first step of `make run`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.bootstrap.initial_setup import bootstrap
from service.config import settings
from service.core.cli_errors import cli_database_errors


@click.command("bootstrap")
@with_appcontext
def set_up() -> None:
    """Set up a new installation: migrations, signing keys, admin account, demo posts. Safe to run again."""
    with cli_database_errors():
        made = bootstrap()
    address = f"http://{settings().host}:{settings().port}"
    if made.upgraded:
        click.echo("Database migrations applied.")
    if made.administrator:
        one = made.administrator
        click.echo(f"Administrator: {one.email}, password {one.password} (saved in {one.file})")
    if made.demo_posts:
        click.echo(f"Created {made.demo_posts} demo posts: {address}/api/posts")
    click.echo(f"API reference: {address}/swagger  Home page: {address}/")
