"""The mail of a password reset: a task that looks for the account, and the mail, which makes the secret of its link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from service.config import settings
from service.core.jobs.tasks import task
from service.core.mail.sending import send_mail
from service.core.mail.templates import mail
from service.core.single_use_links import link_url, new_secret, store_secret
from service.extensions import db
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import EMAIL_MAX, User

PAGE = "/reset-password"

# Whoever asks for more gets none: one of those in the mailbox works. So nobody can fill it, nor use up an allowance.
OPEN_LINKS_MAX = 3


@task("password_resets.mail_link", payload={"email": {"type": "string", "maxLength": EMAIL_MAX}})
def mail_link(email: str) -> None:
    """Mail a link to the active account with this address (case-insensitive), if there is one.

    It goes to the address of the account: the one that was asked for may only look like it.
    """
    # Locked: of two requests at once, the second counts the link of the first.
    selected = select(User).where(User.email_key == casefold(email), User.is_active)
    user = db.session.scalar(selected.with_for_update(key_share=True))
    if user is None or _open_links(user.id) >= OPEN_LINKS_MAX:
        return
    link = SingleUseLink(
        purpose=LinkPurpose.PASSWORD_RESET,
        user_id=user.id,
        expires_at=utcnow() + timedelta(minutes=settings().password_reset_minutes),
    )
    db.session.add(link)
    db.session.flush()
    send_mail(password_reset_mail, to=user.id, link_id=str(link.id))


@mail(
    "password_reset",
    payload={"link_id": {"type": "string", "format": "uuid"}},
    example={
        "expires_at": "10:30",
        "url": "https://blog.example.org/reset-password#w7Yb2nQmKd5Xt9RzVhE3cJ8sLpGfUaOi4eNkMxTyBqI",
    },
)
def password_reset_mail(link_id: str) -> dict[str, Any] | None:
    """Return what the mail says, with a new link; None if it has expired, was revoked or used."""
    secret = new_secret()
    if not store_secret(UUID(link_id), secret):
        return None
    expires_at = db.session.scalar(select(SingleUseLink.expires_at).where(SingleUseLink.id == UUID(link_id)))
    assert expires_at is not None  # noqa: S101 - it was updated above
    return {
        "expires_at": f"{expires_at.astimezone(settings().site_zone):%H:%M}",
        "url": link_url(PAGE, secret),
    }


def _open_links(user_id: int) -> int:
    opened = select(func.count()).where(
        SingleUseLink.user_id == user_id,
        SingleUseLink.purpose == LinkPurpose.PASSWORD_RESET,
        SingleUseLink.used_at.is_(None),
        SingleUseLink.revoked_at.is_(None),
        SingleUseLink.expires_at > utcnow(),
    )
    return db.session.scalar(opened) or 0
