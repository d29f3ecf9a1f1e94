"""Log in with a second factor, step up with it, set it up, remove it, and renew its recovery codes.

Lock order: the account, then its second factor and recovery codes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete

from service.auth.actions import AccountInactive, StepUp, TokenResponse, start_session
from service.contract.problems import Conflict, NotFound
from service.core.audit_log import record
from service.core.identity import Identity
from service.core.login_challenges import ChallengeInvalid, find_challenge, redeem_challenge
from service.core.mail.sending import send_mail
from service.core.sessions import revoke_sessions, revoke_tokens
from service.core.step_up import StepUpMethod, renew_step_up, require_step_up
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.passkeys import Passkey
from service.models.second_factors import SecondFactor
from service.models.users import User
from service.second_factors import queries, totp
from service.second_factors.accounts import keep_second_factor_up_to_date, lock_account, lock_caller
from service.second_factors.codes import (
    SecondFactorInvalid,
    count_attempt,
    replace_recovery_codes,
    unused_recovery_codes,
    use_code,
    use_totp,
)
from service.second_factors.mails import Change, recovery_code_used_mail, second_factor_changed_mail

# What the audit log calls a change.
_ACTIONS = {
    Change.ADDED: "user.second_factor_enabled",
    Change.REMOVED: "user.second_factor_removed",
    Change.APP_REMOVED: "user.authenticator_app_removed",
    Change.RESET: "user.second_factor_reset",
    Change.RECOVERY_CODES_RENEWED: "user.recovery_codes_renewed",
}


class SecondFactorEnabled(Conflict):
    """The account has an authenticator app already. To set up another one, remove it first."""

    code = "SECOND_FACTOR_ENABLED"


class SecondFactorNotEnabled(Conflict):
    """The account has no two-factor authentication. Set it up first."""

    code = "SECOND_FACTOR_NOT_ENABLED"


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app needs."""

    secret: str
    otpauth_url: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Recovery codes, in clear."""

    recovery_codes: list[str]


def complete_log_in(*, challenge: str, code: str) -> TokenResponse:
    """Create a session for whoever has the challenge of a login and a code of the account.

    Raise `ChallengeInvalid`, `SecondFactorInvalid`; the challenge then stays open. Raise `AccountInactive`,
    `TooManyRequests` after several wrong codes.
    """
    user_id = find_challenge(challenge).user_id
    if user_id is None:
        raise ChallengeInvalid
    attempt = count_attempt(user_id)
    user = lock_account(user_id)
    # Only now: whatever ends the sessions of the account has revoked the challenge under the same lock.
    redeem_challenge(challenge)
    if user is None or not user.has_second_factor:
        raise ChallengeInvalid
    if not user.is_active:
        raise AccountInactive
    _use_code(user, code)
    attempt.succeeded()
    return start_session(user)


def step_up(caller: Identity, *, code: str) -> StepUp:
    """Prove the identity of the caller once more. Raise `SecondFactorNotEnabled`, `SecondFactorInvalid`.

    Raise `TokenRevoked` if the session was revoked meanwhile, `TooManyRequests` after several wrong codes.
    """
    attempt = count_attempt(caller.id)
    user = lock_caller(caller)
    if not user.has_second_factor:
        raise SecondFactorNotEnabled
    _use_code(user, code)
    attempt.succeeded()
    return StepUp(StepUpMethod.SECOND_FACTOR, renew_step_up(caller))


def get_second_factor(caller: Identity) -> queries.SecondFactorState:
    """Return the two-factor authentication of the caller; raise `TokenRevoked` if it was deleted meanwhile."""
    try:
        return queries.get_second_factor(caller.id)
    except NotFound:
        raise TokenRevoked from None


def set_up(caller: Identity) -> Setup:
    """Store a new secret that waits for `confirm`, in place of one that waits. Nothing changes about logins yet.

    Raise `StepUpRequired`, `SecondFactorEnabled`.
    """
    require_step_up(caller)
    user = lock_caller(caller)
    if _is_enabled(_app_of(user)):
        raise SecondFactorEnabled
    secret = totp.new_secret()
    db.session.merge(
        SecondFactor(user_id=user.id, secret=totp.encrypt_secret(secret), last_step=0, enabled_at=None)
    )
    db.session.flush()
    return Setup(secret, totp.otpauth_url(secret, user.email or user.username))


def confirm(caller: Identity, *, code: str) -> RecoveryCodes:
    """Require codes of the app from now on, once one has shown that the app has the secret.

    All other sessions end: they were begun without a code. Raise `StepUpRequired`, `SecondFactorEnabled`,
    `SecondFactorNotEnabled` if nothing was set up, `SecondFactorInvalid`.
    """
    require_step_up(caller)
    user = lock_caller(caller)
    factor = _app_of(user)
    if _is_enabled(factor):
        raise SecondFactorEnabled
    if factor is None:
        raise SecondFactorNotEnabled
    if not use_totp(user.id, code):
        raise SecondFactorInvalid
    user.has_second_factor, factor.enabled_at = True, utcnow()
    codes = replace_recovery_codes(user.id)
    revoke_sessions(user, keep=caller.session_id)
    _tell(user, Change.ADDED)
    return RecoveryCodes(codes)


def renew_recovery_codes(caller: Identity) -> RecoveryCodes:
    """Replace all recovery codes, used or not. Raise `StepUpRequired`, `SecondFactorNotEnabled`."""
    require_step_up(caller)
    user = lock_caller(caller)
    if not user.has_second_factor:
        raise SecondFactorNotEnabled
    codes = replace_recovery_codes(user.id)
    _tell(user, Change.RECOVERY_CODES_RENEWED)
    return RecoveryCodes(codes)


def remove(caller: Identity) -> None:
    """Forget the secret; without a passkey the password suffices again. Sessions go on. Raise `StepUpRequired`."""
    require_step_up(caller)
    user = lock_caller(caller)
    if _remove_app(user):
        _tell(user, Change.REMOVED if not user.has_second_factor else Change.APP_REMOVED)


def reset(caller: Identity, user_id: int) -> None:
    """Remove the app and the passkeys of somebody who has lost them, and end all sessions.

    Raise `NotFound`, `StepUpRequired`.
    """
    user = lock_account(user_id)
    if user is None:
        raise NotFound
    require_step_up(caller)
    _reset(user)


def reset_account(name: str) -> bool:
    """Do as `reset` for the account with this username or e-mail address; return False if there is none.

    For whoever operates the service: the only administrator may have lost theirs.
    """
    account_id = queries.find_account_id(name)
    user = None if account_id is None else lock_account(account_id)
    if user is None:
        return False
    _reset(user)
    return True


def _reset(user: User) -> None:
    had = user.has_second_factor
    db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    _remove_app(user)
    if had:
        _tell(user, Change.RESET)
        revoke_tokens(user)
        db.session.flush()


def _remove_app(user: User) -> bool:
    """Delete the secret; return whether it was in use."""
    was_enabled = _is_enabled(_app_of(user))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    keep_second_factor_up_to_date(user)
    return was_enabled


def _app_of(user: User) -> SecondFactor | None:
    return db.session.get(SecondFactor, user.id, populate_existing=True)


def _is_enabled(app: SecondFactor | None) -> bool:
    return app is not None and app.enabled_at is not None


def _use_code(user: User, code: str) -> None:
    if use_code(user.id, code):
        record("user.recovery_code_used", user.id, actor_id=user.id)
        send_mail(recovery_code_used_mail, to=user.id, codes_left=unused_recovery_codes(user.id))


def _tell(user: User, change: Change) -> None:
    """Record a change, and mail it to the owner."""
    record(_ACTIONS[change], user.id)
    send_mail(second_factor_changed_mail, to=user.id, change=change.value)
