"""Add, rename and remove passkeys. Logging in with them is in `authentication`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.contract.problems import Conflict, NotFound
from service.core.audit_log import record
from service.core.identity import Identity
from service.core.mail.sending import send_mail
from service.core.sessions import revoke_sessions
from service.core.step_up import require_step_up
from service.extensions import db
from service.models.passkeys import PASSKEYS_MAX, TRANSPORTS
from service.models.passkeys import Passkey as PasskeyRow
from service.models.single_use_links import LinkPurpose
from service.models.users import User
from service.passkeys import queries
from service.passkeys.challenges import new_challenge, redeem_challenge
from service.passkeys.mails import Change, passkey_changed_mail
from service.passkeys.options import creation_options
from service.passkeys.verification import challenge_of, verify_registration
from service.second_factors.accounts import keep_second_factor_up_to_date, lock_caller
from service.second_factors.codes import replace_recovery_codes


class PasskeyRegistered(Conflict):
    """The passkey is registered already. Use another device or security key."""

    code = "PASSKEY_REGISTERED"
    constraint = "uq_passkeys_credential_id"


class TooManyPasskeys(Conflict):
    """The account has 20 passkeys, as many as there may be. Remove one first."""

    code = "TOO_MANY_PASSKEYS"


@dataclass(frozen=True, slots=True)
class AddedPasskey:
    """A new passkey; `recovery_codes` in clear if it is the first second factor of the account, else None."""

    passkey: queries.Passkey
    recovery_codes: list[str] | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.passkey, name)


def begin_registration(caller: Identity) -> dict[str, Any]:
    """Return the options for a new passkey of the caller. Raise `StepUpRequired`, `TooManyPasskeys`."""
    require_step_up(caller)
    user = lock_caller(caller)
    passkeys = _passkeys_with_room(user)
    return creation_options(user, new_challenge(LinkPurpose.PASSKEY_REGISTRATION, user.id), passkeys)


def add_passkey(caller: Identity, *, name: str, credential: Mapping[str, Any]) -> AddedPasskey:
    """Add a passkey that a browser has made with the options of `begin_registration`. The owner is told by mail.

    With the first one the password alone is not enough any more: recovery codes are made, and all other sessions end,
    which were begun with it. Raise `StepUpRequired`, `TooManyPasskeys`, `PasskeyChallengeInvalid`, `PasskeyInvalid`;
    the unique constraint of the table raises `PasskeyRegistered`.
    """
    require_step_up(caller)
    user = lock_caller(caller)
    _passkeys_with_room(user)
    challenge = challenge_of(credential)
    redeem_challenge(LinkPurpose.PASSKEY_REGISTRATION, challenge, user.id)
    made = verify_registration(credential, challenge)
    transports = credential["response"].get("transports") or ()
    row = PasskeyRow(
        user_id=user.id,
        name=name,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        is_backed_up=made.is_backed_up,
        transports=[transport for transport in TRANSPORTS if transport in transports],
    )
    db.session.add(row)
    db.session.flush()
    record("user.passkey_added", user.id, passkey_id=row.id)
    is_first = not user.has_second_factor
    codes = _turn_on(caller, user) if is_first else None
    _tell(user, Change.ADDED, name, is_first_or_last=is_first)
    return AddedPasskey(queries.get_passkey(user.id, row.id, db.session.connection()), codes)


def rename_passkey(caller: Identity, passkey_id: UUID, **changes: Any) -> queries.Passkey:
    """Rename a passkey of the caller. Raise `NotFound`."""
    row = _lock_own(caller, passkey_id)
    if changes.get("name", row.name) != row.name:
        row.name = changes["name"]
        db.session.flush()
        record("user.passkey_renamed", row.user_id, passkey_id=row.id)
    return queries.get_passkey(caller.id, passkey_id, db.session.connection())


def remove_passkey(caller: Identity, passkey_id: UUID) -> None:
    """Remove a passkey of the caller; after the last one, without an app, the password suffices. Sessions go on.

    Raise `StepUpRequired`, `NotFound`.
    """
    require_step_up(caller)
    user = lock_caller(caller)
    row = _lock_own(caller, passkey_id)
    db.session.delete(row)
    db.session.flush()
    keep_second_factor_up_to_date(user)
    is_last = not user.has_second_factor
    record("user.passkey_removed", user.id, passkey_id=passkey_id)
    if is_last:
        record("user.second_factor_removed", user.id)
    _tell(user, Change.REMOVED, row.name, is_first_or_last=is_last)


def _turn_on(caller: Identity, user: User) -> list[str]:
    """Let the password not suffice any more; return the recovery codes."""
    user.has_second_factor = True
    revoke_sessions(user, keep=caller.session_id)
    record("user.second_factor_enabled", user.id)
    return replace_recovery_codes(user.id)


def _passkeys_with_room(user: User) -> list[PasskeyRow]:
    passkeys = queries.passkeys_of(user.id)
    if len(passkeys) >= PASSKEYS_MAX:
        raise TooManyPasskeys
    return list(passkeys)


def _lock_own(caller: Identity, passkey_id: UUID) -> PasskeyRow:
    row = db.session.get(PasskeyRow, passkey_id, with_for_update=True)
    if row is None or row.user_id != caller.id:
        raise NotFound
    return row


def _tell(user: User, change: Change, name: str, *, is_first_or_last: bool) -> None:
    send_mail(
        passkey_changed_mail,
        to=user.id,
        change=change.value,
        name=name,
        is_first_or_last=is_first_or_last,
    )
