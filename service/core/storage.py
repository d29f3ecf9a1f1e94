"""Content-addressed image storage on disk: file names are SHA-256 hashes, types are sniffed from the bytes.

The same file is stored once, and the bytes of a name never change: clients may cache them without limit. Only raster
images are accepted; a file's name and its declared media type are ignored.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

# The first bytes of each kind (WHATWG MIME Sniffing, 6.1; ISO/IEC 23000-22 for AVIF), its type and its ending.
_SIGNATURES: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png", "png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg", "jpg"),
    (re.compile(rb"GIF8[79]a"), "image/gif", "gif"),
    (re.compile(rb"RIFF.{4}WEBPVP", re.DOTALL), "image/webp", "webp"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "image/avif", "avif"),
)
MEDIA_TYPES = tuple(media_type for _, media_type, _ in _SIGNATURES)
FILE_NAME_PATTERN = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|gif|webp|avif)")


class NotAnImage(ValueError):
    """The bytes are not a raster image of an accepted type."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A stored file: its name, its media type and its size in bytes."""

    name: str
    media_type: str
    size_bytes: int


class MediaStorage:
    """The images of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def inspect(self, data: bytes) -> StoredImage:
        """Return the name and type under which `data` would be stored; raise `NotAnImage`."""
        for signature, media_type, ending in _SIGNATURES:
            if signature.match(data):
                return StoredImage(f"{hashlib.sha256(data).hexdigest()}.{ending}", media_type, len(data))
        raise NotAnImage("it is not a PNG, JPEG, GIF, WebP or AVIF image")

    def store(self, data: bytes) -> StoredImage:
        """Store an image unless it exists; raise `NotAnImage`.

        The write is atomic: a crash leaves a draft, never a truncated file under the name.
        """
        stored = self.inspect(data)
        path = self._path(stored.name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{secrets.token_hex(8)}.draft")
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        return stored

    def find(self, name: str) -> Path | None:
        """Return the path of a file; None if it does not exist or the name is not one of ours."""
        if not FILE_NAME_PATTERN.fullmatch(name):
            return None
        path = self._path(name)
        return path if path.is_file() else None

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
