"""Message authentication codes (HMAC-SHA-256) of the audit log: of an entry, its place in the chain, and signed rows.

The keys are derived from `SECRET_KEY` or the file beside the signing keys: the database alone makes no valid entry.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from service.core.encryption import derived_keys

_PURPOSE = "audit log"
# What comes before the first entry.
CHAIN_START = bytes(32)

# What an entry says; its place in the chain is not part of it.
CONTENT = (
    "id",
    "recorded_at",
    "action",
    "actor_kind",
    "actor_id",
    "api_key_id",
    "object_type",
    "object_id",
    "request_id",
    "details",
)


class AuditKeys:
    """The keys of the audit log: the first one signs, any of them verifies."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    @classmethod
    def load(cls, *, create: bool) -> AuditKeys:
        """Return the keys of this server; with `create` there is at least one."""
        return cls(derived_keys(_PURPOSE, create=create))

    def __bool__(self) -> bool:
        return bool(self._keys)

    def sign(self, message: bytes) -> bytes:
        """Return the code of a message."""
        return hmac.digest(self._keys[0], message, "sha256")

    def verify(self, message: bytes, code: bytes | None) -> bool:
        """Tell whether the code of a message was made with one of the keys."""
        return code is not None and any(
            hmac.compare_digest(hmac.digest(key, message, "sha256"), code) for key in self._keys
        )


def entry_message(entry: Mapping[str, Any]) -> bytes:
    """Return what the code of an entry is made of: all that it says, in one form on every database."""
    content = {name: entry[name] for name in CONTENT}
    return b"entry\n" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def link_message(previous: bytes, position: int, mac: bytes) -> bytes:
    """Return what binds an entry to the one before it; the parts have fixed lengths."""
    return b"link\n" + previous + position.to_bytes(8, "big") + mac


def end_message(position: int, chain_mac: bytes) -> bytes:
    """Return what the signature of the chain's end is made of."""
    return b"end\n" + position.to_bytes(8, "big") + chain_mac


def checkpoint_message(position: int, chain_mac: bytes) -> bytes:
    """Return what the signature of a checkpoint is made of."""
    return b"checkpoint\n" + position.to_bytes(8, "big") + chain_mac
