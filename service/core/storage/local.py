"""The storage in a local folder, which all web servers and workers share: 256 folders by the first two digits."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from service.core.storage.interface import (
    PIECE_BYTES,
    Content,
    FileInfo,
    FileReader,
    Storage,
    StorageUnavailable,
    checked_name,
    is_storage_name,
)
from service.core.storage.media_types import type_of_name
from service.core.uploads.files import InsufficientStorage

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FOLDER = re.compile("[0-9a-f]{2}")
_DRAFT = re.compile(r"\.[0-9a-f]{16}\.draft")


class LocalStorage(Storage):
    """The files of one folder. It is created here; if it is missing later, a volume is not mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Whoever cannot create it finds it missing below.
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def label(self) -> str:
        """Return the path of the folder."""
        return f"the folder {self._folder}"

    def put(self, name: str, content: Content, media_type: str) -> None:
        """Write a file atomically: a process that is killed leaves a draft, never a part under the name."""
        del media_type  # the ending of the name tells it
        path = self._path(checked_name(name))
        draft = path.with_name(f".{secrets.token_hex(8)}.draft")
        with _translated_errors():
            self._check_folder()
            path.parent.mkdir(exist_ok=True)
            file = draft.open("xb")
        try:
            with file:
                # What the reading of `content` raises is no fault of this storage.
                for piece in _pieces_of(content):
                    with _translated_errors():
                        file.write(piece)
                with _translated_errors():
                    file.flush()
                    os.fsync(file.fileno())
            with _translated_errors():
                draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def stat(self, name: str) -> FileInfo | None:
        """Return what is known of a file; None if there is none."""
        if not is_storage_name(name):
            return None
        with _translated_errors():
            try:
                return _info(name, self._path(name).stat())
            except FileNotFoundError:
                self._check_folder()
                return None

    def read(self, name: str, start: int = 0, length: int | None = None) -> FileReader | None:
        """Return a reader; None if there is no such file."""
        if not is_storage_name(name):
            return None
        with _translated_errors():
            try:
                file = self._path(name).open("rb", buffering=0)
            except FileNotFoundError:
                self._check_folder()
                return None
            info = _info(name, os.fstat(file.fileno()))
            left = info.size_bytes - start if length is None else length
            return FileReader(info, _pieces(file, start, left), file.close)

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """Yield the path of the file itself."""
        if self.stat(name) is None:
            raise FileNotFoundError(errno.ENOENT, "no such file in the storage", name)
        yield self._path(name)

    def delete(self, *names: str) -> None:
        """Delete files; one that does not exist is no error."""
        with _translated_errors():
            self._check_folder()
            for name in filter(is_storage_name, names):
                self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[FileInfo]:
        """Yield all files, folder by folder."""
        for path in self._files():
            if is_storage_name(path.name):
                with contextlib.suppress(FileNotFoundError):
                    yield _info(path.name, path.stat())

    def delete_drafts(self, older_than_s: float) -> int:
        """Delete what killed processes have left of files that they wrote; return their number."""
        deleted, changed_before = 0, time.time() - older_than_s
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):
                if _DRAFT.fullmatch(path.name) and path.stat().st_mtime < changed_before:
                    path.unlink()
                    deleted += 1
        return deleted

    def _files(self) -> Iterator[Path]:
        with _translated_errors():
            self._check_folder()
            for folder in sorted(self._folder.iterdir()):
                # Somebody may keep other things here, or point VAR_DIR at a folder with them.
                if _FOLDER.fullmatch(folder.name) and folder.is_dir():
                    yield from folder.iterdir()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _check_folder(self) -> None:
        """Raise `StorageUnavailable` if the folder is not there: no file is missing then, all are."""
        if not self._folder.is_dir():
            raise StorageUnavailable


def _info(name: str, stat: os.stat_result) -> FileInfo:
    return FileInfo(
        name,
        stat.st_size,
        type_of_name(name),
        f"{stat.st_mtime_ns:x}-{stat.st_size:x}",
        datetime.fromtimestamp(stat.st_mtime, UTC),
    )


def _pieces(file: FileIO, start: int, left: int) -> Iterator[bytes]:
    file.seek(start)
    while left > 0 and (piece := file.read(min(left, PIECE_BYTES))):
        left -= len(piece)
        yield piece


def _pieces_of(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with content.open("rb", buffering=0) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    else:
        yield from content


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise `InsufficientStorage` for a full disk and `StorageUnavailable` for what else the system refuses."""
    try:
        yield
    except OSError as error:
        raise (InsufficientStorage if error.errno in _FULL else StorageUnavailable) from error


def _sync_folder(folder: Path) -> None:
    """Let the name of a file survive a power failure; not every file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
