"""WebP: size, orientation, frames and a copy without metadata (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from service.core.images.exif import orientation_block, read_orientation
from service.core.images.structure import Canvas, copy, damaged, incomplete, size_of, take

_HAS_EXIF, _HAS_XMP, _IS_ANIMATED = 0x08, 0x04, 0x02
_KEPT = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"})
_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_EXIF_MAX_BYTES = 256 * 1024
# A chunk has 8 bytes at least: a file of nothing else must not keep a worker busy.
_CHUNKS_MAX = 100_000


def read_canvas(file: BinaryIO) -> Canvas:
    """Return size, orientation and number of frames; pixels are skipped."""
    chunks = _chunks(file)
    kind, size, at = next(chunks, (b"", 0, 0))
    file.seek(at)
    if kind == b"VP8X":
        head = take(file, 10)
        width, height = (int.from_bytes(head[start : start + 3], "little") + 1 for start in (4, 7))
        return _extended(file, chunks, Canvas(width, height), is_animated=bool(head[0] & _IS_ANIMATED))
    if kind == b"VP8L" and size >= 5:
        head = take(file, 5)
        bits = int.from_bytes(head[1:], "little")
        if head[0] != 0x2F:
            raise damaged("WebP")
        return Canvas((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and size >= 10:
        head = take(file, 10)
        if head[3:6] != b"\x9d\x01\x2a":
            raise damaged("WebP")
        width, height = (value & 0x3FFF for value in struct.unpack_from("<HH", head, 6))
        return Canvas(width, height)
    raise damaged("WebP")


def _extended(
    file: BinaryIO, chunks: Iterator[tuple[bytes, int, int]], canvas: Canvas, *, is_animated: bool
) -> Canvas:
    frames = pictures = 0
    orientation = 1
    for kind, size, at in chunks:
        frames += kind == b"ANMF"
        pictures += kind in _PICTURES
        if kind == b"EXIF" and size <= _EXIF_MAX_BYTES:
            file.seek(at)
            orientation = read_orientation(take(file, size))
    if not pictures or (is_animated and not frames):
        raise damaged("WebP")
    return Canvas(canvas.width, canvas.height, orientation, frames if is_animated else 1)


def copy_without_metadata(source: BinaryIO, target: BinaryIO) -> None:
    """Copy the chunks that are needed for display, and the orientation."""
    orientation = read_canvas(source).orientation
    target.write(b"RIFF\0\0\0\0WEBP")
    for kind, size, at in _chunks(source):
        source.seek(at)
        if kind == b"VP8X":
            head = bytearray(take(source, size))
            head[0] &= ~(_HAS_EXIF | _HAS_XMP)
            if orientation != 1:
                head[0] |= _HAS_EXIF
            target.write(kind + struct.pack("<I", size) + head + bytes(size % 2))
        elif kind in _KEPT:
            target.write(kind + struct.pack("<I", size))
            copy(source, target, size)
            target.write(bytes(size % 2))
    if orientation != 1:
        block = orientation_block(orientation)
        target.write(b"EXIF" + struct.pack("<I", len(block)) + block + bytes(len(block) % 2))
    end = target.tell()
    target.seek(4)
    target.write(struct.pack("<I", end - 8))


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, size and place of the data of each chunk of the file, not of what is behind it."""
    size_bytes = size_of(file)
    _riff, riff_size, _webp = struct.unpack("<4sI4s", take(file, 12))
    end = 8 + riff_size
    if end > size_bytes + 1:  # the padding of the last chunk is missing in some files
        raise incomplete()
    place = 12
    for _ in range(_CHUNKS_MAX):
        if place + 8 > end:
            return
        file.seek(place)
        kind, size = struct.unpack("<4sI", take(file, 8))
        if place + 8 + size > size_bytes:
            raise incomplete()
        yield kind, size, place + 8
        place += 8 + size + size % 2
    raise damaged("WebP")
