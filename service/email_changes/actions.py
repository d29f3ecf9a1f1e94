"""Confirming or cancelling the new address of an account; asking for it is in `service.users.email_changes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.auth.actions import AccountInactive
from service.core.audit_log import record
from service.core.database import read_connection
from service.core.events import emit
from service.core.identity import Identity
from service.core.single_use_links import Link, LinkInvalid, find_link, redeem_link, revoke_password_resets
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.single_use_links import LinkPurpose
from service.models.users import User
from service.users.email_changes import discard_email_change, mail_both_addresses


@dataclass(frozen=True, slots=True)
class OpenEmailChange:
    """The account whose address a link changes, and the new address, for whoever has the mail."""

    username: str
    email: str
    expires_at: datetime


def look_up_email_change(secret: str) -> OpenEmailChange:
    """Return what the open link with this secret changes; raise one of `LINK_PROBLEMS`. Two statements."""
    link = find_link(LinkPurpose.EMAIL_CHANGE, secret)
    username = read_connection().scalar(select(User.username).where(User.id == link.user_id))
    if username is None or link.email is None:  # deleted at this moment
        raise LinkInvalid
    return OpenEmailChange(username, link.email, link.expires_at)


def confirm_email_change(secret: str) -> None:
    """Give the account the address of the link, and tell both addresses.

    Raise one of `LINK_PROBLEMS`, `AccountInactive`, and from the unique constraint of the accounts `EmailTaken`; the
    link then stays open.
    """
    link = redeem_link(LinkPurpose.EMAIL_CHANGE, secret)
    user = _lock_account(link)
    former_email = user.email
    user.email = link.email
    discard_email_change(user)
    revoke_password_resets(user.id)  # they were mailed to the former address
    db.session.flush()
    mail_both_addresses(user, former_email, by_admin=False)
    record("user.email_changed", user.id)
    emit("user.updated", user_id=user.id)


def cancel_email_change(caller: Identity) -> None:
    """Forget the pending address of the caller; its link is dead. Raise `TokenRevoked` if the account was deleted."""
    user = db.session.get(User, caller.id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise TokenRevoked
    discard_email_change(user)
    db.session.flush()


def _lock_account(link: Link) -> User:
    """Lock the account of a link until the transaction ends. Raise `LinkInvalid`, `AccountInactive`."""
    user = db.session.get(User, link.user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise LinkInvalid
    if not user.is_active:
        raise AccountInactive
    return user
