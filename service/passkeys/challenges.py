"""Challenges that authenticators sign: single use, for a few minutes, one purpose and, where there is one, an account.

A challenge is a row of `SingleUseLink`, of which only the hash is stored.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from service.contract.problems import Conflict
from service.core.single_use_links import LINK_PROBLEMS, new_secret, redeem_link
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink

LIFETIME_S = 300


class PasskeyChallengeInvalid(Conflict):
    """The request to the passkey has expired, was used, or was not for this. Get new options and try again."""

    code = "PASSKEY_CHALLENGE_INVALID"


def new_challenge(purpose: LinkPurpose, user_id: int | None = None) -> str:
    """Return a new challenge, 32 random bytes in base64url. One INSERT."""
    secret = new_secret()
    challenge = SingleUseLink(
        purpose=purpose,
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        user_id=user_id,
        expires_at=utcnow() + timedelta(seconds=LIFETIME_S),
    )
    db.session.add(challenge)
    db.session.flush()
    return secret


def redeem_challenge(purpose: LinkPurpose, challenge: str, user_id: int | None = None) -> None:
    """Use a challenge up that was made for this account; raise `PasskeyChallengeInvalid`. One UPDATE decides."""
    try:
        made_for = redeem_link(purpose, challenge).user_id
    except LINK_PROBLEMS:
        raise PasskeyChallengeInvalid from None
    if made_for != user_id:
        raise PasskeyChallengeInvalid
