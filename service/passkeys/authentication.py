"""Log in with a passkey: instead of the password, after it, or to step up.

Lock order: the account, then challenges and passkeys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from service.auth.actions import AccountInactive, StepUp, TokenResponse, start_session
from service.contract.problems import Conflict
from service.core.audit_log import record
from service.core.identity import Identity
from service.core.login_challenges import ChallengeInvalid, find_challenge
from service.core.login_challenges import redeem_challenge as redeem_login_challenge
from service.core.mail.sending import send_mail
from service.core.step_up import StepUpMethod, renew_step_up
from service.models.base import utcnow
from service.models.passkeys import Passkey
from service.models.single_use_links import LinkPurpose
from service.models.users import User
from service.passkeys import queries
from service.passkeys.challenges import new_challenge, redeem_challenge
from service.passkeys.mails import Change, passkey_changed_mail
from service.passkeys.options import request_options, user_handle
from service.passkeys.verification import (
    Assertion,
    PasskeyInvalid,
    challenge_of,
    from_base64url,
    verify_assertion,
)
from service.second_factors.accounts import lock_account, lock_caller

log = structlog.get_logger(__name__)


class NoPasskey(Conflict):
    """The account has no passkey. Use a code of the authenticator app, or the password."""

    code = "NO_PASSKEY"


def begin_log_in() -> dict[str, Any]:
    """Return the options for logging in with any passkey of the site: nobody has said yet who they are."""
    return request_options(new_challenge(LinkPurpose.PASSKEY_LOGIN))


def log_in(*, credential: Mapping[str, Any]) -> TokenResponse:
    """Create a session for the owner of the passkey.

    Raise `PasskeyChallengeInvalid`, `PasskeyInvalid`; `AccountInactive` only if the response is valid.
    """
    owner_id = queries.find_owner_id(_credential_id(credential))
    user = None if owner_id is None else lock_account(owner_id)
    return _start_session(_verify(LinkPurpose.PASSKEY_LOGIN, credential, user, made_for=None))


def begin_second_factor(*, challenge: str) -> dict[str, Any]:
    """Return the options for the passkeys of whoever has the challenge of a login.

    Raise `ChallengeInvalid`, `NoPasskey`.
    """
    return _options_for(_user_of(challenge), LinkPurpose.PASSKEY_SECOND_FACTOR)


def complete_log_in(*, challenge: str, credential: Mapping[str, Any]) -> TokenResponse:
    """Create a session for whoever has the challenge of a login and a passkey of the account.

    Raise `ChallengeInvalid`, `PasskeyChallengeInvalid`, `PasskeyInvalid`; the challenge of the login then stays open.
    Raise `AccountInactive`.
    """
    user_id = _user_of(challenge)
    user = _verify(LinkPurpose.PASSKEY_SECOND_FACTOR, credential, lock_account(user_id), made_for=user_id)
    # Only now: whatever ends the sessions of the account has revoked the challenge under the same lock.
    redeem_login_challenge(challenge)
    return _start_session(user)


def begin_step_up(caller: Identity) -> dict[str, Any]:
    """Return the options for the passkeys of the caller; raise `NoPasskey`."""
    return _options_for(caller.id, LinkPurpose.PASSKEY_STEP_UP)


def step_up(caller: Identity, *, credential: Mapping[str, Any]) -> StepUp:
    """Prove the identity of the caller once more. Raise `PasskeyChallengeInvalid`, `PasskeyInvalid`.

    Raise `TokenRevoked` if the session was revoked meanwhile.
    """
    user = lock_caller(caller)
    _verify(LinkPurpose.PASSKEY_STEP_UP, credential, user, made_for=user.id)
    return StepUp(StepUpMethod.PASSKEY, renew_step_up(caller))


def _options_for(user_id: int, purpose: LinkPurpose) -> dict[str, Any]:
    passkeys = queries.passkeys_of(user_id)
    if not passkeys:
        raise NoPasskey
    return request_options(new_challenge(purpose, user_id), passkeys)


def _verify(
    purpose: LinkPurpose, credential: Mapping[str, Any], user: User | None, *, made_for: int | None
) -> User:
    """Use up the challenge that was made for `made_for`, and record the use of a passkey of `user`, who is locked.

    Return the user. Raise `PasskeyChallengeInvalid`, or `PasskeyInvalid` whatever is wrong with the response.
    """
    challenge = challenge_of(credential)
    redeem_challenge(purpose, challenge, made_for)
    passkey = queries.lock_passkey(user.id, _credential_id(credential)) if user else None
    if user is None or passkey is None or not _is_handle_of(user, credential):
        raise PasskeyInvalid
    assertion = verify_assertion(credential, challenge, passkey.public_key)
    if (assertion.sign_count or passkey.sign_count) and assertion.sign_count <= passkey.sign_count:
        _refuse_copy(passkey, assertion)
    passkey.sign_count, passkey.is_backed_up = assertion.sign_count, assertion.is_backed_up
    passkey.last_used_at = utcnow()
    return user


def _start_session(user: User) -> TokenResponse:
    if not user.is_active:
        raise AccountInactive
    return start_session(user)


def _refuse_copy(passkey: Passkey, assertion: Assertion) -> None:
    """Raise `PasskeyInvalid`; record that the counter went back, and tell the owner (WebAuthn 3, 6.1.1)."""
    record("user.passkey_refused", passkey.user_id, passkey_id=passkey.id)
    change = Change.REFUSED.value
    send_mail(
        passkey_changed_mail, to=passkey.user_id, change=change, name=passkey.name, is_first_or_last=False
    )
    log.warning(
        "the counter of a passkey went back: it may have been copied",
        passkey_id=str(passkey.id),
        stored=passkey.sign_count,
        received=assertion.sign_count,
    )
    raise PasskeyInvalid


def _user_of(challenge: str) -> int:
    user_id = find_challenge(challenge).user_id
    if user_id is None:
        raise ChallengeInvalid
    return user_id


def _is_handle_of(user: User, credential: Mapping[str, Any]) -> bool:
    """Tell whether the authenticator names this account, or none, as it may where it was asked for one passkey."""
    handle = credential["response"].get("userHandle")
    if handle is None:
        return True
    try:
        return from_base64url(handle) == user_handle(user.id)
    except ValueError:
        return False


def _credential_id(credential: Mapping[str, Any]) -> bytes:
    try:
        return from_base64url(credential["id"])
    except ValueError:
        raise PasskeyInvalid from None
