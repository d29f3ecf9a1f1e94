"""CLI commands `flask mail preview|send-test`."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from service.config import settings
from service.core.jobs.tasks import AttemptFailed
from service.core.mail.message import AddressInvalid, Recipient
from service.core.mail.sending import RenderedMail, message_of, render_mail, test_mail
from service.core.mail.templates import declared_mails
from service.core.mail.transport import deliver
from service.models.ids import uuid7

mail = AppGroup("mail", help="Preview mails, and try the mail server.")

_EXAMPLE = Recipient("ada@example.org", "Ada Lovelace")


@mail.command("preview")
@click.argument("template", required=False)
@click.option("--html", "form", flag_value="html", help="Only the HTML part.")
@click.option("--text", "form", flag_value="text", default="text", help="Only the plain part (default).")
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the whole message to FILE.",
    metavar="FILE",
)
def preview(template: str | None, form: str, to: Path | None) -> None:
    """Show the mail TEMPLATE with example content, or list all of them."""
    known = declared_mails()
    if template is None:
        click.echo("\n".join(sorted(known)))
        return
    if template not in known:
        raise click.ClickException(f"There is no mail {template}. There are: {', '.join(sorted(known))}.")
    rendered = _rendered(template)
    if to is None:
        click.echo(
            rendered.content.html
            if form == "html"
            else f"{rendered.content.subject}\n\n{rendered.content.text}"
        )
        return
    to.write_bytes(message_of(rendered, UUID(int=0), settings()).as_bytes())
    click.echo(f"Wrote {to}.")


@mail.command("send-test")
@click.argument("address")
def send_test(address: str) -> None:
    """Send a mail to ADDRESS now, not by a worker, and tell what the mail server answers."""
    message_id = uuid7()
    rendered = render_mail(test_mail, Recipient(address), {}, settings())
    try:
        deliver(message_of(rendered, message_id, settings()), message_id, settings())
    except (AddressInvalid, AttemptFailed) as error:
        raise click.ClickException(str(error)) from None
    if settings().mail_host:
        click.echo(f"{settings().mail_host} has taken the mail.")
    else:
        click.echo(f"Wrote {settings().mail_dir / str(message_id)}.eml; MAIL_HOST is not set.")


def _rendered(template: str) -> RenderedMail:
    which = declared_mails()[template]
    token = "example" if which.can_unsubscribe else None
    return render_mail(which, _EXAMPLE, which.example, settings(), token)
