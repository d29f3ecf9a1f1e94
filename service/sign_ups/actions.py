"""Using the link of a sign-up: whoever owns the mailbox chooses the name and the password of the account.

A password that was typed before the address was proved is never kept: it could be that of somebody else, who only waits
for the owner of the address to open the link. Asking for the mail is in `service.users.sign_ups`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.auth.actions import TokenResponse, start_session
from service.config import settings
from service.core.single_use_links import LinkInvalid, find_link, redeem_link, set_link_user
from service.models.single_use_links import LinkPurpose
from service.models.users import Role
from service.users.actions import add_user, hash_registered_password


@dataclass(frozen=True, slots=True)
class OpenSignUp:
    """The address of the account that a link creates, for whoever has the mail."""

    email: str
    expires_at: datetime


def look_up_sign_up(secret: str) -> OpenSignUp:
    """Return the address of the open link with this secret; raise one of `LINK_PROBLEMS`. One statement."""
    link = find_link(LinkPurpose.SIGN_UP, secret)
    if link.email is None:
        raise LinkInvalid
    return OpenSignUp(link.email, link.expires_at)


def complete_sign_up(
    *, secret: str, username: str, password: str, display_name: str | None = None
) -> TokenResponse:
    """Create the account with the address of the link, and log in to it.

    Raise one of `LINK_PROBLEMS`, `UsernameReserved`, `PasswordTooCommon`, and from the unique constraints of the
    accounts `UsernameTaken` and `EmailTaken`; the link then stays open.
    """
    find_link(LinkPurpose.SIGN_UP, secret)  # before the slow hash
    password_hash = hash_registered_password(username, password)
    link = redeem_link(LinkPurpose.SIGN_UP, secret)
    user = add_user(
        username=username,
        email=link.email,
        password_hash=password_hash,
        display_name=display_name or username,
        role=Role(settings().default_role),
    )
    set_link_user(link.id, user.id)
    return start_session(user)
