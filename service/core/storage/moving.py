"""Copies the files of one storage to another, each checked by its SHA-256, so that the run can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.core.storage.interface import FileInfo, Storage
from service.core.storage.media_types import type_of_name


@dataclass(slots=True)
class MoveReport:
    """How many files were copied, were there already and were deleted; and the names of those that differ."""

    copied: int = 0
    copied_bytes: int = 0
    present: int = 0
    deleted: int = 0
    failed: list[str] = field(default_factory=list)


def move_files(
    source: Storage,
    destination: Storage,
    report: MoveReport,
    *,
    delete: bool,
    progress: Callable[[int], None],
) -> None:
    """Copy each file of `source` that `destination` does not have with the same bytes; add to `report`.

    What was written is read again before it counts. With `delete` a file is deleted from the source after that.
    `progress` is called with 1 for each file. Raise `StorageUnavailable` and `InsufficientStorage`.
    """
    for info in source.names():
        if _copy(source, destination, info, report) and delete:
            source.delete(info.name)
            report.deleted += 1
        progress(1)


def _copy(source: Storage, destination: Storage, info: FileInfo, report: MoveReport) -> bool:
    """Tell whether the destination has the file now."""
    try:
        with source.local_copy(info.name) as path:
            size_bytes, sha256 = path.stat().st_size, _sha256_of(path)
            if _holds(destination, info.name, size_bytes, sha256):
                report.present += 1
                return True
            destination.put(info.name, path, type_of_name(info.name))
    except FileNotFoundError:  # deleted since it was listed
        return False
    if not _holds(destination, info.name, size_bytes, sha256):
        report.failed.append(info.name)
        return False
    report.copied += 1
    report.copied_bytes += size_bytes
    return True


def _holds(storage: Storage, name: str, size_bytes: int, sha256: str) -> bool:
    """Tell whether a storage has the file with these bytes; it is read."""
    reader = storage.read(name)
    if reader is None:
        return False
    with reader:
        if reader.info.size_bytes != size_bytes:
            return False
        digest = hashlib.sha256()
        for piece in reader:
            digest.update(piece)
    return digest.hexdigest() == sha256


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
