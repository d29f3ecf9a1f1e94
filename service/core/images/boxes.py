"""Boxes of the ISO base media file format, of which AVIF files consist (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from service.core.images.structure import damaged, incomplete, size_of, take

# Of one level; a large image may consist of a thousand tiles.
_BOXES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its type, where it begins and ends, and where its content begins."""

    kind: bytes
    start: int
    content: int
    end: int


def top_level_boxes(file: BinaryIO) -> Iterator[Box]:
    """Yield the boxes of a file; raise `ImageRefused` if it ends in the middle of one."""
    end = size_of(file)
    place = 0
    for _ in range(_BOXES_MAX):
        if place == end:
            return
        file.seek(place)
        size, kind = int.from_bytes(take(file, 4)), take(file, 4)
        content = place + 8
        if size == 1:
            size, content = int.from_bytes(take(file, 8)), place + 16
        elif size == 0:
            size = end - place
        if place + size < content:
            raise damaged("AVIF")
        if place + size > end:
            raise incomplete()
        yield Box(kind, place, content, place + size)
        place += size
    raise damaged("AVIF")


def inner_boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes in `data` between two places."""
    place = start
    for _ in range(_BOXES_MAX):
        if place + 8 > end:
            return
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        content = place + 8
        if size == 1:
            size, content = int.from_bytes(data[place + 8 : place + 16]), place + 16
        elif size == 0:
            size = end - place
        if place + size < content or place + size > end:
            raise damaged("AVIF")
        yield Box(kind, place, content, place + size)
        place += size
    raise damaged("AVIF")


class Fields:
    """Reads the fields of a box one after the other; raises `ImageRefused` behind its end."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data = data
        self._end = box.end
        self.place = box.content

    def integer(self, size_bytes: int) -> int:
        """Return an unsigned integer of some bytes; 0 for none."""
        return int.from_bytes(self.raw(size_bytes))

    def raw(self, size_bytes: int) -> bytes:
        """Return some bytes."""
        place, self.place = self.place, self.place + size_bytes
        if self.place > self._end:
            raise damaged("AVIF")
        return self._data[place : self.place]

    def version(self) -> int:
        """Return the version of a full box, and move behind its flags."""
        return self.integer(4) >> 24
