"""Writes an export to a zip archive, file by file: what is in memory is one post, or a piece of an image."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.importing.exporting import ExportedFile

DRAFT = ".part"
# The earliest time that an archive can tell.
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_FILE_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class ExportArchive:
    """What an archive holds, its size, and its SHA-256 in hexadecimal digits."""

    posts: int
    images: int
    size_bytes: int
    sha256: str


def write_archive(
    path: Path, files: Iterable[ExportedFile], progress: Callable[[int], None]
) -> ExportArchive:
    """Write `files` to the archive `path`.

    `progress` is called with the number of posts so far. The file appears under its name when it is whole; what a
    process leaves that is killed ends with `.part`. Raise OSError if it cannot be written, because the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}{DRAFT}")
    try:
        with draft.open("wb") as file:
            posts, images = _write_files(file, files, progress)
            file.flush()
            os.fsync(file.fileno())
        with draft.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = draft.stat().st_size
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return ExportArchive(posts, images, size_bytes, sha256)


def _write_files(
    file: object, files: Iterable[ExportedFile], progress: Callable[[int], None]
) -> tuple[int, int]:
    posts = images = 0
    with zipfile.ZipFile(file, "w") as archive:  # type: ignore[call-overload]
        for exported in files:
            if isinstance(exported.content, bytes):
                archive.writestr(_entry(exported, zipfile.ZIP_DEFLATED), exported.content)
                posts += exported.is_post
                progress(posts)
            else:
                # Images are compressed already.
                with archive.open(_entry(exported, zipfile.ZIP_STORED), "w") as member:
                    member.writelines(exported.content)
                images += 1
    return posts, images


def _entry(exported: ExportedFile, method: int) -> zipfile.ZipInfo:
    changed_at = max(exported.changed_at or _EARLIEST, _EARLIEST)
    entry = zipfile.ZipInfo(exported.name, changed_at.timetuple()[:6])
    entry.external_attr = _FILE_MODE
    entry.compress_type = method
    return entry
