"""Reads a form within its limit, without holding its files in memory; a broken form is an error, not an empty one."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from ..file_receiver import FileReceiver, OpenFile
from ..problems import ContentTooLarge, InputError, InvalidInput, RequestTimeout


def read_form(
    request: Request,
    *,
    limit_bytes: int | None = None,
    files: FileReceiver | None = None,
    max_files: int | None = None,
) -> None:
    """Parse the form of `request`: from then on `request.form` and `request.files` have it.

    The content of more than `max_files` files is read and not kept; with 0 nothing is written anywhere. Raises
    `ContentTooLarge` for more than `limit_bytes`, before anything is read if the length is announced; `InvalidInput` if
    the form is malformed, not UTF-8 or cut off; `RequestTimeout` if the server waited in vain for the rest of it; and
    what `files` raises.
    """
    limit_bytes = min(filter(None, (limit_bytes, request.max_content_length)), default=sys.maxsize - 1)
    if request.content_length is not None and request.content_length > limit_bytes:
        raise too_large(limit_bytes)
    # Werkzeug's limit is reached by a body of just that length, too.
    request.max_content_length = limit_bytes + 1
    if max_files == 0:
        _parse(request, _discard, limit_bytes)
        return
    with (files or FileReceiver()).receive() as open_file:
        _parse(request, _at_most(max_files, open_file), limit_bytes)


def too_large(limit_bytes: int) -> ContentTooLarge:
    """Return the error of a body that is larger than `limit_bytes`."""
    return ContentTooLarge(f"The body is larger than {limit_bytes} bytes.")


class _Discarded(io.RawIOBase):
    """A file whose content is not kept."""

    def write(self, data: Any) -> int:
        return len(data)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return 0


class _FormParser(FormDataParser):
    """Raises `ValueError` for a malformed form, which Werkzeug otherwise treats as empty; writes files where we say."""

    def __init__(self, *, open_file: OpenFile, **options: Any) -> None:
        # The name and the type that a client gives for a file decide nothing.
        own = {"stream_factory": lambda **_told: open_file(), "silent": False}
        super().__init__(**{**options, **own})


def _parse(request: Request, open_file: OpenFile, limit_bytes: int) -> None:
    request.form_data_parser_class = partial(_FormParser, open_file=open_file)  # type: ignore[assignment]
    try:
        _ = request.form
    except RequestEntityTooLarge as error:
        if request.stream.tell() > limit_bytes:
            raise too_large(limit_bytes) from error
        fields, size = request.max_form_parts, request.max_form_memory_size
        raise ContentTooLarge(
            f"The form has a field of more than {size} bytes, or more than {fields} parts."
        ) from error
    except ClientDisconnected as error:
        # Werkzeug hides why it could not read on.
        if isinstance(error.__context__, TimeoutError):
            raise RequestTimeout from error
        raise malformed_form("The body ends before its end was announced.", pointer="") from error
    except ValueError as error:
        raise malformed_form("The form is malformed or not UTF-8.", pointer="") from error


def malformed_form(detail: str, **place: str) -> InvalidInput:
    """Return the error of input that cannot be read at all."""
    return InvalidInput(detail, errors=[InputError("INVALID_FORMAT", detail, **place)])


def _discard() -> IO[bytes]:
    return _Discarded()  # type: ignore[return-value]


def _at_most(number: int | None, open_file: OpenFile) -> Callable[[], IO[bytes]]:
    """Return a function that opens at most `number` files, and then others whose content is discarded."""
    opened = 0

    def open_next() -> IO[bytes]:
        nonlocal opened
        opened += 1
        return open_file() if number is None or opened <= number else _discard()

    return open_next
