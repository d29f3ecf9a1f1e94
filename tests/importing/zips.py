"""Zip archives for tests: tidy ones, and ones that no archiver would write."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive with these files."""
    return packed([(name, content) for name, content in files.items()], method)


def packed(
    entries: list[tuple[str | zipfile.ZipInfo, str | bytes]], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return an archive with these entries, which can have the same name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, method)
    return buffer.getvalue()


def of_kind(name: str, kind: int) -> zipfile.ZipInfo:
    """Return an entry for a file that is no regular one, such as a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (kind | stat.S_IRUSR) << 16
    return entry


def in_memory_of(folder: Path) -> bytes:
    """Return an archive of a folder."""
    return zipped(
        {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    )


def patched(archive: bytes, **fields: int) -> bytes:
    """Return an archive whose directory tells other numbers of its first file (APPNOTE.TXT, 4.3.12)."""
    places = {
        "flags": (8, "<H"),
        "method": (10, "<H"),
        "crc": (16, "<L"),
        "compressed": (20, "<L"),
        "size": (24, "<L"),
        "offset": (42, "<L"),
    }
    changed, start = bytearray(archive), archive.index(b"PK\x01\x02")
    for field, value in fields.items():
        place, form = places[field]
        struct.pack_into(form, changed, start + place, value)
    return bytes(changed)


def renamed(archive: bytes, old: bytes, new: bytes) -> bytes:
    """Return an archive in which a file has another name of the same length, in bytes that no archiver writes."""
    assert len(old) == len(new)
    assert archive.count(old) == 2
    return archive.replace(old, new)
