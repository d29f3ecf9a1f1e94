"""Selects whether an account has a second factor, since when, and how many recovery codes are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from service.contract.problems import NotFound
from service.core.database import read_connection
from service.core.second_factor_policy import needs_second_factor
from service.models.casefolding import casefold
from service.models.passkeys import Passkey
from service.models.second_factors import RecoveryCode, SecondFactor
from service.models.users import User


@dataclass(frozen=True, slots=True)
class SecondFactorState:
    """The two-factor authentication of an account."""

    is_enabled: bool
    is_required: bool
    has_authenticator_app: bool
    passkeys: int
    enabled_at: datetime | None
    recovery_codes_left: int


_left = (
    select(func.count())
    .where(RecoveryCode.user_id == User.id, RecoveryCode.used_at.is_(None))
    .scalar_subquery()
    .label("left")
)
_passkeys = select(func.count()).where(Passkey.user_id == User.id).scalar_subquery().label("passkeys")
_first_passkey_at = (
    select(func.min(Passkey.created_at, type_=Passkey.created_at.type))
    .where(Passkey.user_id == User.id)
    .scalar_subquery()
    .label("first_passkey_at")
)
_state = (
    select(
        User.role,
        User.has_second_factor,
        SecondFactor.enabled_at,
        _left,
        _passkeys,
        _first_passkey_at,
    )
    .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
    .where(User.id == bindparam("user_id"))
)


def get_second_factor(user_id: int) -> SecondFactorState:
    """Return the two-factor authentication of an account; raise `NotFound`. One statement."""
    row = read_connection().execute(_state, {"user_id": user_id}).one_or_none()
    if row is None:
        raise NotFound
    return SecondFactorState(
        is_enabled=row.has_second_factor,
        is_required=needs_second_factor(row.role),
        has_authenticator_app=row.enabled_at is not None,
        passkeys=row.passkeys,
        enabled_at=min((at for at in (row.enabled_at, row.first_passkey_at) if at is not None), default=None),
        recovery_codes_left=row.left,
    )


def find_account_id(name: str) -> int | None:
    """Return the id of the account with this username or e-mail address (case-insensitive). One statement."""
    key = casefold(name)
    found = select(User.id).where(or_(User.username_key == key, User.email_key == key))
    account_id: int | None = read_connection().execute(found).scalar()
    return account_id
