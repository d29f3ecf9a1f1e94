"""Reads the files of a zip archive where they are, with limits: nothing is unpacked to the disk.

So there is no zip slip: no name of the archive becomes a path of this machine. There is also no folder that fills the
disk, or is left behind by a worker that was killed. A zip bomb is refused by what the directory of the archive says,
and, where that lies, while it is read.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Self

from service.importing.files import (
    MAX_FILE_BYTES,
    MAX_FOLDERS_DEEP,
    FileRejected,
    UnreadableTree,
    is_ignored,
)
from service.importing.records import FileIssue

MAX_MEMBERS = 100_000
# The directory of an archive is in memory while it is read.
MAX_DIRECTORY_BYTES = 12_000_000
MAX_UNPACKED_BYTES = 4_000_000_000
MAX_NAME = 1_000
# Text shrinks to a fifth, a log to a fiftieth. Of small files the rate says nothing.
MAX_RATIO = 200
_RATIO_FROM_BYTES = 1_000_000
_CHUNK_BYTES = 1 << 16
_LINK_BYTES = 4_096

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class ArchiveRejected(UnreadableTree):
    """The archive cannot be imported; the message is the reason, in a sentence."""


class Archive:
    """The files of a zip archive, as `Folder` has those of a folder.

    Hidden files, `node_modules` and `__MACOSX` are ignored. If all other files are in one folder, it is the root.
    """

    def __init__(self, path: Path) -> None:
        """Open the archive and check all its names; raise `ArchiveRejected`, and OSError if it cannot be read."""
        self.root_parts: tuple[str, ...] = ()
        self._problems: list[FileIssue] = []
        self._file = _BoundedReader(io.FileIO(path))
        try:
            with _as_rejected("The file is not a zip archive, or it is damaged."):
                self._zip = zipfile.ZipFile(self._file)
            self._members = self._named_members()
            self._check_links()
            self._strip_root()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def walk(self) -> tuple[list[str], list[FileIssue]]:
        """Return the sorted paths of all files, and the entries that cannot be read."""
        return sorted(self._members), list(self._problems)

    def read_file(self, source_path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        """Return the bytes of a file; raise `FileRejected` if it is larger than `max_bytes` or damaged."""
        return b"".join(self.pieces(source_path, max_bytes))

    def pieces(self, source_path: str, max_bytes: int) -> Iterator[bytes]:
        """Yield the bytes of a file; raise `FileRejected` if it is larger than `max_bytes` or damaged."""
        info = self._members[source_path]
        if info.compress_type not in _METHODS:
            raise FileRejected("compressed by another method than deflate")
        if info.file_size > max_bytes:
            raise FileRejected(f"larger than {max_bytes // 1_000_000} MB")
        if info.file_size > max(_RATIO_FROM_BYTES, info.compress_size * MAX_RATIO):
            raise FileRejected(f"more than {MAX_RATIO} times larger than in the archive")
        unpacked = self._unpacked(info, max_bytes)
        while True:
            try:
                piece = next(unpacked, None)
            except (*_DAMAGED, OSError) as error:
                # Also a ValueError.
                if isinstance(error, FileRejected):
                    raise
                raise FileRejected("damaged in the archive") from error
            if piece is None:
                return
            yield piece

    def _unpacked(self, info: zipfile.ZipInfo, max_bytes: int) -> Iterator[bytes]:
        """Yield at most the bytes that the directory tells; other ones fail its checksum."""
        length = 0
        with self._zip.open(info) as member:
            while chunk := member.read(_CHUNK_BYTES):
                length += len(chunk)
                if length > max_bytes:
                    raise FileRejected(f"larger than {max_bytes // 1_000_000} MB")
                yield chunk
        if length != info.file_size:
            raise FileRejected("damaged in the archive")

    def _named_members(self) -> dict[str, zipfile.ZipInfo]:
        """Return the members that count by path; note those whose names are refused."""
        found: dict[str, zipfile.ZipInfo] = {}
        doubled: set[str] = set()
        infos = self._zip.infolist()
        if len(infos) > MAX_MEMBERS:
            raise ArchiveRejected(f"The archive has more than {MAX_MEMBERS:,} files.")
        for info in infos:
            name = _decoded_name(info)
            try:
                path = _checked_path(name)
                if not path or name.endswith(("/", "\\")) or any(map(is_ignored, path.split("/"))):
                    continue
                _check_kind(info)
            except FileRejected as refused:
                self._refuse(name, str(refused))
            else:
                (doubled.add(path) if path in found else found.setdefault(path, info))
        for path in sorted(doubled):
            del found[path]
            self._refuse(path, "the archive has several files of this name")
        _check_whole(found.values(), os.fstat(self._file.fileno()).st_size)
        return found

    def _check_links(self) -> None:
        """Remove symbolic links: their targets are read in place, and one that leads elsewhere is a problem."""
        folders = {folder for path in self._members for folder in _folders(path)}
        links = [path for path, info in self._members.items() if stat.S_ISLNK(info.external_attr >> 16)]
        for path in links:
            info = self._members.pop(path)
            try:
                target = b"".join(self._unpacked(info, _LINK_BYTES)).decode()
            except (*_DAMAGED, OSError):
                target = "/"
            if (goal := normpath(join(dirname(path), target))) not in self._members and goal not in folders:
                self._refuse(path, "a link that leads out of the archive, or nowhere")

    def _strip_root(self) -> None:
        roots = {path.partition("/")[0] for path in self._members if "/" in path}
        if len(roots) != 1 or any("/" not in path for path in self._members):
            return
        (root,) = roots
        self.root_parts = (root,)
        self._members = {path.removeprefix(f"{root}/"): info for path, info in self._members.items()}
        self._problems = [FileIssue(path.removeprefix(f"{root}/"), reason) for path, reason in self._problems]

    def _refuse(self, name: str, reason: str) -> None:
        self._problems.append(FileIssue(_CONTROL.sub("\ufffd", name)[:MAX_NAME] or "\ufffd", reason))


class _BoundedReader(io.BufferedReader):
    """A file whose directory is not read if it is too large: zipfile reads it at once, whatever size it tells."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise ArchiveRejected("The archive has too many files, or they have too long names.")
        return super().read(size)


@contextmanager
def _as_rejected(message: str) -> Iterator[None]:
    try:
        yield
    except ArchiveRejected:
        raise
    except _DAMAGED as error:
        raise ArchiveRejected(message) from error


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member, in full: `filename` ends at a NUL byte.

    Without the flag for UTF-8 it is CP 437 by the specification; Apple's archiver writes UTF-8 all the same.
    """
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode()
    except UnicodeError:
        return info.orig_filename


def _checked_path(name: str) -> str:
    """Return the path of a name, relative to the archive; raise `FileRejected` for one that leads elsewhere.

    Backslashes are separators of old Windows programs. Names of devices, such as `aux.md`, are names like others: no
    file is ever opened by them.
    """
    path = name.replace("\\", "/")
    if _CONTROL.search(path):
        raise FileRejected("its name holds a control character")
    if path.startswith("/") or _DRIVE.match(path):
        raise FileRejected("its path is absolute")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise FileRejected("its path leads out of the archive")
    if len(path) > MAX_NAME:
        raise FileRejected(f"its path has more than {MAX_NAME:,} characters")
    if len(parts) > MAX_FOLDERS_DEEP + 1:
        raise FileRejected(f"more than {MAX_FOLDERS_DEEP} folders deep")
    return "/".join(parts)


def _check_kind(info: zipfile.ZipInfo) -> None:
    """Raise `FileRejected` for devices, named pipes and sockets; links are looked at later."""
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}:
        raise FileRejected("not a regular file")


def _check_whole(infos: Collection[zipfile.ZipInfo], archive_bytes: int) -> None:
    """Raise `ArchiveRejected` if the files that count are encrypted, or too large together, or overlap."""
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise ArchiveRejected("The archive is protected by a password. Make one without.")
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise ArchiveRejected(f"The archive unpacks to more than {MAX_UNPACKED_BYTES // 10**9} GB.")
    # A bomb whose files share the same bytes (David Fifield, "A better zip bomb", 2019).
    if sum(info.compress_size for info in infos) > archive_bytes:
        raise ArchiveRejected("The archive is damaged: its files are larger than the archive.")


def _folders(path: str) -> Iterator[str]:
    while path := dirname(path):
        yield path
