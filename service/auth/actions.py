"""Login, step-up, logout, refresh-token rotation and password change; raises the authentication errors, no HTTP here.

Passwords are verified and hashed before the write transaction begins: Argon2 takes tens of milliseconds, for which
no other write should wait. The password hash that was read is compared again under the row lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service.auth.mails import new_login_mail, password_changed_mail
from service.auth.queries import Credentials, credentials_of_email, credentials_of_user
from service.contract.problems import Forbidden, NotFound, Unauthorized
from service.core.audit_log import record
from service.core.devices import current_device
from service.core.identity import Identity
from service.core.known_addresses import (
    client_address_hash,
    purge_known_addresses,
    remember_client_address,
)
from service.core.login_attempts import count_login_attempt
from service.core.login_challenges import challenge_login
from service.core.mail.sending import send_mail
from service.core.passwords import hash_password, needs_rehash, verify_password
from service.core.sessions import (
    PURGE_BATCH_SIZE,
    TokenPair,
    create_session,
    has_logged_in_from,
    issue_tokens,
    purge_sessions,
    revoke_session,
    revoke_session_of,
    revoke_sessions,
    revoke_tokens,
    rotate_refresh_token,
)
from service.core.single_use_links import purge_links, revoke_password_resets
from service.core.step_up import renew_step_up
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.users import User as UserRow
from service.users.actions import Precondition, reject_common_password, update_user
from service.users.email_changes import discard_email_change
from service.users.queries import User, full_user, get_user


class InvalidCredentials(Unauthorized):
    """Invalid credentials: the e-mail address or the password is wrong."""

    code = "INVALID_CREDENTIALS"
    title = "Invalid credentials"

    def __init__(self) -> None:
        super().__init__(self.title)


class AccountInactive(Forbidden):
    """The account has been deactivated by an administrator."""

    code = "ACCOUNT_INACTIVE"


class InvalidCurrentPassword(Forbidden):
    """The current password is wrong."""

    code = "INVALID_CURRENT_PASSWORD"


class PasswordNotEnough(Forbidden):
    """The account has two-factor authentication. Step up with a code: `POST /api/auth/second-factor/step-up`."""

    code = "PASSWORD_NOT_ENOUGH"


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """The token response: access and refresh token (RFC 6749, 5.1) and the user."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: User


@dataclass(frozen=True, slots=True)
class StepUp:
    """A step-up: how the user was authenticated, and until when that counts."""

    method: str
    expires_at: datetime


def log_in(*, email: str, password: str) -> TokenResponse:
    """Create a session for the account with this e-mail address and password.

    Raise `InvalidCredentials`; `AccountInactive` and `SecondFactorRequired` only if the password is right;
    `TooManyRequests` after several failed attempts.
    """
    credentials = credentials_of_email(email, client_address_hash())
    attempt = count_login_attempt(casefold(email), credentials.known_address if credentials else None)
    stored_hash = credentials.password_hash if credentials else None
    # Verified first, and for an unknown account too: the response time must not tell which addresses have accounts.
    if not verify_password(stored_hash, password) or credentials is None or stored_hash is None:
        raise InvalidCredentials
    attempt.succeeded()
    password_hash = hash_password(password) if needs_rehash(stored_hash) else stored_hash
    user = _lock_user_if_password_unchanged(credentials)
    if user is None:
        raise InvalidCredentials
    if not user.is_active:
        raise AccountInactive
    user.password_hash = password_hash
    if user.has_second_factor:
        raise challenge_login(user.id)
    return start_session(user)


def start_session(user: UserRow) -> TokenResponse:
    """Create a session of an account that has just proved who it is, and remember the client's address."""
    device, is_known = current_device(), remember_client_address(user.id)
    if not is_known and not has_logged_in_from(user.id, device):
        send_mail(new_login_mail, to=user.id, device=device.name or "", at=utcnow().isoformat())
    tokens = create_session(user, device)
    record("session.created", tokens.session_id, actor_id=user.id)
    return _token_response(user, tokens)


def refresh(caller: Identity) -> TokenResponse:
    """Rotate the refresh token and return a new pair of tokens; raise `TokenRevokedOnReuse` on its reuse."""
    user, tokens = rotate_refresh_token(caller)
    return _token_response(user, tokens)


def log_out(caller: Identity) -> None:
    """Revoke the session of the caller: all workers reject its tokens from now on."""
    revoke_session(caller.session_id)
    record("session.ended", caller.session_id)


def end_session(caller: Identity, session_id: UUID) -> None:
    """Revoke a session of the caller, this one or another. Raise `NotFound` if there is none open with this id."""
    if not revoke_session_of(caller.id, session_id):
        raise NotFound
    record("session.ended", session_id)


def log_out_everywhere(caller: Identity, *, keep_current: bool) -> None:
    """Revoke all sessions of the caller, with `keep_current` all but the one of this request.

    Raise `TokenRevoked` if the account was deleted meanwhile.
    """
    user = db.session.get(UserRow, caller.id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise TokenRevoked
    kept = caller.session_id if keep_current else None
    revoke_sessions(user, keep=kept)
    record("user.logged_out", user.id, kept_session_id=kept)


def change_password(caller: Identity, *, current_password: str, new_password: str) -> TokenResponse:
    """Change the password, revoke all other sessions and issue new tokens for this one.

    Raise `InvalidCurrentPassword`, `PasswordTooCommon`; `TokenRevoked` if the account was deleted or its password
    changed meanwhile; `TooManyRequests` after several failed attempts, counted with those to log in.
    """
    credentials = _verify_current_password(caller, current_password)
    reject_common_password(new_password)
    password_hash = hash_password(new_password)
    user = _lock_user_if_password_unchanged(credentials)
    if user is None:
        raise TokenRevoked
    user.password_hash = password_hash
    # Increments `token_version`, which invalidates all earlier access tokens; the new ones below have the new version.
    revoke_tokens(user, keep=caller.session_id)
    revoke_password_resets(user.id)
    discard_email_change(user)  # whoever knew the old password may have asked for it
    # Whoever knows the password alone must not get to what takes the second factor away.
    if not user.has_second_factor:
        renew_step_up(caller)
    send_mail(password_changed_mail, to=user.id, by_link=False)
    db.session.flush()
    record("user.password_changed", user.id)
    return _token_response(user, issue_tokens(user, caller.session_id))


def step_up(caller: Identity, *, method: str, password: str) -> StepUp:
    """Prove the identity of the caller once more, for operations that need it; `method` is "password".

    Raise `PasswordNotEnough` for an account with a second factor; `InvalidCurrentPassword`; `TokenRevoked` if the
    account was deleted, its password changed or the session revoked meanwhile; `TooManyRequests` after several failed
    attempts, counted with those to log in.
    """
    if caller.has_second_factor:
        raise PasswordNotEnough
    credentials = _verify_current_password(caller, password)
    if _lock_user_if_password_unchanged(credentials) is None:
        raise TokenRevoked
    return StepUp(method, renew_step_up(caller))


def purge_expired() -> int:
    """Delete a batch of expired sessions, tokens, known addresses and links; return how many rows.

    Nobody is logged out.
    """
    return purge_sessions() + purge_known_addresses(PURGE_BATCH_SIZE) + purge_links(PURGE_BATCH_SIZE)


def get_me(caller: Identity) -> User:
    """Return the user that is logged in; raise `TokenRevoked` if it was deleted meanwhile."""
    try:
        return get_user(caller, caller.id)
    except NotFound:
        raise TokenRevoked from None


def update_me(caller: Identity, precondition: Precondition, **changes: Any) -> User:
    """Update the user that is logged in; raise as `update_user`, `TokenRevoked` if it was deleted meanwhile."""
    try:
        return update_user(caller, caller.id, precondition, **changes)
    except NotFound:
        raise TokenRevoked from None


def _verify_current_password(caller: Identity, password: str) -> Credentials:
    """Return the caller's credentials if the password is right; raise `InvalidCurrentPassword`, `TooManyRequests`."""
    credentials = credentials_of_user(caller.id, client_address_hash())
    if credentials is None:  # deleted meanwhile
        raise TokenRevoked
    attempt = count_login_attempt(credentials.email_key or str(caller.id), credentials.known_address)
    if not verify_password(credentials.password_hash, password):
        raise InvalidCurrentPassword
    attempt.succeeded()
    return credentials


def _lock_user_if_password_unchanged(credentials: Credentials) -> UserRow | None:
    """Lock the account until the transaction ends; None if it was deleted or its password hash changed.

    Without the second check a login could succeed with a password that another request has just replaced.
    """
    # FOR NO KEY UPDATE: inserts that refer to the account take FOR KEY SHARE and need not wait.
    user = db.session.get(
        UserRow, credentials.user_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return user if user is not None and user.password_hash == credentials.password_hash else None


def _token_response(user: UserRow, tokens: TokenPair) -> TokenResponse:
    return TokenResponse(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        token_type="Bearer",  # noqa: S106 - the kind of token, not one
        expires_in=tokens.expires_in,
        user=full_user(user),
    )
