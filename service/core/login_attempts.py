"""Slows down the guessing of one account's password, from however many addresses; `rate_limits` counts per client.

The first failed attempts of a day are free. Then one attempt is admitted at a time, after a wait that doubles with each
failure. An attempt is counted before the password is verified, so that parallel guesses gain nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from limits import RateLimitItemPerDay
from limits.strategies import RateLimiter

from service.config import settings
from service.contract import TooManyRequests
from service.core.rate_limits import count_with_fallback, seconds_until

FORGOTTEN_AFTER_S = 86_400
_NAME = "account"


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """An attempt that has been counted as failed; call `succeeded` when it was not."""

    key: str

    def succeeded(self) -> None:
        """Forget the failures that were counted where this attempt was."""
        count_with_fallback(_NAME, self._clear)

    def _clear(self, strategy: RateLimiter) -> None:
        strategy.clear(_free_attempts(), self.key)
        strategy.storage.clear(_gate(self.key))
        strategy.storage.clear(_failures(self.key))


def count_login_attempt(account: str, known_address: bytes | None) -> LoginAttempt:
    """Count an attempt to log in to an account, whether or not it exists; `account` names it, as its e-mail address.

    Attempts from an address that the account is known to log in from are counted by themselves: guesses from
    elsewhere do not slow them. Raise `TooManyRequests` with `Retry-After` if it has to wait.
    """
    # Hashed: the storage is no list of e-mail addresses.
    key = hashlib.sha256(account.encode() + b"\n" + (known_address or b"")).hexdigest()
    count_with_fallback(_NAME, lambda strategy: _count(strategy, key))
    return LoginAttempt(key)


def _count(strategy: RateLimiter, key: str) -> None:
    if strategy.hit(_free_attempts(), key):
        return
    storage = strategy.storage
    doublings = min(storage.get(_failures(key)), 32)  # the wait cannot get longer than a day
    wait_s = min(settings().login_wait_s << doublings, settings().login_wait_max_s)
    # The counter is a lock that ends by itself: whoever makes it is admitted, nobody else until the wait is over.
    if storage.incr(_gate(key), wait_s) > 1:
        raise _too_many_requests(seconds_until(storage.get_expiry(_gate(key))))
    storage.incr(_failures(key), FORGOTTEN_AFTER_S)


def _too_many_requests(wait_s: int) -> TooManyRequests:
    return TooManyRequests(
        "Too many failed attempts for this account. Retry after the time given in `Retry-After`.",
        headers={
            "Retry-After": str(wait_s),
            "RateLimit": f'"{_NAME}";r=0;t={wait_s}',
            "RateLimit-Policy": f'"{_NAME}";q={settings().login_failures};w={FORGOTTEN_AFTER_S}',
        },
    )


def _free_attempts() -> RateLimitItemPerDay:
    # The last of the failures that are allowed begins the first wait.
    return RateLimitItemPerDay(settings().login_failures - 1, namespace=_NAME)


def _gate(key: str) -> str:
    return f"{_NAME}/{key}/gate"


def _failures(key: str) -> str:
    return f"{_NAME}/{key}/failures"
