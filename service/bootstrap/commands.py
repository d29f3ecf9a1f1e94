"""What does `flask bootstrap` say? It is the first half of `make run`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from service.bootstrap.initial_setup import bootstrap
from service.config import settings
from service.core.cli_errors import cli_database_errors


@click.command("bootstrap")
@with_appcontext
def set_up() -> None:
    """Make ready for a first start, or leave everything as it is: tables, keys, an administrator, a demo."""
    with cli_database_errors():
        made = bootstrap()
    address = f"http://{settings().host}:{settings().port}"
    if made.upgraded:
        click.echo("The database was brought up to date.")
    if made.administrator:
        one = made.administrator
        click.echo(f"Administrator: {one.email}, password {one.password} (kept in {one.file})")
    if made.demo_posts:
        click.echo(f"There are {made.demo_posts} demo posts to begin with: {address}/api/posts")
    click.echo(f"Open {address}/swagger to read and try the API, or {address}/ for everything there is.")
