"""The message of a mail: its headers, and its body as plain text and HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from service.config import Settings
from service.core.mail.templates import Content

# Names the template of a mail; of use to whoever looks for a kind of mail, in a mailbox or in the files.
TEMPLATE_HEADER = "X-Colophon-Template"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


# A quoted one, or one that needs no quotes.
_LOCAL_PART = re.compile(r'"[ !#-\[\]-~]+"|[^\s"(),:;<>@\[\]\\]+')


class AddressInvalid(ValueError):
    """Mail cannot be sent to this address."""

    def __init__(self) -> None:
        super().__init__("Mail cannot be sent to this address.")  # which is not repeated: this may be logged


class _Unfolded(BaseHeader):
    """A header in one line: the standard library would encode a URL that does not fit in one; nobody decodes that."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = None
        kwds["decoded"] = value

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("list-unsubscribe", _Unfolded)
POLICY = SMTP.clone(header_factory=_headers)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a mail: the address, and the name if it is known."""

    address: str
    name: str = ""


def check_address(address: str) -> None:
    """Raise `AddressInvalid` unless mail can be sent to the address."""
    mail_address(Recipient(address))


def mail_address(recipient: Recipient) -> Address:
    """Return the address for a header, its domain in ASCII (IDNA). Raise `AddressInvalid`.

    A local part that is not ASCII stays as it is: only servers with SMTPUTF8 take it.
    """
    local, _, domain = recipient.address.rpartition("@")
    # Control characters would end the header, or the command to the server.
    if (
        _CONTROLS.search(recipient.address)
        or not _LOCAL_PART.fullmatch(local)
        or len(recipient.address) > 254
    ):
        raise AddressInvalid
    try:
        ascii_domain = domain.encode("idna").decode()
        # The parser of the standard library takes a local part that is not ASCII for a defect.
        address = Address(addr_spec=f"{local if local.isascii() else 'x'}@{ascii_domain}")
    except (ValueError, IndexError, MessageError):
        raise AddressInvalid from None
    name = _CONTROLS.sub(" ", recipient.name).strip()
    return Address(name, address.username if local.isascii() else local, address.domain)


def build_message(
    content: Content,
    recipient: Recipient,
    message_id: UUID,
    settings: Settings,
    *,
    template: str | None = None,
    unsubscribe_url: str | None = None,
) -> EmailMessage:
    """Return the message. It has the same Message-ID whenever it is built for the same job. Raise `AddressInvalid`.

    `template` is named in a header. `unsubscribe_url` is where a POST without a body of its own unsubscribes
    (RFC 8058).
    """
    name, address = parseaddr(settings.mail_from)
    sender = mail_address(Recipient(address, name))
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = mail_address(recipient)
    message["Subject"] = _CONTROLS.sub(" ", content.subject)
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<{message_id}@{sender.domain}>"
    # No out-of-office replies (RFC 3834; the second is Microsoft's).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if template is not None:
        message[TEMPLATE_HEADER] = template
    if unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Quoted-printable passes servers without 8BITMIME.
    message.set_content(content.text, cte="quoted-printable")
    message.add_alternative(content.html, subtype="html", cte="quoted-printable")
    return message
