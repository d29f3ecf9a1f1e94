"""The form of API keys, `colophon_<id>_<secret><checksum>`, their hash at rest, and the errors of their use.

A key is found by its id and proved by its secret. The checksum tells a mistyped key from an unknown one without the
database, and lets scanners of source code report leaked keys without false alarms. Who may do what with a key is in
`api_key_identity`.

The secret has 190 random bits, so that nobody finds one by trying, and a slow hash as for passwords would only slow
down each request. It is a keyed one (HMAC-SHA256): with the database alone, or with a way to write to it, nobody can
verify a guess or forge a key.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

from service.contract.problems import Forbidden
from service.core.encryption import derived_keys
from service.core.tokens import InvalidToken

PREFIX = "colophon_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 22  # of 128 bits
_SECRET_LENGTH = 32
_CHECKSUM_LENGTH = 6  # of 32 bits

API_KEY_PATTERN = rf"^{PREFIX}[0-9A-Za-z]{{{_ID_LENGTH}}}_[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}$"
API_KEY_LENGTH = len(PREFIX) + _ID_LENGTH + 1 + _SECRET_LENGTH + _CHECKSUM_LENGTH
_KEY = re.compile(
    rf"{PREFIX}([0-9A-Za-z]{{{_ID_LENGTH}}})_([0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})",
    re.ASCII,
)
_PURPOSE = "API keys"


class InvalidApiKey(InvalidToken):
    """The API key is not valid: it is mistyped, or was revoked. Create a new one."""

    code = "INVALID_API_KEY"


class ApiKeyExpired(InvalidApiKey):
    """The API key has expired. Create a new one."""

    code = "API_KEY_EXPIRED"


class ApiKeyNotAccepted(Forbidden):
    """API keys cannot be used for this operation. Log in, and send an access token."""

    code = "API_KEY_NOT_ACCEPTED"
    sends_challenge = True

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


class InsufficientScope(Forbidden):
    """The API key does not have the scope that this operation requires, see `WWW-Authenticate`. Use another key."""

    code = "INSUFFICIENT_SCOPE"
    sends_challenge = True

    def __init__(self, required: Iterable[str]) -> None:
        scopes = " ".join(required)
        super().__init__(headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scopes}"'})


@dataclass(frozen=True, slots=True)
class ApiKeyParts:
    """The id and the secret of a well-formed key."""

    id: UUID
    secret: str


def is_api_key(credential: str) -> bool:
    """Tell whether a bearer credential is meant to be an API key, well-formed or not."""
    return credential.startswith(PREFIX)


def new_secret() -> str:
    """Return a new secret."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))


def write_api_key(parts: ApiKeyParts) -> str:
    """Return the key as it is shown and sent."""
    key = f"{public_part(parts.id)}_{parts.secret}"
    return key + _checksum(key)


def public_part(key_id: UUID) -> str:
    """Return how a key begins, up to its secret: what tells it from others and may be shown."""
    return PREFIX + _base62(key_id.int, _ID_LENGTH)


def parse_api_key(credential: str) -> ApiKeyParts:
    """Return the parts of a key; raise `InvalidApiKey` if it is malformed or its checksum is wrong. No SQL."""
    match = _KEY.fullmatch(credential)
    if match is None or _checksum(credential[:-_CHECKSUM_LENGTH]) != match[3]:
        raise InvalidApiKey
    number = _number(match[1])
    if number >> 128:
        raise InvalidApiKey
    return ApiKeyParts(UUID(int=number), match[2])


def hash_secret(secret: str) -> bytes:
    """Return what is stored of a new secret."""
    return hmac.digest(derived_keys(_PURPOSE, create=True)[0], secret.encode(), "sha256")


def matches_hash(secret: str, stored: bytes) -> bool:
    """Tell whether a secret has the stored hash, with any of the keys that the service has had for it."""
    return any(
        hmac.compare_digest(hmac.digest(key, secret.encode(), "sha256"), stored)
        for key in derived_keys(_PURPOSE, create=False)
    )


def _checksum(text: str) -> str:
    return _base62(crc32(text.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _ALPHABET[digit] + digits
    return digits


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + _ALPHABET.index(digit)
    return number
