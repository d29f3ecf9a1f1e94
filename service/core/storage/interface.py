"""What every storage does: put, stat, read, delete and list files; and which names there are."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from service.contract import ServiceUnavailable

# 32 random digits, or the 64 of a SHA-256; a rendition has its width, or its size and focal point, behind them.
STEM = r"(?:[0-9a-f]{64}|[0-9a-f]{32})"
RENDITION = r"-[0-9]{1,5}(?:x[0-9]{1,5}-[0-9]{1,3}-[0-9]{1,3})?"
STORAGE_NAME = re.compile(rf"{STEM}(?:{RENDITION})?\.[a-z0-9]{{1,8}}", re.ASCII)
NAME_MAX = 100
# Large enough that a system call or a request is worth it, small enough for many readers at a time.
PIECE_BYTES = 256 * 1024

Content = Path | bytes | Iterator[bytes]


class StorageUnavailable(ServiceUnavailable):
    """The storage of media files cannot be reached. Retry after the time given in `Retry-After`."""

    code = "STORAGE_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A stored file: its size, media type, strong entity tag without quotes, and when it was written."""

    name: str
    size_bytes: int
    media_type: str
    etag: str
    changed_at: datetime


class FileReader:
    """The bytes of a stored file, or of a part of it, piece by piece; to be closed.

    The first piece has been read when it is handed out: a storage that fails does so before a response begins.
    """

    def __init__(self, info: FileInfo, pieces: Iterator[bytes], close: Callable[[], None]) -> None:
        self.info = info
        self._close = close
        self._pieces = pieces
        try:
            self._first: bytes | None = next(pieces, None)
        except BaseException:
            close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            piece, self._first = self._first, None
            return piece
        return next(self._pieces)

    def read_all(self) -> bytes:
        """Return all that is left, and close."""
        with self:
            return b"".join(self)

    def close(self) -> None:
        """Release the file or the connection."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_of_exception: object) -> None:
        self.close()


class Storage(ABC):
    """A place for files. What cannot be reached raises `StorageUnavailable`, a full one `InsufficientStorage`."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Return a description for people: the path of the folder, or the name of the bucket."""

    @abstractmethod
    def put(self, name: str, content: Content, media_type: str) -> None:
        """Write a file and make sure that it lasts; replace one of that name.

        Nobody ever sees a part of it under the name. Raise ValueError for a name that does not match `STORAGE_NAME`.
        """

    @abstractmethod
    def stat(self, name: str) -> FileInfo | None:
        """Return what is known of a file; None if there is none."""

    @abstractmethod
    def read(self, name: str, start: int = 0, length: int | None = None) -> FileReader | None:
        """Return a reader of `length` bytes from `start`, by default of all; None if there is no such file.

        `start` is before the end of the file, except for 0.
        """

    @abstractmethod
    def local_copy(self, name: str) -> AbstractContextManager[Path]:
        """Return a context manager with the path of a local file with the bytes, which must not be written to.

        Raise FileNotFoundError if there is no such file.
        """

    @abstractmethod
    def delete(self, *names: str) -> None:
        """Delete files; one that does not exist is no error."""

    @abstractmethod
    def names(self) -> Iterator[FileInfo]:
        """Yield all files, in no particular order and not from one moment; only a batch is in memory."""

    @abstractmethod
    def delete_drafts(self, older_than_s: float) -> int:
        """Delete what interrupted writes have left and is older than that; return their number."""

    def temporary_url(self, name: str, valid_s: int) -> str | None:
        """Return a URL under which anybody can read the file for so long; None if the storage has none."""
        del name, valid_s
        return None


def is_storage_name(name: str) -> bool:
    """Tell whether `name` can be one of a stored file: it never leads out of the storage."""
    return STORAGE_NAME.fullmatch(name) is not None


def checked_name(name: str) -> str:
    """Return `name`; raise ValueError if no file can be stored under it."""
    if not is_storage_name(name):
        raise ValueError(f"not a name of a stored file: {name[:NAME_MAX]!r}")
    return name
