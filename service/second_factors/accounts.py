"""The lock on an account whose factors change, and whether it has any left. Lock order: account, then its factors."""

from __future__ import annotations

from sqlalchemy import exists, select

from service.core.identity import Identity
from service.core.single_use_links import revoke_password_resets
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.passkeys import Passkey
from service.models.second_factors import SecondFactor
from service.models.users import User
from service.second_factors.codes import delete_recovery_codes


def lock_account(user_id: int) -> User | None:
    """Lock the account until the transaction ends; None if it was deleted."""
    return db.session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)


def lock_caller(caller: Identity) -> User:
    """Lock the caller's account until the transaction ends; raise `TokenRevoked` if its tokens ended meanwhile."""
    user = lock_account(caller.id)
    if user is None or user.token_version != caller.token_version:
        raise TokenRevoked
    return user


def keep_second_factor_up_to_date(user: User) -> None:
    """Let the password suffice again if neither an app nor a passkey is left; logins that were begun are void.

    The caller holds the lock on the account, and has flushed what it removed.
    """
    revoke_password_resets(user.id)
    app = exists().where(SecondFactor.user_id == user.id, SecondFactor.enabled_at.is_not(None))
    passkey = exists().where(Passkey.user_id == user.id)
    if not db.session.scalar(select(app | passkey)):
        user.has_second_factor = False
        delete_recovery_codes(user.id)
    db.session.flush()
