"""The files of a publication: a folder is walked and read with limits, and nothing outside of it is opened.

`archives` has the same for a zip archive.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from service.importing.records import FileIssue

MAX_FILE_BYTES = 2_000_000
MAX_IMAGE_BYTES = 20_000_000
MAX_FILES = 200_000
MAX_FOLDERS_DEEP = 32
_PIECE_BYTES = 1 << 18

_IGNORED = frozenset({"node_modules", "__pycache__", "__MACOSX"})


class UnreadableTree(ValueError):
    """The path is not a readable folder; the message has the reason."""


class FileRejected(ValueError):
    """A file cannot be imported; the message is the reason."""


class FileSource(Protocol):
    """The files of a publication. `root_parts` are the folders above them, as far as they are known."""

    @property
    def root_parts(self) -> tuple[str, ...]:
        """Return the names of the folders."""

    def walk(self) -> tuple[list[str], list[FileIssue]]:
        """Return the sorted paths of all files, and what cannot be read; raise `UnreadableTree`."""

    def read_file(self, source_path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        """Return the bytes of a file; raise `FileRejected`."""

    def pieces(self, source_path: str, max_bytes: int) -> Iterator[bytes]:
        """Yield the bytes of a file, of which a piece is in memory; raise `FileRejected`."""


class Folder:
    """The files of a folder."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.root = Path(os.path.realpath(path))
        self.root_parts = self.root.parts[1:]

    def walk(self) -> tuple[list[str], list[FileIssue]]:
        """Return what `walk` does; raise `UnreadableTree`."""
        return walk(self.root)

    def read_file(self, source_path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        """Return the bytes of a file; raise `FileRejected`."""
        return read_file(self.root, source_path, max_bytes)

    def pieces(self, source_path: str, max_bytes: int) -> Iterator[bytes]:
        """Yield the bytes of a file; raise `FileRejected`."""
        return pieces(self.root, source_path, max_bytes)


def is_ignored(name: str) -> bool:
    """Tell whether a file or folder of this name is none of the publication: hidden, or made by a program."""
    return name.startswith(".") or name in _IGNORED


def walk(root: Path) -> tuple[list[str], list[FileIssue]]:
    """Return the sorted relative paths of all files under `root`, and the entries that cannot be read.

    Hidden files and folders and `node_modules` are skipped, and so are symbolic links within the tree: their targets
    are read in place. Raise `UnreadableTree` if `root` is not a readable folder or has more than 200,000 files.
    """
    if not root.is_dir():
        raise UnreadableTree(f"{root} is not a folder")
    walker = _Walk(root)
    while walker.folders:
        walker.enter(walker.folders.pop())
        if len(walker.files) > MAX_FILES:
            raise UnreadableTree(f"{root} holds more than {MAX_FILES} files")
    return sorted(walker.files), walker.problems


class _Walk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[str] = []
        self.folders = [""]  # to be visited; each ends with `/`, except the root
        self.problems: list[FileIssue] = []

    def enter(self, folder: str) -> None:
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    if not is_ignored(entry.name):
                        self._note(f"{folder}{entry.name}", entry)
        except OSError as error:
            if not folder:
                raise UnreadableTree(f"{self.root} cannot be read: {error.strerror}") from error
            self._refuse(folder, f"cannot be read: {error.strerror}")

    def _note(self, path: str, entry: os.DirEntry[str]) -> None:
        if entry.is_symlink():
            if not _leads_inside(self.root, path):
                self._refuse(path, "a link that leads out of the folder, or nowhere")
        elif not entry.is_dir(follow_symlinks=False):
            self.files.append(path)
        elif path.count("/") < MAX_FOLDERS_DEEP:
            self.folders.append(f"{path}/")
        else:
            self._refuse(path, f"more than {MAX_FOLDERS_DEEP} folders deep")

    def _refuse(self, path: str, reason: str) -> None:
        self.problems.append(FileIssue(printable(path), reason))


def _leads_inside(root: Path, path: str) -> bool:
    try:
        return (root / path).resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # RuntimeError: a link loop, before Python 3.13
        return False


def read_file(root: Path, source_path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a file of the tree; raise `FileRejected` if it is larger than `max_bytes` or unreadable."""
    return b"".join(pieces(root, source_path, max_bytes))


def pieces(root: Path, source_path: str, max_bytes: int) -> Iterator[bytes]:
    """Yield the bytes of a file of the tree; raise `FileRejected` if it is larger than `max_bytes` or unreadable.

    Symbolic links are rejected again: a file can have been replaced since the walk. O_NONBLOCK, because opening a
    named pipe would block.
    """
    try:
        descriptor = os.open(root / source_path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 a descriptor has no path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileRejected("not a regular file")
            left = max_bytes
            while piece := file.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise FileRejected(f"larger than {max_bytes // 1_000_000} MB")
                yield piece
    except OSError as error:
        raise FileRejected(f"cannot be read: {error.strerror}") from error


def as_text(data: bytes) -> str:
    """Decode UTF-8 without a byte order mark, keeping line ends; raise `FileRejected`."""
    if b"\0" in data:
        raise FileRejected("binary, or not UTF-8: it holds a NUL byte")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRejected(f"not UTF-8 (byte {error.start})") from error


def printable(path: str) -> str:
    """Return a path for messages: bytes that are not UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
