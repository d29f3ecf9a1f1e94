"""The header of an image file: its type by content, its size as displayed, and whether it is animated, without Pillow.

The stated type and name of a file are ignored. A file that is an image and something else as well is refused where
that matters, and harmless otherwise. What follows an image in its file (an archive, a PDF, a video) and its comments
are removed by `metadata`. What is inside of an image, such as a script in its palette, is served with the type of the
image and `X-Content-Type-Options: nosniff`, so that nothing runs it, and its renditions are encoded anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.config import settings
from service.core.images import avif, gif, jpeg, png, webp
from service.core.images.structure import Canvas, ImageRefused, NotAnImage

# An hour at one frame each second. A film is a video, which is a tenth as large.
FRAMES_MAX = 3_600
_HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the header of an image says; width and height are those of the image as displayed, orientation applied."""

    media_type: str
    extension: str
    width: int
    height: int
    # As in EXIF, 1 to 8: how the stored pixels have to be turned.
    orientation: int
    frames: int
    decoder_bytes_per_pixel: float = 0

    @property
    def is_animated(self) -> bool:
        """Tell whether there is more than one frame."""
        return self.frames > 1


@dataclass(frozen=True, slots=True)
class Format:
    """An accepted type, its file extension, and what reads and rewrites its files."""

    media_type: str
    extension: str
    read_canvas: Callable[[BinaryIO], Canvas]
    copy_without_metadata: Callable[[BinaryIO, BinaryIO], None]


_PNG = Format("image/png", "png", png.read_canvas, png.copy_without_metadata)
_JPEG = Format("image/jpeg", "jpg", jpeg.read_canvas, jpeg.copy_without_metadata)
_GIF = Format("image/gif", "gif", gif.read_canvas, gif.copy_without_metadata)
_WEBP = Format("image/webp", "webp", webp.read_canvas, webp.copy_without_metadata)
_AVIF = Format("image/avif", "avif", avif.read_canvas, avif.copy_without_metadata)
IMAGE_TYPES = tuple(one.media_type for one in (_PNG, _JPEG, _GIF, _WEBP, _AVIF))


def read_header(source: Path | BinaryIO, *, max_pixels: int | None = None) -> ImageHeader:
    """Return the header of an image file; raise `NotAnImage` or `ImageRefused`, whose messages are for users.

    Memory does not grow with the file. Its pixels are skipped; those of a GIF, which has no table of its frames, are
    read. `max_pixels` is the limit of width times height; without it the setting `MEDIA_MAX_PIXELS` counts.
    """
    with _opened(source) as file:
        head = file.read(_HEAD_BYTES)
        found = format_of(head)
        canvas = found.read_canvas(file)
    if not canvas.width or not canvas.height:
        raise ImageRefused("The image has no size. Save it again and upload the new file.")
    limit = settings().media_max_pixels if max_pixels is None else max_pixels
    if canvas.width * canvas.height > limit:
        raise ImageRefused(
            f"The image has {canvas.width:,} x {canvas.height:,} pixels; at most {limit / 1e6:g} million are accepted. "
            "Make it smaller and upload it again."
        )
    if canvas.frames > FRAMES_MAX:
        raise ImageRefused(
            f"The animation has {canvas.frames:,} frames; at most {FRAMES_MAX:,} are accepted. Use a video instead."
        )
    size = canvas.width, canvas.height
    width, height = size if canvas.orientation < 5 else size[::-1]
    return ImageHeader(
        found.media_type,
        found.extension,
        width,
        height,
        canvas.orientation,
        canvas.frames,
        canvas.decoder_bytes_per_pixel,
    )


def format_of(head: bytes) -> Format:
    """Return the format of a file that begins with `head`; raise `NotAnImage`."""
    if head.startswith(png.SIGNATURE):
        return _PNG
    if head.startswith(jpeg.SIGNATURE):
        return _JPEG
    if head.startswith(gif.SIGNATURES):
        return _GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    if avif.is_avif(head):
        return _AVIF
    raise NotAnImage(_reason(head))


def _reason(head: bytes) -> str:
    if not head:
        return "The file is empty."
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"hevc"}:
        return "HEIC images are not accepted, because most browsers do not show them. Save the image as JPEG."
    if b"<svg" in head.lower():
        return "SVG images are not accepted, because they can contain scripts. Save the image as PNG."
    return "The file is not a PNG, JPEG, GIF, WebP or AVIF image."


def _opened(source: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    if isinstance(source, Path):
        return source.open("rb")
    source.seek(0)
    return nullcontext(source)
