"""The secrets that sign webhooks: made, encrypted, and read for signing."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

from service.core.encryption import decrypt, encrypt

PREFIX = "whsec_"
_BYTES = 32
_PURPOSE = "secret of a webhook"


def new_secret() -> str:
    """Return a new secret in the form of Standard Webhooks."""
    return PREFIX + b64encode(os.urandom(_BYTES)).decode()


def encrypt_secret(secret: str) -> bytes:
    """Return what the database keeps of a secret."""
    return encrypt(secret.encode(), _PURPOSE)


def signing_key(encrypted: bytes) -> bytes:
    """Return the key of the signatures. Raise `DecryptionFailed`."""
    return b64decode(decrypt(encrypted, _PURPOSE).decode().removeprefix(PREFIX))
