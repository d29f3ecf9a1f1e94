"""Custom `flask` commands: settings, openapi, release and keys; the others are imported from their packages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from service.audit.commands import audit
from service.auth.commands import purge
from service.bootstrap.commands import set_up
from service.config import env_example, settings, settings_table
from service.core.jobs.commands import jobs
from service.core.mail.commands import mail
from service.core.signing_keys import KeysUnusable, activate_key, create_key
from service.core.storage.commands import media
from service.health.commands import check_production
from service.importing.commands import export_posts, import_posts
from service.second_factors.commands import reset_second_factor
from service.worker import run_worker

keys = AppGroup("keys", help="Manage the keys that sign tokens.")

# Instructions in the message that a release needs another version.
SET_VERSION = (
    'version = "{version}" in pyproject.toml and __version__ = "{version}" in service/__init__.py, '
    "run `make openapi`"
)


def add_commands(app: Flask) -> None:
    """Register the commands of the service on `app`."""
    app.cli.add_command(show_settings)
    app.cli.add_command(check_production)
    app.cli.add_command(export_document)
    app.cli.add_command(release_document)
    app.cli.add_command(set_up)
    app.cli.add_command(import_posts)
    app.cli.add_command(export_posts)
    app.cli.add_command(keys)
    app.cli.add_command(purge)
    app.cli.add_command(reset_second_factor)
    app.cli.add_command(audit)
    app.cli.add_command(jobs)
    app.cli.add_command(mail)
    app.cli.add_command(media)
    app.cli.add_command(run_worker)


@click.command("settings")
@click.option("--format", "form", type=click.Choice(["env", "table"]), default="table", show_default=True)
def show_settings(form: str) -> None:
    """Print all settings with their defaults, as an .env file or as a Markdown table."""
    click.echo(env_example() if form == "env" else settings_table(), nl=False)


@click.command("openapi")
@click.option("--check", is_flag=True, help="Check that FILE is up to date; do not write it.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("openapi/openapi.json"))
def export_document(file: Path, check: bool) -> None:
    """Write the OpenAPI document to FILE."""
    content: bytes = current_app.extensions["api"].document_bytes
    if check and (not file.exists() or file.read_bytes() != content):
        raise click.ClickException(f"{file} is out of date: run `make openapi`.")
    if not check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@click.command("release")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("openapi"))
@with_appcontext
def release_document(folder: Path) -> None:
    """Release the OpenAPI document in FOLDER.

    Writes FOLDER/released/X.Y.Z.json and FOLDER/CHANGELOG.md; fails if the version does not fit the changes.
    """
    # Imported here because only this command compares documents: `create_app` imports the module for all commands.
    from service.contract.checks.compatibility import ReleaseError, Releases, expired_sunsets  # noqa: PLC0415

    releases, today = Releases(folder, SET_VERSION), datetime.now(UTC).date()
    api = current_app.extensions["api"]
    try:
        version = releases.release(api.document_bytes, today=today)
    except ReleaseError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Released {version}: commit {folder}/released/{version}.json and {releases.changelog_file}.")
    for line in expired_sunsets(api.document, today=today):
        click.echo(f"Sunset date passed, can be removed: {line}.")


@keys.command("create")
def create_signing_key() -> None:
    """Create a signing key.

    The first key is active at once; activate a later one with `flask keys use`. Running workers publish it in the
    JWKS and accept its tokens at once.
    """
    click.echo(create_key(settings().jwt_keys_dir))


# One key id in 64 begins with a hyphen, which click would take for an option.
@keys.command("use", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
def use_signing_key(kid: str) -> None:
    """Sign new tokens with the key KID.

    No restart is needed, and tokens signed with other keys stay valid. Clients that verify tokens can cache the JWKS
    for five minutes: create the key at least that long before you activate it.
    """
    try:
        activate_key(settings().jwt_keys_dir, kid)
    except KeysUnusable as error:
        raise click.ClickException(str(error)) from None
