"""Password hashing and verification with Argon2id; constant work for unknown accounts."""

from __future__ import annotations

import os
import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

MIN_LENGTH = 8
MAX_LENGTH = 128

# OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane; 18-75 ms on one core.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Every hash takes a whole core and 19 MiB: more at once than there are cores would only make each slower, and a
# burst of logins could exhaust the memory.
_at_once = BoundedSemaphore(os.cpu_count() or 1)

# Hash of a random password, verified for unknown accounts: the response time must not tell who has an account.
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$vt3nWkgoMnJlkxLhg5C6eQ$iz40U3Kr/Q+gsBXYmx61dcsRwpDm5syB36g36FQ0y60"


def hash_password(password: str) -> str:
    """Return the Argon2id hash of `password`, parameters and salt included (97 characters).

    It takes tens of milliseconds and may wait for a free core: call it before the first SQL statement.
    """
    with _at_once:
        return _hasher.hash(_normal(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Verify `password` against a hash. `None`, for an unknown account, takes the same time and is false."""
    try:
        with _at_once:
            _hasher.verify(password_hash or _DUMMY, _normal(password))
    except VerifyMismatchError:
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Tell whether the hash was created with parameters other than the current ones."""
    return _hasher.check_needs_rehash(password_hash)


def _normal(password: str) -> bytes:
    # Two keyboards may produce different code points for the same password (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password).encode()
