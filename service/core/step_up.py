"""Step-up authentication: a stolen session alone must not suffice for what could take an account away.

Operations that need it call `require_step_up`. A login is a step-up; `renew_step_up` is for every later proof. Of an
account with a second factor, the password alone is none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import update

from service.config import settings
from service.contract.problems import Forbidden
from service.core.identity import Identity
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import Session


class StepUpMethod(StrEnum):
    """How somebody proves once more who they are."""

    PASSWORD = "password"  # noqa: S105 - a method
    SECOND_FACTOR = "second_factor"
    PASSKEY = "passkey"


class StepUpRequired(Forbidden):
    """The last login of this session was too long ago. Step up as `method` says, then send the request again."""

    code = "STEP_UP_REQUIRED"
    members: ClassVar = {
        "method": {
            "type": "string",
            "enum": [StepUpMethod.PASSWORD.value, StepUpMethod.SECOND_FACTOR.value],
            "description": "How to step up: `password` with `POST /api/auth/step-up`, `second_factor` with "
            "`POST /api/auth/second-factor/step-up`, or with a passkey, `POST /api/auth/passkeys/step-up`.",
            "examples": [StepUpMethod.PASSWORD.value],
        }
    }

    def __init__(self, method: StepUpMethod = StepUpMethod.PASSWORD) -> None:
        super().__init__()
        self.extensions["method"] = method.value


def require_step_up(caller: Identity) -> None:
    """Raise `StepUpRequired` unless the caller has logged in, or stepped up, in this session a short time ago."""
    at = caller.authenticated_at
    if at is None or utcnow() >= step_up_expires_at(at):
        raise StepUpRequired(
            StepUpMethod.SECOND_FACTOR if caller.has_second_factor else StepUpMethod.PASSWORD
        )


def renew_step_up(caller: Identity) -> datetime:
    """Record that the caller has just proved who they are; return until when that counts. One UPDATE.

    Raise `TokenRevoked` if the session was revoked meanwhile.
    """
    now = utcnow()
    session = (
        update(Session)
        .where(Session.id == caller.session_id, Session.revoked_at.is_(None))
        .values(authenticated_at=now)
        .returning(Session.id)
    )
    if db.session.execute(session).one_or_none() is None:
        raise TokenRevoked
    return step_up_expires_at(now)


def step_up_expires_at(authenticated_at: datetime) -> datetime:
    """Return until when a login or step-up counts."""
    return authenticated_at + timedelta(seconds=settings().step_up_s)
