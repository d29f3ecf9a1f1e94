"""Images that are named by their content: the SHA-256 of the bytes and an ending that follows from them.

The same file is stored once. A file's name and its declared media type are ignored.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from service.core.storage.interface import Storage

# The first bytes of each kind (WHATWG MIME Sniffing, 6.1; ISO/IEC 23000-22 for AVIF), its type and its ending.
_SIGNATURES: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png", "png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg", "jpg"),
    (re.compile(rb"GIF8[79]a"), "image/gif", "gif"),
    (re.compile(rb"RIFF.{4}WEBPVP", re.DOTALL), "image/webp", "webp"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "image/avif", "avif"),
)


class NotAnImage(ValueError):
    """The bytes are not a raster image of an accepted type."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A stored file: its name, its media type and its size in bytes."""

    name: str
    media_type: str
    size_bytes: int


def inspect_image(data: bytes) -> StoredImage:
    """Return the name and type under which `data` would be stored; raise `NotAnImage`."""
    for signature, media_type, ending in _SIGNATURES:
        if signature.match(data):
            return StoredImage(f"{hashlib.sha256(data).hexdigest()}.{ending}", media_type, len(data))
    raise NotAnImage("it is not a PNG, JPEG, GIF, WebP or AVIF image")


def store_image(storage: Storage, data: bytes) -> StoredImage:
    """Store an image unless it exists; raise `NotAnImage`."""
    stored = inspect_image(data)
    if storage.stat(stored.name) is None:
        storage.put(stored.name, data, stored.media_type)
    return stored
