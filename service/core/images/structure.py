"""What the readers of all image formats share: their errors, what they find, and how they read and copy bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

_COPY_BYTES = 1024 * 1024


class ImageError(ValueError):
    """A file is not accepted as an image. The message is a sentence for whoever uploads it."""


class NotAnImage(ImageError):
    """The content is not an image of an accepted type, whatever the file's name and media type say."""


class ImageRefused(ImageError):
    """The content is an image of an accepted type that is damaged or exceeds a limit."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of an image as it is stored, the EXIF orientation in which it is displayed, and its frames.

    `decoder_bytes_per_pixel` is what a decoder needs beside the pixels: the coefficients of a progressive JPEG.
    """

    width: int
    height: int
    orientation: int = 1
    frames: int = 1
    decoder_bytes_per_pixel: float = 0


def incomplete() -> ImageRefused:
    """Return the error of a file that ends before its image does."""
    return ImageRefused("The image is incomplete: the file ends too early. Upload it again.")


def damaged(what: str) -> ImageRefused:
    """Return the error of a file whose bytes contradict its format; `what` names the format."""
    return ImageRefused(f"The {what} image is damaged. Save it again and upload the new file.")


def take(file: BinaryIO, size: int) -> bytes:
    """Return exactly `size` bytes; raise `ImageRefused` if the file ends before."""
    data = file.read(size)
    if len(data) != size:
        raise incomplete()
    return data


def copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy exactly `size` bytes, piece by piece; raise `ImageRefused` if the source ends before."""
    while size:
        piece = take(source, min(size, _COPY_BYTES))
        target.write(piece)
        size -= len(piece)


def size_of(file: BinaryIO) -> int:
    """Return the size of the file in bytes, and move to its begin."""
    size = file.seek(0, 2)
    file.seek(0)
    return size
