"""Which keys sign and check tokens? Ed25519 keys in a folder of their own, published as a JWK Set.

Every key in the folder is published and checks tokens; one of them, the current, signs. The file
`current` names it; without that file it is the oldest. A running worker sees what changes there.
"""

from __future__ import annotations

import hashlib
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

ALGORITHM = "EdDSA"
_CURRENT = "current"

# File systems stamp a change with the last tick of their clock, some milliseconds ago at most.
_MTIME_RESOLUTION_NS = 1_000_000_000
_UNSETTLED = -1

log = structlog.get_logger(__name__)


class KeysUnusable(RuntimeError):
    """The folder holds no key that can sign."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one service: `kid` signs, every one of `public_keys` checks."""

    kid: str
    private_key: Ed25519PrivateKey
    public_keys: dict[str, Ed25519PublicKey]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the JWK Set (RFC 7517, 8037), the signing key first."""
        others = sorted(self.public_keys.keys() - {self.kid})
        return {"keys": [_jwk(kid, self.public_keys[kid]) for kid in (self.kid, *others)]}


class KeyDirectory:
    """The keys of a folder: called, it returns the ring as the folder has it now.

    Each call costs one `stat`; the keys are read again only when the folder has changed. If they cannot be used then,
    the error is logged and those known before stay: a slip while rotating must not stop who is running.
    """

    def __init__(self, folder: Path) -> None:
        """Read the keys; raise `KeysUnusable` as `load_key_ring` does."""
        self._folder = folder
        # One attribute, replaced as one: a thread never sees the keys of one moment with the time of another.
        self._known = (_UNSETTLED, load_key_ring(folder))

    def __call__(self) -> KeyRing:
        """Return the keys."""
        changed_ns, ring = self._known
        found_ns = self._changed_ns()
        if found_ns == changed_ns:
            return ring
        try:
            ring = load_key_ring(self._folder)
        except (KeysUnusable, OSError) as error:
            log.warning("the signing keys have changed and cannot be used", reason=str(error), still=ring.kid)
        # A second change may bear the same time as the first one: only an old time is the sign of no change.
        is_settled = abs(time.time_ns() - found_ns) > _MTIME_RESOLUTION_NS
        self._known = (found_ns if is_settled else _UNSETTLED, ring)
        return ring

    def _changed_ns(self) -> int:
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0


def ephemeral_key_ring() -> KeyRing:
    """Return a ring of one fresh key that is kept nowhere."""
    return _ring([Ed25519PrivateKey.generate()])


def load_key_ring(folder: Path) -> KeyRing:
    """Return the keys of `folder`; raise `KeysUnusable`, saying what to do, when none can sign."""
    files = sorted(folder.glob("*.pem"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    if not files:
        raise KeysUnusable(f"No signing key in {folder}: `flask keys create` makes one.")
    keys = [_read(file) for file in files]
    pointer = folder / _CURRENT
    return _ring(keys, pointer.read_text().strip() if pointer.exists() else None)


def create_key(folder: Path) -> str:
    """Write a fresh key to `folder`, readable by its owner only, and return its id.

    It signs from now on if it is the first there, else once `activate_key` says so.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    kid = thumbprint(key.public_key())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder / f"{kid}.pem", pem)
    return kid


def activate_key(folder: Path, kid: str) -> None:
    """Let the key `kid` of `folder` sign from now on; `KeysUnusable` if it is not there."""
    if kid not in load_key_ring(folder).public_keys:
        raise KeysUnusable(f"No key {kid} in {folder}.")
    _write(folder / _CURRENT, f"{kid}\n".encode())


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return the key's id: its RFC 7638 thumbprint, 43 characters of base64url."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _x(key)}
    return _base64url(hashlib.sha256(orjson.dumps(required)).digest())


def _ring(keys: Iterable[Ed25519PrivateKey], current: str | None = None) -> KeyRing:
    by_id = {thumbprint(key.public_key()): key for key in keys}
    kid = current or next(iter(by_id))
    if kid not in by_id:
        raise KeysUnusable(f"The current key is said to be {kid}, which is not there.")
    return KeyRing(kid, by_id[kid], {kid: key.public_key() for kid, key in by_id.items()})


def _jwk(kid: str, key: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _x(key), "kid": kid, "alg": ALGORITHM, "use": "sig"}


def _x(key: Ed25519PublicKey) -> str:
    return _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # not PEM, encrypted, of a kind nobody knows
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysUnusable(f"{file} is not an unencrypted Ed25519 private key.")
    return key


def _write(path: Path, content: bytes) -> None:
    # Complete or absent, never half: a process killed in between leaves a file that nobody reads.
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
