"""Sending mail: `send_mail` adds a job to a change, which a worker renders and delivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from service.config import Settings, settings
from service.core.database import transaction
from service.core.jobs.queue import enqueue
from service.core.jobs.tasks import AttemptFailed, task
from service.core.mail.message import Recipient, build_message, check_address
from service.core.mail.templates import Content, Mail, declared_mails, mail, render
from service.core.mail.transport import deliver
from service.core.mail.unsubscribing import one_click_url, page_url, unsubscribe_token
from service.extensions import db
from service.models.ids import uuid7
from service.models.users import User

# Retries for about a day, as mail servers do: ten attempts in the first hour, then one an hour.
ATTEMPTS = 34
# Far more than a conversation with a slow server takes; each of its answers has MAIL_TIMEOUT_S.
TIME_LIMIT_S = 300

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as it is sent to one recipient. `unsubscribe_token` is set if the recipient can switch such mails off."""

    template: str
    recipient: Recipient
    content: Content
    unsubscribe_token: str | None = None


def send_mail(which: Mail, *, to: int | str, **payload: Any) -> UUID:
    """Add a job that sends a mail, in the session's transaction, and return its id. One INSERT.

    `to` is the id of an account, to whose address at the time of sending it goes, or an address. What the mail says is
    loaded then, too: the job holds ids. Raise `PayloadInvalid`, and `AddressInvalid` for a `to` that is no address.
    """
    which.check_payload(payload)
    if isinstance(to, str):
        check_address(to)
    return enqueue(send, mail=which.name, to=to, payload=payload, message_id=str(uuid7()))


@task(
    "mail.send",
    payload={
        "mail": {"type": "string", "maxLength": 80},
        "to": {"type": ["integer", "string"], "maxLength": 254},
        "payload": {"type": "object"},
        "message_id": {"type": "string", "format": "uuid"},
    },
    attempts=ATTEMPTS,
    time_limit_s=TIME_LIMIT_S,
)
def send(mail: str, to: int | str, payload: dict[str, Any], message_id: str) -> None:
    """Render and deliver a mail. Nothing is sent that has lost its point: see `templates.mail`."""
    which = declared_mails().get(mail)
    if which is None:
        raise AttemptFailed(f"This worker does not know the mail {mail}.")
    # Committed before the delivery: a slow server must not hold locks, on SQLite the only one for writing.
    with transaction():
        rendered = prepare_mail(which, to, payload)
    if rendered is None:
        log.info("mail not sent: it has lost its point", mail=mail, message_id=message_id)
        return
    deliver(message_of(rendered, UUID(message_id), settings()), UUID(message_id), settings())
    log.info("mail sent", mail=mail, message_id=message_id)


def prepare_mail(which: Mail, to: int | str, payload: dict[str, Any]) -> RenderedMail | None:
    """Return the mail with what is true now; None if there is nothing to send, or nobody to send it to."""
    recipient = Recipient(to) if isinstance(to, str) else _account(to, which)
    variables = which.load(**payload) if recipient is not None else None
    if recipient is None or variables is None:
        return None
    token = unsubscribe_token(to) if which.can_unsubscribe and isinstance(to, int) else None
    return render_mail(which, recipient, variables, settings(), token)


def render_mail(
    which: Mail,
    recipient: Recipient,
    variables: Mapping[str, Any],
    given: Settings,
    token: str | None = None,
) -> RenderedMail:
    """Render a mail with the name of the publication, which is that of its sender."""
    site_name, _ = parseaddr(given.mail_from)
    more = {"recipient": recipient.name}
    if token is not None:
        more["unsubscribe_url"] = page_url(token, given)
    content = render(
        which.name, {**variables, **more}, site_name=site_name or "Colophon", site_url=given.site_url
    )
    return RenderedMail(which.name, recipient, content, token)


def message_of(rendered: RenderedMail, message_id: UUID, given: Settings) -> EmailMessage:
    """Return the message of a mail."""
    token = rendered.unsubscribe_token
    url = None if token is None else one_click_url(token, given)
    return build_message(
        rendered.content,
        rendered.recipient,
        message_id,
        given,
        template=rendered.template,
        unsubscribe_url=url,
    )


def _account(user_id: int, which: Mail) -> Recipient | None:
    """Return the address and name of an active account that wants the mail; None if there is none, or no address."""
    wanted = (User.comment_notifications,) if which.can_unsubscribe else ()
    columns = select(User.email, User.display_name).where(User.id == user_id, User.is_active, *wanted)
    row = db.session.execute(columns).one_or_none()
    return None if row is None or row.email is None else Recipient(row.email, row.display_name)


@mail("test", payload={}, example={})
def test_mail() -> dict[str, Any]:
    """Return nothing: the mail of `flask mail send-test` says only that it has arrived."""
    return {}
