"""JPEG: size, orientation and a copy without metadata (ITU-T T.81, annex B; EXIF 2.32, 4.7)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from service.core.images.exif import PREFIX, orientation_block, read_orientation
from service.core.images.structure import Canvas, ImageRefused, copy, damaged, incomplete, take

SIGNATURE = b"\xff\xd8\xff"
_SOI, _EOI, _SOS, _COM, _APP0, _APP1, _APP2, _APP14 = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xE1, 0xE2, 0xEE
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
# Lossless, hierarchical and arithmetic coding, which no browser shows.
_UNSHOWN_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
# Markers that no length follows.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
# 25 MiB in the largest segments are 400; depth maps and colour profiles of cameras come in such series.
_SEGMENTS_MAX = 2_000
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SCAN_BYTES = 256 * 1024


def read_canvas(file: BinaryIO) -> Canvas:
    """Return size and orientation; what follows the frame header is not read."""
    orientation = 1
    for marker, size in _segments(file):
        if marker in _UNSHOWN_FRAMES:
            raise ImageRefused(
                "The image uses a kind of JPEG that browsers do not show. Save it as baseline JPEG."
            )
        if marker in {_SOS, _EOI}:
            break
        data = take(file, size)
        if marker == _APP1 and data.startswith(PREFIX):
            orientation = read_orientation(data)
        if marker in {_BASELINE, _EXTENDED, _PROGRESSIVE}:
            return _canvas_of(marker, data, orientation)
    raise damaged("JPEG")


def _canvas_of(marker: int, frame: bytes, orientation: int) -> Canvas:
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5] or not frame[5]:
        raise damaged("JPEG")
    height, width = struct.unpack_from(">HH", frame, 1)
    sampling = [frame[7 + 3 * number] for number in range(frame[5])]
    factors = [(value >> 4) * (value & 15) for value in sampling]
    if not all(factors):
        raise damaged("JPEG")
    most = max(value >> 4 for value in sampling) * max(value & 15 for value in sampling)
    # All coefficients of a progressive image are kept until its last scan, two bytes each.
    coefficients = 2 * sum(factors) / most if marker == _PROGRESSIVE else 0
    return Canvas(width, height, orientation, decoder_bytes_per_pixel=coefficients)


def copy_without_metadata(source: BinaryIO, target: BinaryIO) -> None:
    """Copy what is needed for display up to the end of the image: no second image, video or archive behind it.

    Kept are JFIF, colour profile, Adobe's colour transform, and the orientation.
    """
    orientation = read_canvas(source).orientation
    target.write(b"\xff\xd8")
    is_oriented = orientation == 1
    for marker, size in _segments(source):
        if marker != _APP0 and not is_oriented:
            block = PREFIX + orientation_block(orientation)
            target.write(struct.pack(">BBH", 0xFF, _APP1, len(block) + 2) + block)
            is_oriented = True
        if marker == _EOI:
            target.write(b"\xff\xd9")
            return
        if marker == _SOS:
            target.write(struct.pack(">BBH", 0xFF, marker, size + 2))
            copy(source, target, size)
            _copy_scan(source, target)
        else:
            data = take(source, size)
            if _is_kept(marker, data):
                target.write(struct.pack(">BBH", 0xFF, marker, size + 2) + data)


def _is_kept(marker: int, data: bytes) -> bool:
    if marker == _APP2:
        return data.startswith(b"ICC_PROFILE\0")
    if marker == _APP0:
        # JFXX, the other kind of APP0, is a thumbnail.
        return data.startswith(b"JFIF\0")
    return marker == _APP14 or not (marker == _COM or 0xE0 <= marker <= 0xEF)


def _segments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield marker and size of each segment; whoever iterates reads its data, and behind SOS its scan."""
    file.seek(0)
    if take(file, 2) != SIGNATURE[:2]:
        raise damaged("JPEG")
    for _ in range(_SEGMENTS_MAX):
        if take(file, 1) != b"\xff":
            raise damaged("JPEG")
        marker = 0xFF
        while marker == 0xFF:  # fill bytes
            marker = take(file, 1)[0]
        if marker == _EOI:
            yield marker, 0
            return
        if marker in _BARE:
            continue
        (size,) = struct.unpack(">H", take(file, 2))
        if marker in {0, _SOI} or size < 2:
            raise damaged("JPEG")
        yield marker, size - 2
    raise damaged("JPEG")


def _copy_scan(source: BinaryIO, target: BinaryIO) -> None:
    """Copy entropy-coded data up to the next marker, which the source stands at then."""
    while piece := source.read(_SCAN_BYTES):
        found = _NEXT_MARKER.search(piece)
        if found:
            target.write(piece[: found.start()])
            source.seek(found.start() - len(piece), 1)
            return
        # A marker may be divided between two pieces.
        is_divided = piece.endswith(b"\xff") and len(piece) > 1
        target.write(piece[:-1] if is_divided else piece)
        source.seek(-1 if is_divided else 0, 1)
    raise incomplete()
