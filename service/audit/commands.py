"""CLI commands `flask audit verify|restart`."""

from __future__ import annotations

import re

import click
from flask.cli import AppGroup, with_appcontext

from service.audit.chain import restart_chain
from service.audit.verification import Report, verify_log
from service.core.audit_macs import AuditKeys
from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.database import transaction

# So many hexadecimal digits nobody finds by trying.
HEAD_DIGITS = 32
_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-fA-F]{32,64})", re.ASCII)

audit = AppGroup("audit", help="Verify the audit log.")


@audit.command("verify")
@click.option("--head", metavar="POSITION:CODE", help="The head that an earlier run has printed.")
@with_appcontext
def verify(head: str | None) -> None:
    """Tell which entries were changed, removed or inserted in the database; exit with 1 if there are any.

    The last line is the head of the chain. Note it outside of the database, and give it to a later run: then even
    somebody who has the key of the server cannot have written the log anew.
    """
    expected = None if head is None else _parsed(head)
    keys = AuditKeys.load(create=False)
    if not keys:
        raise click.ClickException(
            "There is no key: set SECRET_KEY, or JWT_KEYS_DIR to the folder with secrets.key."
        )
    with cli_database_errors():
        require_current_schema()
        report = verify_log(keys, expected)
    for finding in report.findings:
        click.echo(f"{finding.kind}: {finding.text}")
    click.echo(_summary(report))
    if report.findings:
        raise click.exceptions.Exit(1)


@audit.command("restart")
@click.confirmation_option(prompt="Sign the end of the chain as it is now?")
@with_appcontext
def restart() -> None:
    """Sign the end of the chain as it is, and record that.

    After SECRET_KEY was changed, or when it is clear what `flask audit verify` has found: entries are appended again.
    """
    with cli_database_errors():
        require_current_schema()
        with transaction():
            position = restart_chain()
    click.echo(f"The chain goes on behind entry {position}.")


def _parsed(head: str) -> tuple[int, str]:
    match = _HEAD.fullmatch(head)
    if match is None:
        raise click.BadParameter(
            "give what an earlier run has printed, such as 1200:9f86d081884c…", param_hint="--head"
        )
    return int(match[1]), match[2]


def _summary(report: Report) -> str:
    position, code = report.head
    counted = f"{report.entries} entries in the chain, {report.unchained} not yet in it."
    found = (
        f"{len(report.findings)} findings."
        if report.findings
        else "Nothing was changed, removed or inserted."
    )
    return f"{counted} {found}\nhead {position}:{code.hex()[:HEAD_DIGITS]}"
