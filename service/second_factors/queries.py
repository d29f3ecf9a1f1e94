"""Selects whether an account has a second factor, since when, and how many recovery codes are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from service.contract.problems import NotFound
from service.core.database import read_connection
from service.core.second_factor_policy import needs_second_factor
from service.models.casefolding import casefold
from service.models.second_factors import RecoveryCode, SecondFactor
from service.models.users import User


@dataclass(frozen=True, slots=True)
class SecondFactorState:
    """The two-factor authentication of an account."""

    is_enabled: bool
    is_required: bool
    enabled_at: datetime | None
    recovery_codes_left: int


_left = (
    select(func.count())
    .where(RecoveryCode.user_id == User.id, RecoveryCode.used_at.is_(None))
    .scalar_subquery()
    .label("left")
)
_state = (
    select(User.role, User.has_second_factor, SecondFactor.enabled_at, _left)
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
        enabled_at=row.enabled_at,
        recovery_codes_left=row.left,
    )


def find_account_id(name: str) -> int | None:
    """Return the id of the account with this username or e-mail address (case-insensitive). One statement."""
    key = casefold(name)
    found = select(User.id).where(or_(User.username_key == key, User.email_key == key))
    account_id: int | None = read_connection().execute(found).scalar()
    return account_id
