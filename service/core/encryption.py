"""Encryption of secrets that the service has to use again, such as those that sign webhooks: at rest only ciphertext.

Hashes of secrets that it only has to recognize are keyed with `derived_keys`.

The key is derived from `SECRET_KEY`. Where that is not set, it is a file beside the signing keys, made when it is first
needed; so the database alone, or a copy of it, tells nobody a secret. A secret that was encrypted with the file can be
decrypted as long as the file is there, also after `SECRET_KEY` was set.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from pathlib import Path
from secrets import token_hex

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.config import settings

FILE_NAME = "secrets.key"
_KEY_BYTES = 32


class DecryptionFailed(Exception):
    """The secret was encrypted with a key that is not there any more, or is not on this machine."""


def encrypt(secret: bytes, purpose: str) -> bytes:
    """Return the ciphertext of a secret. What was encrypted for another `purpose` cannot be decrypted for this one."""
    return _cipher(purpose, create=True).encrypt(secret)


def decrypt(ciphertext: bytes, purpose: str) -> bytes:
    """Return the secret. Raise `DecryptionFailed`."""
    try:
        return _cipher(purpose, create=False).decrypt(ciphertext)
    except (InvalidToken, OSError, ValueError):
        raise DecryptionFailed("The secret cannot be decrypted: SECRET_KEY is another one.") from None


def derived_keys(purpose: str, *, create: bool) -> list[bytes]:
    """Return the keys of a purpose, 32 bytes each: that of `SECRET_KEY` first, then that of the file, if it is there.

    With `create` there is at least one.
    """
    return [_derived(key, purpose) for key in _keys(create=create)]


def _cipher(purpose: str, *, create: bool) -> MultiFernet:
    """Return what encrypts with the first key and decrypts with any; ValueError if there is none."""
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived_keys(purpose, create=create)])


def _keys(*, create: bool) -> list[bytes]:
    keys = []
    if settings().secret_key is not None:
        keys.append(settings().secret_key.encode())  # type: ignore[union-attr]
    path = settings().jwt_keys_dir / FILE_NAME
    if path.exists():
        keys.append(path.read_bytes())
    elif not keys and create:
        keys.append(_create(path))
    return keys


def _derived(key: bytes, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=f"colophon: {purpose}".encode())
    return derivation.derive(key)


def _create(path: Path) -> bytes:
    """Make the key file, readable by its owner only; return the key of the first process or thread."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{token_hex(8)}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)  # atomic, and fails if another one was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()
