"""Ed25519 signing keys for JWTs: create, load, rotate and export as a JWK Set.

Every key in the folder is published and verifies tokens; only the current one signs. The file `current` names it;
without that file it is the oldest. Running workers reload the folder when it changes.

Key rotation: create a key, wait until all workers and all clients of the JWK Set know it, activate it, and delete the
old one when the last token that it signed has expired.
"""

from __future__ import annotations

import hashlib
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
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
CURRENT = "current"
_RETIRED = "retired.json"

# File systems take the time of a change from the last clock tick, up to some milliseconds ago.
_MTIME_RESOLUTION_NS = 1_000_000_000
_UNSETTLED = -1

log = structlog.get_logger(__name__)


class KeysUnusable(RuntimeError):
    """The folder has no usable signing key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of the service: the private key `kid` signs, all `public_keys` verify."""

    kid: str
    private_key: Ed25519PrivateKey
    public_keys: dict[str, Ed25519PublicKey]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the JWK Set (RFC 7517, RFC 8037), the signing key first."""
        others = sorted(self.public_keys.keys() - {self.kid})
        return {"keys": [_jwk(kid, self.public_keys[kid]) for kid in (self.kid, *others)]}


class KeyDirectory:
    """The keys of a folder, reloaded when it changes; calling it returns the current key ring.

    Each call costs one `stat`. If the changed keys are unusable, the error is logged and the previous ones stay in
    use: a mistake during key rotation must not stop running workers.
    """

    def __init__(self, folder: Path) -> None:
        """Load the keys; raise `KeysUnusable` as `load_key_ring` does."""
        self._folder = folder
        # One tuple, replaced atomically: no thread combines the time of one load with the keys of another.
        self._known = (_UNSETTLED, load_key_ring(folder))

    def __call__(self) -> KeyRing:
        """Return the current key ring."""
        changed_ns, ring = self._known
        found_ns = self._changed_ns()
        if found_ns == changed_ns:
            return ring
        try:
            ring = load_key_ring(self._folder)
        except (KeysUnusable, OSError) as error:
            log.warning(
                "changed signing keys are unusable, keeping the previous ones",
                reason=str(error),
                still=ring.kid,
            )
        # Another change within the same tick has the same mtime: only an older mtime proves that nothing changed since.
        is_settled = abs(time.time_ns() - found_ns) > _MTIME_RESOLUTION_NS
        self._known = (found_ns if is_settled else _UNSETTLED, ring)
        return ring

    def _changed_ns(self) -> int:
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0


def ephemeral_key_ring() -> KeyRing:
    """Return a key ring with one new key that is kept in memory only."""
    return _ring([Ed25519PrivateKey.generate()])


def load_key_ring(folder: Path) -> KeyRing:
    """Load the keys of `folder`; raise `KeysUnusable` if there is no signing key."""
    keys = [_read(file) for file in _files(folder)]
    if not keys:
        raise KeysUnusable(f"No signing key in {folder}. Create one with `flask keys create`.")
    pointer = folder / CURRENT
    return _ring(keys, pointer.read_text().strip() if pointer.exists() else None)


def create_key(folder: Path) -> str:
    """Create a key in `folder`, readable by its owner only, and return its id.

    The first key is active at once, a later one after `activate_key`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    kid = thumbprint(key.public_key())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder / f"{kid}.pem", pem)
    return kid


def activate_key(folder: Path, kid: str, now: datetime | None = None) -> None:
    """Make `kid` the signing key of `folder`; raise `KeysUnusable` if there is no such key.

    When the former one has ceased to sign is noted: it can be deleted once its tokens have expired.
    """
    ring = load_key_ring(folder)
    if kid not in ring.public_keys:
        raise KeysUnusable(f"No key {kid} in {folder}.")
    retired = {key: at for key, at in retired_keys(folder).items() if key in ring.public_keys}
    if ring.kid != kid:
        retired[ring.kid] = now or datetime.now(UTC)
    retired.pop(kid, None)
    # First: a key that is noted and still signs is the current one, which nobody deletes.
    _write(folder / _RETIRED, orjson.dumps(retired))
    _write(folder / CURRENT, f"{kid}\n".encode())


def retired_keys(folder: Path) -> dict[str, datetime]:
    """Return the keys that have been replaced, with the time when they ceased to sign."""
    try:
        noted = orjson.loads((folder / _RETIRED).read_bytes())
    except FileNotFoundError:
        return {}
    return {kid: datetime.fromisoformat(at) for kid, at in noted.items()}


def delete_key(folder: Path, kid: str) -> None:
    """Delete a key: no token that it has signed is accepted any more. Raise `KeysUnusable` for the current one."""
    if kid == load_key_ring(folder).kid:
        raise KeysUnusable(f"{kid} is the current key. Use another one first.")
    file = key_files(folder).get(kid)
    if file is not None:
        file.unlink(missing_ok=True)


def key_files(folder: Path) -> dict[str, Path]:
    """Return the files of the keys by key id, the oldest first."""
    return {thumbprint(_read(file).public_key()): file for file in _files(folder)}


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return the key id: the JWK thumbprint (RFC 7638), 43 base64url characters."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _x(key)}
    return _base64url(hashlib.sha256(orjson.dumps(required)).digest())


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pem"), key=lambda file: (file.stat().st_mtime_ns, file.name))


def _ring(keys: Iterable[Ed25519PrivateKey], current: str | None = None) -> KeyRing:
    by_id = {thumbprint(key.public_key()): key for key in keys}
    kid = current or next(iter(by_id))
    if kid not in by_id:
        raise KeysUnusable(f"The current key is {kid}, but there is no such key.")
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
    except (ValueError, TypeError, UnsupportedAlgorithm):  # not PEM, encrypted, or of an unknown kind
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysUnusable(f"{file} is not an unencrypted Ed25519 private key.")
    return key


def _write(path: Path, content: bytes) -> None:
    # Atomic: a process that is killed while writing leaves a draft, which nothing reads.
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
