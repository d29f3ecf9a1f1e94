"""CLI command `flask check`: says what settings and database lack for production."""

from __future__ import annotations

from collections.abc import Iterator

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from service.config import Finding, findings, settings
from service.core.cli_errors import DATABASE_UNAVAILABLE, cli_database_errors, require_current_schema
from service.core.database import read_connection
from service.health.queries import jobs_are_late
from service.models.users import Role, User


@click.command("check")
@with_appcontext
def check_production() -> None:
    """Say what settings and database lack for production, each with the line that mends it.

    The exit status is 1 if anything is an error: dangerous, or broken. Warnings may be meant so.
    """
    found = [*findings(settings()), *database_findings()]
    for finding in found:
        click.echo(f"{finding.severity:<7}  {finding.message}\n         {finding.remedy}")
    errors = sum(finding.severity == "error" for finding in found)
    click.echo(f"Errors: {errors}, warnings: {len(found) - errors}.")
    if errors:
        raise click.exceptions.Exit(1)


def database_findings() -> Iterator[Finding]:
    """Yield what the database lacks; if it cannot be read, that alone."""
    try:
        with cli_database_errors():
            require_current_schema()
            yield from _accounts()
            yield from _jobs()
    except click.ClickException as error:
        reached = DATABASE_UNAVAILABLE not in error.message
        remedy = "flask --app wsgi db upgrade" if reached else "start it, or correct DATABASE_URL"
        yield Finding("error", error.message, remedy)


def _accounts() -> Iterator[Finding]:
    administrators = select(User.has_second_factor).where(User.role == Role.ADMIN, User.is_active)
    protected = read_connection().scalars(administrators).all()
    if not protected:
        yield Finding("error", "No administrator can log in.", "flask --app wsgi bootstrap")
    elif not all(protected):
        message = f"Administrators who log in with a password alone: {protected.count(False)}."
        yield Finding(
            "warning",
            message,
            f"turn on two-factor authentication at {settings().site_url}/account/two-factor",
        )
    if (file := settings().var_dir / "administrator.txt").exists():
        message = f"The first password of the administrator is still in {file}."
        yield Finding("warning", message, f"change it at {settings().site_url}/account, then: rm {file}")


def _jobs() -> Iterator[Finding]:
    if jobs_are_late():
        message = "Jobs are waiting: no worker runs, so nothing is mailed, published or prepared in time."
        yield Finding("error", message, "flask --app wsgi worker")
