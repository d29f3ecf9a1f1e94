"""GIF: size, frames and a copy without comments (GIF89a specification, 17 to 27)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from service.core.images.structure import Canvas, damaged, take

SIGNATURES = (b"GIF87a", b"GIF89a")
_IMAGE, _EXTENSION, _TRAILER = b"\x2c", b"\x21", b"\x3b"
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
# How often an animation is repeated, and the colour profile.
_KEPT_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")


def read_canvas(file: BinaryIO) -> Canvas:
    """Return size and number of frames. The whole file is read, a block at a time: it has no table of frames."""
    return _walk(file, None)


def copy_without_metadata(source: BinaryIO, target: BinaryIO) -> None:
    """Copy frames, their times, how often they are repeated and the colour profile, and nothing behind them."""
    _walk(source, target)


def _walk(file: BinaryIO, target: BinaryIO | None) -> Canvas:
    file.seek(0)
    screen = take(file, 13)
    screen += take(file, _table_bytes(screen[10]))
    _write(target, screen)
    width, height = struct.unpack_from("<HH", screen, 6)
    frames = 0
    while True:
        kind = file.read(1)
        # The trailer is missing in many files, which all programs show.
        if kind == _TRAILER or (not kind and frames):
            _write(target, _TRAILER)
            break
        if kind == _IMAGE:
            descriptor = take(file, 9)
            x, y, w, h = struct.unpack_from("<HHHH", descriptor)
            # Decoders make room for frames that are larger than the screen, so these count as well.
            width, height, frames = max(width, x + w), max(height, y + h), frames + 1
            _write(target, kind + descriptor + take(file, _table_bytes(descriptor[8])) + take(file, 1))
            _blocks(file, target)
        elif kind == _EXTENSION:
            _extension(file, target)
        else:
            raise damaged("GIF")
    if not frames:
        raise damaged("GIF")
    return Canvas(width, height, frames=frames)


def _extension(file: BinaryIO, target: BinaryIO | None) -> None:
    label = take(file, 1)[0]
    if label == _APPLICATION:
        size = take(file, 1)[0]
        name = take(file, size)
        is_kept = name in _KEPT_APPLICATIONS
        head = bytes([label, size]) + name
    else:
        is_kept = label == _GRAPHIC_CONTROL
        head = bytes([label])
    if is_kept:
        _write(target, _EXTENSION + head)
    _blocks(file, target if is_kept else None)


def _blocks(file: BinaryIO, target: BinaryIO | None) -> None:
    """Read data blocks of up to 255 bytes until the empty one."""
    while size := take(file, 1):
        data = take(file, size[0])
        _write(target, size + data)
        if not data:
            return


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _write(target: BinaryIO | None, data: bytes) -> None:
    if target is not None:
        target.write(data)
