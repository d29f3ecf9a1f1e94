"""Where the files of a form are written while a request is read: the application's affair, and by default the system's.

The body is never held in memory: the parser hands on each piece of a file as it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from .problems import Problem

OpenFile = Callable[[], IO[bytes]]


@contextmanager
def _temporary_files() -> Iterator[OpenFile]:
    yield TemporaryFile


@dataclass(frozen=True, slots=True)
class FileReceiver:
    """Receives the files of forms.

    `receive` returns a context manager around the reading of one request: it yields the function that opens an empty
    file, and deletes what it has opened if the reading fails. The request closes the files at its end. `problems` are
    the errors that it raises; every operation with files declares them.
    """

    receive: Callable[[], AbstractContextManager[OpenFile]] = _temporary_files
    problems: tuple[type[Problem], ...] = ()
