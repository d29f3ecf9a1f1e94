"""Removes metadata from image files: EXIF with its GPS position and thumbnail, XMP, IPTC, comments, what is appended.

Nothing is decoded and no pixel changes. Colour profile and orientation stay, because the image looks wrong without. A
second image behind the first one, such as the gain map of an HDR photo, goes as well.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from service.core.images.headers import format_of

_HEAD_BYTES = 512


def remove_metadata(path: Path) -> None:
    """Rewrite an image file without its metadata; raise `NotAnImage`, or `ImageRefused` if it is incomplete.

    The file is replaced at once: it is the old one or the new one at any time.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    try:
        with path.open("rb") as source, draft.open("xb") as target:
            found = format_of(source.read(_HEAD_BYTES))
            found.copy_without_metadata(source, target)
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
