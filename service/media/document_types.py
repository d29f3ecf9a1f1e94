"""The types of files besides images that can be uploaded, and how their content is recognized.

They are served for download, never for display, and with `nosniff`: a browser runs nothing of them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from service.config import settings

# By media type, the ending of the names of its files. All endings that `MEDIA_DOCUMENT_TYPES` may choose from.
DOCUMENT_TYPES: Mapping[str, str] = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/csv": "csv",
    "application/zip": "zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/epub+zip": "epub",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
}
_TYPE_BY_ENDING = {ending: media_type for media_type, ending in DOCUMENT_TYPES.items()}
_HEAD_BYTES = 128
_PIECE_BYTES = 64 * 1024
# In a text: all but tab, line feed, form feed and carriage return. A file with others is something else.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ZIP = re.compile(rb"PK(\x03\x04|\x05\x06)")


def document_type(path: Path, ending: str) -> str | None:
    """Return the media type of a file with this ending; None if it is not allowed, or the content is something else."""
    if ending not in settings().media_document_types:
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return _TYPE_BY_ENDING[ending] if _RECOGNIZED[ending](head, path) else None


def _begins_with(pattern: bytes) -> Callable[[bytes, Path], bool]:
    expression = re.compile(pattern, re.DOTALL)
    return lambda head, _path: expression.match(head) is not None


def _is_container_of(media_type: str) -> Callable[[bytes, Path], bool]:
    """Recognize a zip archive whose first file, `mimetype`, names what it is (OpenDocument 1.2, part 3; EPUB OCF 3)."""
    marker = b"mimetype" + media_type.encode()
    return lambda head, _path: _ZIP.match(head) is not None and marker in head


def _is_text(_head: bytes, path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                if _CONTROL.search(decoder.decode(piece)):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


# The directory of an archive is not read: it can be made to take any amount of memory.
_RECOGNIZED: Mapping[str, Callable[[bytes, Path], bool]] = {
    "pdf": _begins_with(rb"%PDF-[12]\."),
    "txt": _is_text,
    "csv": _is_text,
    "zip": _begins_with(_ZIP.pattern),
    "docx": _begins_with(_ZIP.pattern),
    "xlsx": _begins_with(_ZIP.pattern),
    "pptx": _begins_with(_ZIP.pattern),
    "odt": _is_container_of("application/vnd.oasis.opendocument.text"),
    "ods": _is_container_of("application/vnd.oasis.opendocument.spreadsheet"),
    "epub": _is_container_of("application/epub+zip"),
    "mp3": _begins_with(rb"ID3|\xff[\xe2-\xff]"),
    "mp4": _begins_with(rb".{4}ftyp"),
}
