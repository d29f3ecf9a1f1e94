"""The smallest bytes that are taken for an image of each type."""

from __future__ import annotations

IMAGES = {
    "image/png": b"\x89PNG\r\n\x1a\n" + b"png",
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"jpeg",
    "image/gif": b"GIF89a" + b"gif",
    "image/webp": b"RIFF\x0a\x00\x00\x00WEBPVP8 " + b"webp",
    "image/avif": b"\x00\x00\x00\x20ftypavif" + b"avif",
}
