"""Reading of the mails that `transport` has written to files.

A file is named by the id of its mail, a UUID of version 7: the names are in the order of time, and a list reads the
files of one page only. Whatever else is in the directory is passed over.
"""

from __future__ import annotations

import heapq
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from service.core.etags import BUILD_ID
from service.core.mail.message import TEMPLATE_HEADER

# The newest that are listed, and the largest file that is read; a mail of ours has about 10 KB.
LISTED = 1_000
FILE_MAX_BYTES = 1 << 20
HEADER_MAX = 998  # a line of a message (RFC 5322, section 2.1.1)
HEADERS_MAX = 200

_NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.eml", re.ASCII)
# What the parser of the standard library raises for some files that are no messages.
_PARSER_ERRORS = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class MailHeader:
    """A header of a mail, unfolded and decoded."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail as it is in its file. `template` is None if the file does not name it, a part if there is none."""

    id: UUID
    template: str | None
    subject: str
    to: str
    written_at: datetime
    headers: list[MailHeader]
    text: str | None
    html: str | None
    digest: str

    @property
    def etag(self) -> str:
        """Return the ETag."""
        return f'"{self.digest}-{BUILD_ID}"'


def stored_mail_ids(directory: Path) -> list[UUID]:
    """Return the ids of the newest mails, at most `LISTED`, the newest first; the files are not read."""
    try:
        with os.scandir(directory) as entries:
            names = (
                entry.name
                for entry in entries
                if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            )
            newest = heapq.nlargest(LISTED, names)
    except OSError:  # nothing has been written yet, or the directory cannot be read
        return []
    return [UUID(name.removesuffix(".eml")) for name in newest]


def read_mail(directory: Path, mail_id: UUID) -> StoredMail | None:
    """Return the mail; None if there is no file of this name, or none that can be read as a message."""
    found = _read(directory / f"{mail_id}.eml")
    if found is None:
        return None
    content, modified_at = found
    try:
        message = message_from_bytes(content, policy=default)
        return StoredMail(
            id=mail_id,
            template=_header(message, TEMPLATE_HEADER) or None,
            subject=_header(message, "Subject"),
            to=_header(message, "To"),
            written_at=_date(message) or modified_at,
            headers=[
                MailHeader(_line(name), _line(value)) for name, value in [*message.items()][:HEADERS_MAX]
            ],
            text=_part(message, "plain"),
            html=_part(message, "html"),
            digest=blake2b(content, digest_size=12).hexdigest(),
        )
    except _PARSER_ERRORS:
        return None


def read_mails(directory: Path, mail_ids: list[UUID]) -> Iterator[StoredMail]:
    """Yield those of the mails that can be read."""
    for mail_id in mail_ids:
        mail = read_mail(directory, mail_id)
        if mail is not None:
            yield mail


def _read(path: Path) -> tuple[bytes, datetime] | None:
    """Return the content of a regular file and when it was changed; None if it is too large, or cannot be read."""
    try:
        with open(path, "rb", opener=_open) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return None
            content = file.read(FILE_MAX_BYTES + 1)
    except OSError:
        return None
    if len(content) > FILE_MAX_BYTES:
        return None
    return content, datetime.fromtimestamp(about.st_mtime, UTC)


def _open(path: str, flags: int) -> int:
    """Open a file; not what a link leads to, which could be anybody's, and without waiting for who writes to a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _header(message: EmailMessage, name: str) -> str:
    return _line(message[name] or "")


def _line(value: object) -> str:
    return _characters(" ".join(str(value).split()))[:HEADER_MAX]


def _date(message: EmailMessage) -> datetime | None:
    """Return the time of the `Date` header; None without a valid one."""
    header = message["Date"]
    found: datetime | None = getattr(header, "datetime", None)
    if found is None:
        return None
    # A date in "-0000" has no time zone.
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _part(message: EmailMessage, subtype: str) -> str | None:
    """Return the text of the first part of this kind; None if there is none."""
    part = message.get_body((subtype,))
    if part is None:
        return None
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    try:
        text = payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # an unknown charset
        text = payload.decode("utf-8", "replace")
    return _characters(text.replace("\r\n", "\n"))[:FILE_MAX_BYTES]


def _characters(text: str) -> str:
    """Return the text without lone surrogates, which stand for bytes that are no characters, and without NUL."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
