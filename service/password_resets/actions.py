"""Asking for the mail of a password reset, and using its link; neither tells which addresses have accounts.

The request does the same for every address: it adds a job. The worker looks for the account.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.auth.actions import AccountInactive
from service.auth.mails import password_changed_mail
from service.contract.problems import NotFound
from service.core.audit_log import record
from service.core.database import read_connection
from service.core.jobs.queue import enqueue
from service.core.known_addresses import remember_client_address
from service.core.mail.sending import send_mail
from service.core.passwords import hash_password
from service.core.sessions import revoke_tokens
from service.core.single_use_links import Link, LinkInvalid, find_link, redeem_link, revoke_password_resets
from service.extensions import db
from service.models.casefolding import casefold
from service.models.single_use_links import LinkPurpose
from service.models.users import User
from service.password_resets.mails import mail_link
from service.users.actions import reject_common_password
from service.users.email_changes import discard_email_change


@dataclass(frozen=True, slots=True)
class OpenPasswordReset:
    """The account whose password a link sets, for whoever has the mail."""

    username: str
    email: str
    expires_at: datetime


def request_password_reset(*, email: str) -> None:
    """Let a worker mail a link to the account with this address, if there is one. One INSERT."""
    # Hashed, for keys are shown. Requests that come before the worker are one.
    key = hashlib.sha256(casefold(email).encode()).hexdigest()
    enqueue(mail_link, unique_key=f"password reset of {key}", email=email)


def look_up_password_reset(secret: str) -> OpenPasswordReset:
    """Return the account of the open link with this secret; raise one of `LINK_PROBLEMS`. Two statements."""
    link = find_link(LinkPurpose.PASSWORD_RESET, secret)
    account = select(User.username, User.email).where(User.id == link.user_id)
    row = read_connection().execute(account).one_or_none()
    if row is None or row.email is None:  # deleted at this moment, or its address
        raise LinkInvalid
    return OpenPasswordReset(row.username, row.email, link.expires_at)


def reset_password(*, secret: str, password: str) -> None:
    """Set a new password, and end all sessions of the account: whoever knew the old one is out.

    Raise one of `LINK_PROBLEMS`, `PasswordTooCommon`, `AccountInactive`; the link then stays open.
    """
    find_link(LinkPurpose.PASSWORD_RESET, secret)  # before the slow hash
    reject_common_password(password)
    password_hash = hash_password(password)
    user = _lock_account(redeem_link(LinkPurpose.PASSWORD_RESET, secret))
    user.password_hash = password_hash
    revoke_tokens(user)
    revoke_password_resets(user.id)
    discard_email_change(user)  # whoever knew the old password may have asked for it
    # Whoever locks the owner out by guessing does not slow the log-in that follows.
    remember_client_address(user.id)
    send_mail(password_changed_mail, to=user.id, by_link=True)
    db.session.flush()
    record("user.password_reset", user.id)


def _lock_account(link: Link) -> User:
    """Lock the account of a link until the transaction ends. Raise `AccountInactive`."""
    user = db.session.get(User, link.user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise NotFound
    if not user.is_active:
        raise AccountInactive
    return user
