"""An authenticator app with the secret of an account, and accounts that need its codes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pyotp

from service.core.database import transaction
from service.models.base import utcnow
from service.models.second_factors import SecondFactor
from service.models.users import User
from service.second_factors.codes import replace_recovery_codes
from service.second_factors.totp import encrypt_secret


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Shows codes; the recovery codes are on a sheet of paper beside it."""

    secret: str = field(default_factory=pyotp.random_base32)
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """Return the code of now, or of some steps later."""
        return pyotp.TOTP(self.secret).at(time.time(), counter_offset=steps)

    def wrong_code(self) -> str:
        """Return a code that is not valid now, nor in a while."""
        near = {self.code(steps) for steps in range(-3, 10)}
        return next(
            code for code in ("111111", "222222", *map(str, range(300_000, 300_020))) if code not in near
        )


def enable(user: User) -> Authenticator:
    """Turn two-factor authentication of an account on, as setting it up does; return the app."""
    app = Authenticator()
    with transaction() as session:
        row = session.get(User, user.id)
        assert row is not None
        row.has_second_factor = True
        factor = SecondFactor(user_id=user.id, secret=encrypt_secret(app.secret), enabled_at=utcnow())
        session.add(factor)
        app.recovery_codes.extend(replace_recovery_codes(user.id))
    return app
