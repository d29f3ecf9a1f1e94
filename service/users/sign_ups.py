"""Asking for an account by mail, which tells nobody which addresses have one; `service.sign_ups` uses the link."""

from __future__ import annotations

from datetime import timedelta

from service.config import settings
from service.core.mail.sending import send_mail
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.users.mails import sign_up_mail


def request_sign_up(*, email: str) -> None:
    """Mail a link to an address with which its owner can create an account. Two INSERTs, whoever has the address.

    The worker looks whether it has an account already, see `sign_up_mail`.
    """
    link = SingleUseLink(
        purpose=LinkPurpose.SIGN_UP,
        email=email,
        expires_at=utcnow() + timedelta(hours=settings().email_link_hours),
    )
    db.session.add(link)
    db.session.flush()
    send_mail(sign_up_mail, to=email, link_id=str(link.id))
