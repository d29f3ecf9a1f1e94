"""The mails about the address and the deletion of an account, and those with a link that proves an address."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from service.config import settings
from service.core.mail.templates import mail
from service.core.single_use_links import count_links_before, link_url, new_secret, store_secret
from service.extensions import db
from service.models.casefolding import casefold
from service.models.events import USER_ID
from service.models.single_use_links import SingleUseLink
from service.models.users import USERNAME_MAX, User

SIGN_UP_PAGE = "/sign-up/confirm"
EMAIL_CHANGE_PAGE = "/confirm-email"

# Mails to one address. Whoever asks for more gets none: one of those in the mailbox works.
SIGN_UP_MAILS_PER_HOUR = 3

_LINK_ID = {"link_id": {"type": "string", "format": "uuid"}}
_SECRET_EXAMPLE = "w7Yb2nQmKd5Xt9RzVhE3cJ8sLpGfUaOi4eNkMxTyBqI"  # noqa: S105 - of a preview


@mail(
    "email_changed",
    payload={"by_admin": {"type": "boolean"}, "is_former": {"type": "boolean"}},
    example={"by_admin": False, "is_former": True},
)
def email_changed_mail(by_admin: bool, is_former: bool) -> dict[str, Any]:
    """Return what the mail says; `is_former`: it goes to the former address, which can no longer log in."""
    return {"by_admin": by_admin, "is_former": is_former}


@mail(
    "email_change",
    payload=_LINK_ID,
    example={
        "is_taken": False,
        "username": "ada",
        "url": f"https://blog.example.org/confirm-email#{_SECRET_EXAMPLE}",
        "expires_at": "1 December 2026, 10:30",
    },
)
def email_change_mail(link_id: str) -> dict[str, Any] | None:
    """Return what the mail to the new address says, with a new link; None if the change has lost its point.

    An address that has an account gets no link, but is told so.
    """
    row = _open_link(link_id)
    variables = None if row is None else _link_or_taken(row, EMAIL_CHANGE_PAGE)
    if row is None or variables is None:
        return None
    username = db.session.scalar(select(User.username).where(User.id == row.user_id))
    return {**variables, "username": username}


@mail(
    "email_change_requested",
    payload=_LINK_ID,
    example={"email": "ada@new.example", "url": "https://blog.example.org/account"},
)
def email_change_requested_mail(link_id: str) -> dict[str, Any] | None:
    """Return what the mail to the present address says; None if the change has lost its point."""
    row = _open_link(link_id)
    return None if row is None else {"email": row.email, "url": f"{settings().site_url}/account"}


@mail(
    "sign_up",
    payload=_LINK_ID,
    example={
        "is_taken": False,
        "url": f"https://blog.example.org/sign-up/confirm#{_SECRET_EXAMPLE}",
        "expires_at": "1 December 2026, 10:30",
    },
)
def sign_up_mail(link_id: str) -> dict[str, Any] | None:
    """Return what the mail says, with a new link; None if the address has got several within an hour.

    An address that has an account gets no link, but is told so.
    """
    row = _open_link(link_id)
    if row is None or count_links_before(row.id) >= SIGN_UP_MAILS_PER_HOUR:
        return None
    return _link_or_taken(row, SIGN_UP_PAGE)


@mail(
    "deletion_scheduled",
    payload={"user_id": USER_ID},
    example={"deletion_at": "14 December 2026, 10:30", "url": "https://blog.example.org/account"},
)
def deletion_scheduled_mail(user_id: int) -> dict[str, Any] | None:
    """Return what the mail says: when the account is deleted, and where to cancel; None if that was cancelled."""
    deletion_at = db.session.scalar(select(User.deletion_at).where(User.id == user_id))
    if deletion_at is None:
        return None
    return {"deletion_at": _date_and_time(deletion_at), "url": f"{settings().site_url}/account"}


@mail(
    "account_deleted",
    payload={"username": {"type": "string", "maxLength": USERNAME_MAX}},
    example={"username": "ada"},
)
def account_deleted_mail(username: str) -> dict[str, Any]:
    """Return what the mail says, to the address that the account had."""
    return {"username": username}


def _open_link(link_id: str) -> Any:
    """Return the row of a link that was neither used nor revoked; None if there is none."""
    opened = select(
        SingleUseLink.id, SingleUseLink.email, SingleUseLink.user_id, SingleUseLink.expires_at
    ).where(
        SingleUseLink.id == UUID(link_id),
        SingleUseLink.used_at.is_(None),
        SingleUseLink.revoked_at.is_(None),
    )
    return db.session.execute(opened).one_or_none()


def _link_or_taken(row: Any, page: str) -> dict[str, Any] | None:
    """Return the variables of a mail that has a new link, or says that the address has an account already."""
    if db.session.scalar(select(exists().where(User.email_key == casefold(row.email)))):
        url, is_taken = f"{settings().site_url}/forgot-password", True
    else:
        secret, is_taken = new_secret(), False
        if not store_secret(row.id, secret):
            return None
        url = link_url(page, secret)
    return {"is_taken": is_taken, "url": url, "expires_at": _date_and_time(row.expires_at)}


def _date_and_time(at: datetime) -> str:
    local = at.astimezone(settings().site_zone)
    return f"{local.day} {local:%B %Y, %H:%M}"
