"""AVIF: size, orientation, frames and a copy with blank metadata (HEIF, ISO/IEC 23008-12; AV1 Image File Format)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from service.core.images.boxes import Box, Fields, inner_boxes, top_level_boxes
from service.core.images.exif import orientation_block
from service.core.images.structure import Canvas, copy, damaged, size_of, take

_BRANDS = (b"avif", b"avis")
# The box of descriptions; some kilobytes in an image, a megabyte in a sequence of many thousand frames.
_DESCRIPTION_MAX_BYTES = 4 * 1024 * 1024
_KNOWN = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip"})
_METADATA_ITEMS = frozenset({b"Exif", b"mime", b"uri "})
# Parts of items; each may be written in no bytes at all.
_PARTS_MAX = 65_536


def is_avif(head: bytes) -> bool:
    """Tell whether a file that begins with `head` says that it is AVIF, as its main brand or as a compatible one."""
    if head[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[place : place + 4] for place in range(16, end, 4))]
    return any(brand in _BRANDS for brand in brands)


def read_canvas(file: BinaryIO) -> Canvas:
    """Return the size of the primary item, its rotation and mirror as EXIF orientation, and the number of frames."""
    canvas: Canvas | None = None
    frames = 1
    is_sequence = False
    for box in top_level_boxes(file):
        if box.kind == b"ftyp":
            is_sequence = _content(file, box)[:4] == b"avis"
        elif box.kind == b"meta":
            canvas = _primary_item(_content(file, box))
        elif box.kind == b"moov" and is_sequence:
            frames = _number_of_samples(_content(file, box))
    if canvas is None:
        raise damaged("AVIF")
    return Canvas(canvas.width, canvas.height, canvas.orientation, frames)


def copy_without_metadata(source: BinaryIO, target: BinaryIO) -> None:
    """Copy the file with blanks for EXIF, XMP and unknown boxes; the places of pixels, which it names, stay."""
    boxes = list(top_level_boxes(source))
    size_bytes = size_of(source)
    copy(source, target, size_bytes)
    for box in boxes:
        if box.kind == b"meta":
            data = _content(source, box)
            for kind, places in _metadata_places(data, box.content):
                _blank_item(target, kind, places, size_bytes)
        elif box.kind == b"moov":
            data = _content(source, box)
            for path in (b"udta",), (b"meta",), (b"trak", b"udta"), (b"trak", b"meta"):
                for inner in _find(data, 0, len(data), *path):
                    _blank_box(target, inner, box.content)
        elif box.kind not in _KNOWN:
            _blank_box(target, box, 0)


def _content(file: BinaryIO, box: Box) -> bytes:
    if box.end - box.content > _DESCRIPTION_MAX_BYTES:
        raise damaged("AVIF")
    file.seek(box.content)
    return take(file, box.end - box.content)


def _find(data: bytes, start: int, end: int, *path: bytes) -> Iterator[Box]:
    """Yield the boxes that a path of types leads to."""
    for box in inner_boxes(data, start, end):
        if box.kind == path[0]:
            if len(path) == 1:
                yield box
            else:
                yield from _find(data, box.content, box.end, *path[1:])


def _primary_item(meta: bytes) -> Canvas:
    # A full box: its own version and flags are before the boxes.
    primary = next(_find(meta, 4, len(meta), b"pitm"), None)
    properties = [
        box
        for ipco in _find(meta, 4, len(meta), b"iprp", b"ipco")
        for box in inner_boxes(meta, ipco.content, ipco.end)
    ]
    if primary is None:
        raise damaged("AVIF")
    fields = Fields(meta, primary)
    item = fields.integer(2 if fields.version() == 0 else 4)
    width = height = turns = 0
    mirror: int | None = None
    for number in _associated(meta, item):
        if not 1 <= number <= len(properties):
            continue
        box = properties[number - 1]
        fields = Fields(meta, box)
        if box.kind == b"ispe":
            fields.version()
            width, height = fields.integer(4), fields.integer(4)
        elif box.kind == b"irot":
            turns = fields.integer(1) & 3
        elif box.kind == b"imir":
            mirror = fields.integer(1) & 1
    return Canvas(width, height, _orientation(turns, mirror))


def _associated(meta: bytes, wanted: int) -> Iterator[int]:
    """Yield the numbers of the properties of an item, counted from 1."""
    for box in _find(meta, 4, len(meta), b"iprp", b"ipma"):
        fields = Fields(meta, box)
        version_and_flags = fields.integer(4)
        id_bytes = 2 if version_and_flags >> 24 == 0 else 4
        is_wide = version_and_flags & 1
        for _ in range(fields.integer(4)):
            item = fields.integer(id_bytes)
            numbers = [fields.integer(2 if is_wide else 1) for _ in range(fields.integer(1))]
            if item == wanted:
                yield from (number & (0x7FFF if is_wide else 0x7F) for number in numbers)


def _orientation(turns: int, mirror: int | None) -> int:
    """Return the EXIF orientation of `turns` of 90 degrees against the clock, and then a mirror along an axis."""
    # ISO/IEC 23008-12, 6.5.10 and 6.5.12: axis 0 exchanges top and bottom, axis 1 left and right.
    return {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}[mirror][turns]


def _number_of_samples(moov: bytes) -> int:
    """Return the number of frames of the longest track."""
    most = 1
    for box in _find(moov, 0, len(moov), b"trak", b"mdia", b"minf", b"stbl", b"stsz"):
        fields = Fields(moov, box)
        fields.integer(8)
        most = max(most, fields.integer(4))
    return most


def _metadata_places(meta: bytes, offset: int) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
    """Yield the type of each item of metadata, and where in the file its bytes are: begin and size of each part."""
    kinds = dict(_item_types(meta))
    idat = next(_find(meta, 4, len(meta), b"idat"), None)
    parts = 0
    for box in _find(meta, 4, len(meta), b"iloc"):
        fields = Fields(meta, box)
        version = fields.version()
        sizes = fields.integer(2)
        offset_bytes, length_bytes, base_bytes = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_bytes = sizes & 15 if version else 0
        for _ in range(fields.integer(4 if version == 2 else 2)):
            item = fields.integer(4 if version == 2 else 2)
            is_in_idat = version > 0 and fields.integer(2) & 15 == 1
            fields.integer(2)
            base = fields.integer(base_bytes)
            if is_in_idat and idat is not None:
                base += offset + idat.content
            places = []
            count = fields.integer(2)
            parts += count
            if parts > _PARTS_MAX:
                raise damaged("AVIF")
            for _ in range(count):
                fields.integer(index_bytes)
                start = base + fields.integer(offset_bytes)
                places.append((start, fields.integer(length_bytes)))
            if kinds.get(item) in _METADATA_ITEMS:
                yield kinds[item], places


def _item_types(meta: bytes) -> Iterator[tuple[int, bytes]]:
    for iinf in _find(meta, 4, len(meta), b"iinf"):
        fields = Fields(meta, iinf)
        fields.integer(2 if fields.version() == 0 else 4)
        for box in inner_boxes(meta, fields.place, iinf.end):
            if box.kind == b"infe":
                entry = Fields(meta, box)
                version = entry.version()
                item = entry.integer(4 if version == 3 else 2)
                entry.integer(2)
                yield item, entry.raw(4)


def _blank_item(target: BinaryIO, kind: bytes, places: list[tuple[int, int]], size_bytes: int) -> None:
    """Overwrite an item: EXIF with a block without tags, as decoders refuse zeros, and others with spaces."""
    blank = bytes(4) + orientation_block(1) if kind == b"Exif" else b""
    fill = b"\0" if kind == b"Exif" else b" "
    for start, size in places:
        if start + size > size_bytes:
            raise damaged("AVIF")
        target.seek(start)
        target.write(blank[:size].ljust(size, fill))
        blank = blank[size:]


def _blank_box(target: BinaryIO, box: Box, offset: int) -> None:
    target.seek(offset + box.start + 4)
    target.write(b"free")
    target.seek(offset + box.content)
    remaining = box.end - box.content
    while remaining:
        size = min(remaining, 1024 * 1024)
        target.write(bytes(size))
        remaining -= size
