"""The first of two steps of a login: a challenge, which the right password gives an account with a second factor.

It is a secret that allows one login with a code, for a few minutes. Whatever revokes all tokens of an account, such as
a new password, revokes it too (`revoke_password_resets`).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

from service.contract.problems import Unauthorized
from service.core.single_use_links import LINK_PROBLEMS, Link, find_link, new_secret, redeem_link
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink

LIFETIME_S = 600
CHALLENGE_EXAMPLE = "Zk3vN8qTxR1mYb6LcW9pHd2sJf7uGa5eQi4oKw0EtXM"


class SecondFactorRequired(Unauthorized):
    """The password is right. Send the challenge with a code to `POST /api/auth/second-factor` to log in."""

    code = "SECOND_FACTOR_REQUIRED"
    title = "Second factor required"
    commit_on_raise = True
    members: ClassVar = {
        "challenge": {
            "type": "string",
            "minLength": 43,
            "maxLength": 43,
            "description": "What the second step of the login takes, once.",
            "examples": [CHALLENGE_EXAMPLE],
        },
        "expires_at": {
            "type": "string",
            "format": "date-time",
            "description": "Time until which the challenge can be used.",
            "examples": ["2026-11-29T09:40:00Z"],
        },
    }

    def __init__(self, challenge: str, expires_at: datetime) -> None:
        super().__init__()
        self.extensions.update(challenge=challenge, expires_at=expires_at)


class ChallengeInvalid(Unauthorized):
    """The challenge has expired, was used or revoked. Log in again."""

    code = "LOGIN_CHALLENGE_INVALID"
    title = "Login challenge invalid"


def challenge_login(user_id: int) -> SecondFactorRequired:
    """Return what answers the right password of an account with a second factor. One INSERT."""
    secret, expires_at = new_secret(), utcnow() + timedelta(seconds=LIFETIME_S)
    challenge = SingleUseLink(
        purpose=LinkPurpose.LOGIN_CHALLENGE,
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        user_id=user_id,
        expires_at=expires_at,
    )
    db.session.add(challenge)
    db.session.flush()
    return SecondFactorRequired(secret, expires_at)


def find_challenge(challenge: str) -> Link:
    """Return an open challenge; raise `ChallengeInvalid`. One statement."""
    try:
        return find_link(LinkPurpose.LOGIN_CHALLENGE, challenge)
    except LINK_PROBLEMS:
        raise ChallengeInvalid from None


def redeem_challenge(challenge: str) -> Link:
    """Use an open challenge up, in the session's transaction; raise `ChallengeInvalid`. One UPDATE decides."""
    try:
        return redeem_link(LinkPurpose.LOGIN_CHALLENGE, challenge)
    except LINK_PROBLEMS:
        raise ChallengeInvalid from None
