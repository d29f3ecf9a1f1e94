"""Which commands does `flask` have here? Each is one call into the layers below."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from service.auth.commands import purge
from service.bootstrap.commands import set_up
from service.config import env_example, settings, settings_table
from service.contract.compatibility import NotReleased, Releases, overdue
from service.core.keys import KeysUnusable, create_key, use_key
from service.importing.commands import export_posts, import_posts

keys = AppGroup("keys", help="Make and choose the keys that sign tokens.")

# How the document gets its version.
SET_VERSION = (
    'version = "{version}" in pyproject.toml and __version__ = "{version}" in service/__init__.py, '
    "run `make openapi`"
)


def add_commands(app: Flask) -> None:
    """Give the application's `flask` command the commands of the service."""
    app.cli.add_command(show_settings)
    app.cli.add_command(export_document)
    app.cli.add_command(release_document)
    app.cli.add_command(set_up)
    app.cli.add_command(import_posts)
    app.cli.add_command(export_posts)
    app.cli.add_command(keys)
    app.cli.add_command(purge)


@click.command("settings")
@click.option("--format", "form", type=click.Choice(["env", "table"]), default="table", show_default=True)
def show_settings(form: str) -> None:
    """Print all settings with their defaults, as .env.example or as the README's table."""
    click.echo(env_example() if form == "env" else settings_table(), nl=False)


@click.command("openapi")
@click.option("--check", is_flag=True, help="Write nothing; fail if the file is not what would be written.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("openapi/openapi.json"))
def export_document(file: Path, check: bool) -> None:
    """Write the OpenAPI document to FILE."""
    content: bytes = current_app.extensions["api"].document_bytes
    if check and (not file.exists() or file.read_bytes() != content):
        raise click.ClickException(f"{file} is not what the code exports.")
    if not check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@click.command("release")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("openapi"))
@with_appcontext
def release_document(folder: Path) -> None:
    """Write the document in FOLDER as the release of its version, and FOLDER/CHANGELOG.md anew."""
    releases, today = Releases(folder, SET_VERSION), datetime.now(UTC).date()
    api = current_app.extensions["api"]
    try:
        version = releases.release(api.document_bytes, today=today)
    except NotReleased as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Released {version}: commit {folder}/released/{version}.json and {releases.changelog_file}.")
    for line in overdue(api.document, today=today):
        click.echo(f"May go in the next version: {line}.")


@keys.command("create")
def create_signing_key() -> None:
    """Make a key; the first one signs at once, a later one when `flask keys use` says so.

    Running workers publish it and accept it at once.
    """
    click.echo(create_key(settings().jwt_keys_dir))


# One id in 64 begins with a hyphen, and is no option.
@keys.command("use", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
def use_signing_key(kid: str) -> None:
    """Sign with the key KID from now on, without a restart; the others go on checking tokens.

    Others who check our tokens may keep the published keys for five minutes: make the key that long before.
    """
    try:
        use_key(settings().jwt_keys_dir, kid)
    except KeysUnusable as error:
        raise click.ClickException(str(error)) from None
