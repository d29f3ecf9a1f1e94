"""Who is let in, and when are they out again?

Passwords are read and hashed before the transaction begins: hashing takes tens of milliseconds, and
no other write should wait for it. What was read is compared again inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.auth.queries import Credentials, credentials_of_email, credentials_of_user
from service.contract.problems import Forbidden, NotFound, Unauthorized
from service.core.identity import Identity
from service.core.passwords import hash_password, needs_rehash, verify_password
from service.core.sessions import (
    Tokens,
    continue_session,
    end_session,
    end_sessions,
    issue_tokens,
    open_session,
)
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.users import User as UserRow
from service.users.actions import Precondition, update_user
from service.users.queries import User, get_user, whole


class InvalidCredentials(Unauthorized):
    """Invalid credentials: no active password of an account with this e-mail address is this one."""

    code = "INVALID_CREDENTIALS"
    title = "Invalid credentials"

    def __init__(self) -> None:
        super().__init__(self.title)


class AccountInactive(Forbidden):
    """The account exists, the password is right, and an administrator has closed the account."""

    code = "ACCOUNT_INACTIVE"


class InvalidCurrentPassword(Forbidden):
    """The current password is wrong."""

    code = "INVALID_CURRENT_PASSWORD"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session's new tokens and the account they belong to."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: User


def log_in(*, email: str, password: str) -> LoggedIn:
    """Begin a session of the account with this address and password.

    Raise `InvalidCredentials`, after the same work whether or not there is such an account, and
    `AccountInactive`, only to whoever knows the password.
    """
    known = credentials_of_email(email)
    stored = known.password_hash if known else None
    if not verify_password(stored, password) or known is None or stored is None:
        raise InvalidCredentials
    better_hash = hash_password(password) if needs_rehash(stored) else stored
    user = _lock_unchanged(known)
    if user is None:
        raise InvalidCredentials
    if not user.is_active:
        raise AccountInactive
    user.password_hash = better_hash
    return _logged_in(user, open_session(user))


def refresh(caller: Identity) -> LoggedIn:
    """Give the next pair of tokens for a refresh token; raise `TokenUsedTwice` if it was used a while ago."""
    user, tokens = continue_session(caller)
    return _logged_in(user, tokens)


def log_out(caller: Identity) -> None:
    """End the caller's session: its tokens are refused from now on, on every worker."""
    end_session(caller.session_id)


def change_password(caller: Identity, *, current_password: str, new_password: str) -> LoggedIn:
    """Set another password, end all other sessions, and give this one new tokens.

    Raise `InvalidCurrentPassword`, and `TokenRevoked` when the account is deleted meanwhile.
    """
    known = credentials_of_user(caller.id)
    if not verify_password(known.password_hash if known else None, current_password) or known is None:
        raise InvalidCurrentPassword
    password_hash = hash_password(new_password)
    user = _lock_unchanged(known)
    if user is None:
        raise TokenRevoked
    user.password_hash = password_hash
    end_sessions(user, keep=caller.session_id)
    db.session.flush()
    return _logged_in(user, issue_tokens(user, caller.session_id))


def show_me(caller: Identity) -> User:
    """Return the caller's own account; raise `TokenRevoked` when it is deleted meanwhile."""
    try:
        return get_user(caller, caller.id)
    except NotFound:
        raise TokenRevoked from None


def update_me(caller: Identity, precondition: Precondition, **changes: Any) -> User:
    """Change the caller's own account as `update_user` does; `TokenRevoked` when it is deleted meanwhile."""
    try:
        return update_user(caller, caller.id, precondition, **changes)
    except NotFound:
        raise TokenRevoked from None


def _lock_unchanged(known: Credentials) -> UserRow | None:
    """Return the account, which stays until the transaction ends; None if its password is another by now."""
    user = db.session.get(UserRow, known.user_id, with_for_update={"key_share": True}, populate_existing=True)
    return user if user is not None and user.password_hash == known.password_hash else None


def _logged_in(user: UserRow, tokens: Tokens) -> LoggedIn:
    return LoggedIn(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        token_type="Bearer",  # noqa: S106 - the kind of token, not one
        expires_in=tokens.expires_in,
        user=whole(user),
    )
