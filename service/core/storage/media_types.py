"""Media types by the ending of a name, for files that have no row and storages that keep no type."""

from __future__ import annotations

IMAGE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
UNKNOWN = "application/octet-stream"


def type_of_name(name: str) -> str:
    """Return the media type of an image by the ending of its name, and that of unknown bytes for the rest."""
    return IMAGE_TYPES.get(name.rpartition(".")[2], UNKNOWN)
