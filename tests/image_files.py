"""Image files for tests, made by code: ordinary ones, and hostile ones of a few bytes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
# 51.5 N, 0.1 W; the text is how a test finds it in a file.
GPS_TEXT = b"Colophon GPS 51.5 N"
_ORIENTATION, _DESCRIPTION, _GPS = 0x0112, 0x010E, 0x8825


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Return a picture whose corners differ: red at the top left, then clockwise green, blue and white."""
    image = Image.new("RGB", (width, height), "white")
    for colour, box in (
        ("red", (0, 0, width // 2, height // 2)),
        ("lime", (width // 2, 0, width, height // 2)),
        ("blue", (width // 2, height // 2, width, height)),
    ):
        image.paste(colour, box)
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as a file of a format."""
    file = io.BytesIO()
    if kind == "AVIF":
        options.setdefault("speed", 10)
    image.save(file, kind, **options)
    return file.getvalue()


def animation(kind: str, frames: int = 3, size: tuple[int, int] = (32, 24), **options: Any) -> bytes:
    """Return an animation whose frames differ."""
    images = [Image.new("RGB", size, (number * 40 % 256, 80, 120)) for number in range(frames)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:], duration=50, loop=0, **options)


def exif(orientation: int = 1, *, located: bool = False) -> bytes:
    """Return EXIF with an orientation, and with a GPS position and a text if it is `located`."""
    block = Image.Exif()
    block[_ORIENTATION] = orientation
    if located:
        block[_DESCRIPTION] = GPS_TEXT.decode()
        block[_GPS] = {1: "N", 2: (51.0, 30.0, 0.0), 3: "W", 4: (0.0, 6.0, 0.0)}
    return block.tobytes()


def turned(orientation: int, kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Return a file that shows `picture(*size)` if its EXIF orientation is applied."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = picture(*size)
    if orientation in undo:
        image = image.transpose(undo[orientation])
    return encoded(image, kind, exif=exif(orientation), **options)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes, image: bytes | None = None) -> bytes:
    """Return a PNG with chunks behind its header."""
    data = image or encoded(picture(), "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def deflated_zeros(megabytes: int) -> bytes:
    """Return a zlib stream of zeros, a thousandth of their size."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def claiming(kind: str, width: int, height: int) -> bytes:
    """Return a small file whose header claims a size that its pixels do not have."""
    data = bytearray(encoded(picture(), kind))
    if kind == "PNG":
        data[16:24] = struct.pack(">II", width, height)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", height, width)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    elif kind == "WEBP":
        at = data.index(b"\x9d\x01\x2a") + 3
        data[at : at + 4] = struct.pack("<HH", width, height)
    else:
        at = data.index(b"ispe") + 8
        data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)
