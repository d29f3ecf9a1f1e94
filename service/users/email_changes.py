"""The new e-mail address of one's account: pending until its link is confirmed, which `service.email_changes` does."""

from __future__ import annotations

from datetime import timedelta

from service.config import settings
from service.contract.problems import Conflict
from service.core.mail.sending import send_mail
from service.core.single_use_links import count_email_changes, revoke_email_changes
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import User
from service.users.mails import email_change_mail, email_change_requested_mail, email_changed_mail

LINKS_PER_HOUR = 5


class TooManyEmailChanges(Conflict):
    """Several links were mailed within an hour. Use the newest one, or try again later."""

    code = "TOO_MANY_EMAIL_CHANGES"


def request_email_change(user: User, email: str) -> None:
    """Let `email` be the pending address of an account, whose row is locked, and mail a link to it.

    The former pending address is forgotten, and its links are dead. Nobody looks here whether another account has the
    address: that would tell who has one. The mail does, see `email_change_mail`.

    Raise `TooManyEmailChanges`.
    """
    if count_email_changes(user.id) >= LINKS_PER_HOUR:
        raise TooManyEmailChanges
    discard_email_change(user)
    user.pending_email = email
    link = SingleUseLink(
        purpose=LinkPurpose.EMAIL_CHANGE,
        user_id=user.id,
        email=email,
        expires_at=utcnow() + timedelta(hours=settings().email_link_hours),
    )
    db.session.add(link)
    db.session.flush()
    send_mail(email_change_mail, to=email, link_id=str(link.id))
    send_mail(email_change_requested_mail, to=user.id, link_id=str(link.id))


def discard_email_change(user: User) -> None:
    """Forget the pending address of an account, whose row is locked; its links are dead."""
    user.pending_email = None
    revoke_email_changes(user.id)


def mail_both_addresses(user: User, former_email: str | None, *, by_admin: bool) -> None:
    """Tell the new address of an account, and the former one if it had any, that it was changed."""
    send_mail(email_changed_mail, to=user.id, by_admin=by_admin, is_former=False)
    if former_email is not None:
        send_mail(email_changed_mail, to=former_email, by_admin=by_admin, is_former=True)
