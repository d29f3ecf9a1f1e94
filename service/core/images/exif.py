"""The orientation tag of EXIF: read from a block of metadata, and written as a block that has nothing else.

TIFF 6.0, section 2, and EXIF 2.32 (CIPA DC-008), 4.6.
"""

from __future__ import annotations

import struct

_ORIENTATION = 0x0112
_SHORT = 3
_ENTRIES_MAX = 512
# Before the TIFF header in a JPEG segment, and in WebP files of some programs.
PREFIX = b"Exif\0\0"


def read_orientation(block: bytes) -> int:
    """Return the orientation, 1 to 8; 1 if there is none, or the block is damaged, as browsers do."""
    tiff = block.removeprefix(PREFIX)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(min(entries, _ENTRIES_MAX)):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if (tag, kind, count) == (_ORIENTATION, _SHORT, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def orientation_block(orientation: int) -> bytes:
    """Return EXIF, without `PREFIX`, with the orientation as its one tag; with 1 it has none."""
    entries = [struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, orientation, 0)] if orientation != 1 else []
    return b"MM\0*" + struct.pack(">IH", 8, len(entries)) + b"".join(entries) + bytes(4)
