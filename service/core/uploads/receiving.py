"""Receiving the files of a request: how many requests may bring files at a time, and where the files go.

Receiving takes a thread of the web server for as long as the client sends. So a worker receives few uploads at a time,
for which gunicorn.conf.py adds threads; whoever comes beyond those is asked to come back. It holds no connection to
the database meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.config import settings
from service.contract import FileReceiver, ServiceUnavailable
from service.contract.file_receiver import OpenFile
from service.core.database import release_read_connection
from service.core.uploads.files import IncomingFile, InsufficientStorage

UPLOADS_PER_WORKER = 4


class TooManyUploads(ServiceUnavailable):
    """The server receives as many uploads as it can. Retry after the time given in `Retry-After`."""

    code = "TOO_MANY_UPLOADS"
    is_fault = False


_free = threading.Semaphore(UPLOADS_PER_WORKER)


@contextmanager
def _receive() -> Iterator[OpenFile]:
    """Yield the function that opens a file in `UPLOAD_DIR`; all are deleted if the reading fails.

    Raise `TooManyUploads`.
    """
    if not _free.acquire(blocking=False):
        raise TooManyUploads
    files: list[IncomingFile] = []

    def open_file() -> IncomingFile:
        files.append(IncomingFile(settings().upload_dir))
        return files[-1]

    try:
        release_read_connection()
        yield open_file
    except BaseException:
        for file in files:
            file.close()
        raise
    finally:
        _free.release()


FILE_RECEIVER = FileReceiver(_receive, (TooManyUploads, InsufficientStorage))
