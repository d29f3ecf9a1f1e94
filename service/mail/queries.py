"""Reads mails that were written to files; raises this feature's errors. Nothing here uses the database."""

from __future__ import annotations

from uuid import UUID

from service.config import settings
from service.contract import Conflict, NotFound
from service.core.mail.files import StoredMail, read_mail, read_mails, stored_mail_ids
from service.core.pagination import OffsetPage, PageRequest


class MailNotStored(Conflict):
    """Mail is handed over to a mail server (`MAIL_HOST`), and no copy is kept. Failed mails are listed as jobs."""

    code = "MAIL_NOT_STORED"


def list_mail(page: PageRequest) -> OffsetPage[StoredMail]:
    """Return a page of mails, newest first, without those that cannot be read. Raise `MailNotStored`.

    Reads the names in the directory, and the files of the page.
    """
    _require_files()
    ids = stored_mail_ids(settings().mail_dir)
    wanted = ids[page.offset : page.offset + page.limit]
    return OffsetPage([*read_mails(settings().mail_dir, wanted)], len(ids), page)


def get_mail(mail_id: UUID) -> StoredMail:
    """Return the mail. Raise `MailNotStored`, and `NotFound` also for a file that cannot be read."""
    _require_files()
    mail = read_mail(settings().mail_dir, mail_id)
    if mail is None:
        raise NotFound
    return mail


def _require_files() -> None:
    """Raise `MailNotStored` if there is a mail server, also for mail that was written before it was set."""
    if settings().mail_host:
        raise MailNotStored
