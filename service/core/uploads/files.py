"""The files of `UPLOAD_DIR`: written while a request is read, kept with its transaction, deleted when not needed.

    def post(self):
        upload_id = keep_upload(parameters().archive)      # the bytes are on the disk now
        db.session.add(Import(upload_id=upload_id))        # a column of the type UploadId

A file that is not kept is deleted with its request, and so is one whose transaction is rolled back. What a process
leaves behind that is killed, the sweep finds (`uploads.sweeping`).
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from service.config import settings
from service.contract import Problem
from service.extensions import db
from service.models.uploads import UPLOAD_ID_LENGTH

# The file of a form, for modules that know no Flask.
UploadedFile = FileStorage
INCOMING = ".part"
FILE_NAME_MAX = 255
UPLOAD_ID = re.compile(f"[0-9a-f]{{{UPLOAD_ID_LENGTH}}}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_KEPT, _DISCARDED = "kept_uploads", "discarded_uploads"


class InsufficientStorage(Problem):
    """The server has no space left for the file. Nothing of it was stored; try again later."""

    status = 507
    code = "INSUFFICIENT_STORAGE"


class IncomingFile(io.FileIO):
    """A file that is being received: deleted when it is closed, unless it was kept and the transaction committed.

    Not buffered: the parser writes pieces of 64 KiB.
    """

    def __init__(self, folder: Path) -> None:
        self.is_committed = False
        self.path = folder / f"{secrets.token_hex(UPLOAD_ID_LENGTH // 2)}{INCOMING}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            super().__init__(self.path, "x+")
        except OSError as error:
            raise storage_error(error) from error

    def write(self, data: Any, /) -> int:
        """Write all of `data`; raise `InsufficientStorage` if there is no space for it."""
        left = memoryview(data)
        size = left.nbytes
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            raise storage_error(error) from error
        return size

    def keep(self) -> str:
        """Make sure that the bytes are on the disk and give the file its name, which is the id of the upload."""
        kept = self.path.with_suffix("")
        try:
            os.fsync(self.fileno())
            self.path.rename(kept)
            self.path = kept
            _sync_folder(kept.parent)
        except OSError as error:
            raise storage_error(error) from error
        return kept.name

    def close(self) -> None:
        """Close the file, and delete it unless a committed row may refer to it."""
        if self.closed:
            return
        super().close()
        if not self.is_committed:
            self.path.unlink(missing_ok=True)


def keep_upload(file: FileStorage) -> str:
    """Keep the file of a form beyond its request and return the id of the upload.

    It is kept once the session's transaction is committed; a row of that transaction refers to it in a column of the
    type `UploadId`. Raise `InsufficientStorage`; TypeError for a file that was kept before, or did not come with a
    request.
    """
    incoming = file.stream
    if not isinstance(incoming, IncomingFile) or incoming.path.suffix != INCOMING:
        raise TypeError("only the file of a form of the current request can be kept, and once")
    upload_id = incoming.keep()
    db.session.info.setdefault(_KEPT, []).append(incoming)
    return upload_id


def temporary_file() -> IncomingFile:
    """Open a new file in `UPLOAD_DIR`, which is deleted when it is closed; raise `InsufficientStorage`.

    The sweep deletes that of a process which was killed.
    """
    return IncomingFile(settings().upload_dir)


def received_path(file: FileStorage) -> Path:
    """Return the path of the file of a form: it is there until the end of the request, and may be replaced.

    Raise TypeError for a file that did not come with a request.
    """
    if not isinstance(file.stream, IncomingFile):
        raise TypeError("not the file of a form of the current request")
    return file.stream.path


def upload_path(upload_id: str) -> Path:
    """Return the path of an upload; it may have been discarded. Raise ValueError for what is no id of an upload."""
    if not UPLOAD_ID.fullmatch(upload_id):
        raise ValueError("not the id of an upload")
    return settings().upload_dir / upload_id


def discard_upload(upload_id: str) -> None:
    """Delete the file of an upload, if it exists, once the session's transaction is committed.

    No row refers to it any more in that transaction.
    """
    # The path now: the session may be committed where there is no application.
    db.session.info.setdefault(_DISCARDED, []).append(upload_path(upload_id))


def file_name(file: FileStorage) -> str:
    """Return the name that the client has given to a file as a text to show, see `shown_file_name`."""
    return shown_file_name(file.filename or "")


def shown_file_name(name: str) -> str:
    """Return the name of a file from outside as a text to show: the last part of a path, one line.

    Control characters, marks of the writing direction and the like are left out; it has 1 to 255 characters. Never use
    it as a path.
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    return shown[:FILE_NAME_MAX].strip() or "file"


@event.listens_for(Session, "after_commit")
def _finish(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for incoming in session.info.pop(_KEPT, ()):
        incoming.is_committed = True
    for path in session.info.pop(_DISCARDED, ()):
        path.unlink(missing_ok=True)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_KEPT, None)  # their request closes them, and so they are deleted
    session.info.pop(_DISCARDED, None)


def storage_error(error: OSError) -> Exception:
    """Return `InsufficientStorage` for a full disk, and any other error as it is."""
    return InsufficientStorage() if error.errno in _FULL else error


def _sync_folder(folder: Path) -> None:
    """Let the name of a file survive a power failure; not every file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
