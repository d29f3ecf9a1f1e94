"""JSON Web Key Set (JWKS) of the public keys, with its ETag; loading and rotating keys is `core.signing_keys`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from service.core.tokens import key_ring


@dataclass(frozen=True, slots=True)
class KeySet:
    """The public keys; the first one is the active signing key."""

    keys: list[dict[str, str]]
    etag: str


def get_jwks() -> KeySet:
    """Return the public keys of the application. No SQL statements."""
    keys = key_ring().jwks()["keys"]
    ids = ",".join(key["kid"] for key in keys)
    return KeySet(keys, f'"keys-{hashlib.sha256(ids.encode()).hexdigest()[:32]}"')
