"""PNG and animated PNG: size, frames and a copy without metadata (W3C PNG, third edition, 5 and 11)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from service.core.images.structure import Canvas, copy, damaged, take

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What changes how the picture looks. Orientation (in eXIf) is not kept and not applied: browsers disagree on it.
_KEPT = frozenset(
    b"IHDR PLTE tRNS IDAT IEND gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split()
)
# A chunk has 12 bytes at least: a file of nothing else must not keep a worker busy.
_CHUNKS_MAX = 200_000


def read_canvas(file: BinaryIO) -> Canvas:
    """Return size and number of frames; the chunks behind the first pixels are not looked at."""
    width = height = 0
    frames = 1
    for number, (kind, size) in enumerate(_chunks(file)):
        if (number == 0) != (kind == b"IHDR"):
            raise damaged("PNG")
        if kind == b"IDAT":
            return Canvas(width, height, frames=frames)
        data = take(file, size) if kind in {b"IHDR", b"acTL"} else b""
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", data)
        elif kind == b"acTL":
            frames = max(1, struct.unpack_from(">I", data)[0])
        # With its checksum, which the decoder looks at.
        file.seek(size - len(data) + 4, 1)
    raise damaged("PNG")


def copy_without_metadata(source: BinaryIO, target: BinaryIO) -> None:
    """Copy the chunks that are needed for display, and nothing behind the last one."""
    target.write(SIGNATURE)
    for kind, size in _chunks(source):
        if kind in _KEPT:
            target.write(struct.pack(">I", size) + kind)
            copy(source, target, size + 4)
        else:
            source.seek(size + 4, 1)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield type and size of each chunk; whoever iterates moves on to the next one."""
    file.seek(len(SIGNATURE))
    for _ in range(_CHUNKS_MAX):
        size, kind = struct.unpack(">I4s", take(file, 8))
        if size >= 2**31 or not kind.isalpha():
            raise damaged("PNG")
        if (kind == b"IHDR" and size != 13) or (kind == b"acTL" and size != 8):
            raise damaged("PNG")
        yield kind, size
        if kind == b"IEND":
            return
    raise damaged("PNG")
