"""Verification of codes, each of which works once, and the recovery codes of an account.

One UPDATE decides: of two requests with the same code, the second waits for the commit of the first, and finds it used.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from sqlalchemy import delete, select, update

from service.auth.queries import credentials_of_user
from service.contract.problems import Forbidden
from service.core.known_addresses import client_address_hash
from service.core.login_attempts import LoginAttempt, count_login_attempt
from service.extensions import db
from service.models.base import utcnow
from service.models.second_factors import RecoveryCode, SecondFactor
from service.second_factors.totp import step_of

RECOVERY_CODES = 10
# Without letters that are read as digits or as each other.
_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
_GROUPS, _GROUP_LENGTH = 6, 4
_TOTP = re.compile(r"[0-9]{6}", re.ASCII)


class SecondFactorInvalid(Forbidden):
    """The code is wrong, has expired or was used already. Use the next one that the app shows, or a recovery code."""

    code = "SECOND_FACTOR_INVALID"


def count_attempt(user_id: int) -> LoginAttempt:
    """Count an attempt with a code as failed, until it `succeeded`. Raise `TooManyRequests`.

    Apart from those with a password: whoever knows that must not reset the count by it.
    """
    credentials = credentials_of_user(user_id, client_address_hash())
    return count_login_attempt(
        f"second factor of {user_id}", credentials.known_address if credentials else None
    )


def use_code(user_id: int, code: str) -> bool:
    """Use up a code of the account's app, or a recovery code; return whether it was one of these.

    Raise `SecondFactorInvalid`.
    """
    plain = re.sub(r"[\s-]", "", code).lower()
    is_recovery_code = _TOTP.fullmatch(plain) is None
    if not (_use_recovery_code(user_id, plain) if is_recovery_code else _use_code_of_app(user_id, plain)):
        raise SecondFactorInvalid
    return is_recovery_code


def use_totp(user_id: int, code: str) -> bool:
    """Use up a code of the account's app; return False if it is not valid or not newer than the last one."""
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    step = step_of(code, factor.secret) if factor else None
    if step is None:
        return False
    used = (
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return db.session.execute(used).one_or_none() is not None


def replace_recovery_codes(user_id: int) -> list[str]:
    """Give the account new recovery codes and return them; they are stored nowhere in clear."""
    delete_recovery_codes(user_id)
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(code_hash=_hash(code.replace("-", "")), user_id=user_id) for code in codes
    )
    db.session.flush()
    return codes


def delete_recovery_codes(user_id: int) -> None:
    """Delete all recovery codes of the account. One DELETE."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def unused_recovery_codes(user_id: int) -> int:
    """Return how many recovery codes the account has left. One statement."""
    unused = select(RecoveryCode.code_hash).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return len(db.session.scalars(unused).all())


def _use_code_of_app(user_id: int, code: str) -> bool:
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    # An account with a passkey may be about to set up an app: until that is confirmed, its codes are none.
    return factor is not None and factor.enabled_at is not None and use_totp(user_id, code)


def _use_recovery_code(user_id: int, code: str) -> bool:
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == _hash(code),
            RecoveryCode.user_id == user_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=utcnow())
        .returning(RecoveryCode.user_id)
    )
    return db.session.execute(used).one_or_none() is not None


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))


def _hash(code: str) -> bytes:
    # The code has 118 random bits: a salt or a slow hash would not make it harder to guess.
    return hashlib.sha256(code.encode()).digest()
