"""The response with a stored file: who gets it, whole or in part, how long it can be cached and how it is shown."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from pathlib import PurePosixPath
from urllib.parse import quote

from flask import Response, request

from service.config import settings
from service.contract import NotFound, Problem
from service.core.identity import Identity
from service.core.storage import FileInfo, Storage, is_storage_name, open_storage
from service.core.storage.media_types import IMAGE_TYPES
from service.media.permissions import FileAccess, ServedFile, find_file

# Named by its content in an earlier version. Without a row it is public: whoever knows the name has known the bytes.
_NAMED_BY_CONTENT = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|gif|webp|avif)")
_IMMUTABLE = f"public, max-age={timedelta(days=365).total_seconds():.0f}, immutable"
_PRIVATE = "private, no-store"
# A browser keeps the redirect for half as long as the URL in it is valid.
_URL_VALID_S = 3_600
_REDIRECT = f"public, max-age={_URL_VALID_S // 2}"
# Of the application, and no scripts, forms or plugins: should a browser take a file for a page, it can do nothing.
_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


class RangeNotSatisfiable(Problem):
    """The requested range begins behind the end of the file. See `Content-Range` for its size."""

    status = 416
    code = "RANGE_NOT_SATISFIABLE"


def serve_file(name: str, reader: Identity | None) -> Response:
    """Return the response with a stored file. One SELECT, and one or two requests to the storage.

    Raise `NotFound` also for a file that the reader may not see, `RangeNotSatisfiable` and `StorageUnavailable`.
    """
    file = find_file(name, reader) if is_storage_name(name) else None
    if (file is None and not _NAMED_BY_CONTENT.fullmatch(name)) or (
        file is not None and file.access is FileAccess.DENIED
    ):
        raise _not_found()
    is_public = file is None or file.access is FileAccess.PUBLIC
    storage = open_storage()
    if is_public and (url := _url_in_storage(storage, name, file)):
        redirect = Response(status=307, headers={"Location": url})
        redirect.headers.pop("Content-Type")  # there is no content
        return _with_headers(redirect, _REDIRECT)
    response = _content(storage, name)
    _describe(response, name, file)
    return _with_headers(response, _IMMUTABLE if is_public else _PRIVATE)


def _not_found() -> NotFound:
    """Return a 404 that no cache keeps: the file may be published the next moment."""
    return NotFound(headers={"Cache-Control": "no-store"})


def _url_in_storage(storage: Storage, name: str, file: ServedFile | None) -> str | None:
    """Return a temporary URL of a public image; a document would be shown there, and not be called by its name."""
    if settings().s3_reads != "redirect" or file is None or not file.is_image:
        return None
    return storage.temporary_url(name, _URL_VALID_S)


def _content(storage: Storage, name: str) -> Response:
    """Return what the conditions and the range of the request ask for: 200, 206 or 304."""
    part: tuple[int, int] | None = None
    if request.method == "HEAD" or request.if_none_match or request.range:
        info = storage.stat(name)
        if info is None:
            raise _not_found()
        if request.if_none_match.contains_weak(info.etag):
            return _tagged(Response(status=304), info)
        if request.method == "HEAD":
            response = _tagged(Response(), info)
            response.content_length = info.size_bytes
            return response
        part = _requested_part(info)
    content = storage.read(name, part[0], part[1] - part[0]) if part else storage.read(name)
    if content is None:
        raise _not_found()
    response = _tagged(Response(content, status=206 if part else 200), content.info)
    response.call_on_close(content.close)
    response.content_length = part[1] - part[0] if part else content.info.size_bytes
    if part:
        response.headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{content.info.size_bytes}"
    return response


def _requested_part(info: FileInfo) -> tuple[int, int] | None:
    """Return the first byte of the requested range and the one behind its last; None for the whole file.

    A header that is malformed, in another unit or of several ranges is ignored, and so is one for other bytes than
    `If-Range` names (RFC 9110, 14.2).
    """
    ranges = request.range
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return None
    if "If-Range" in request.headers and request.headers["If-Range"] != f'"{info.etag}"':
        return None
    start, stop = ranges.ranges[0]
    # The last bytes, of which there may be fewer than asked for.
    first = start if start >= 0 else max(info.size_bytes + start, 0)
    end = info.size_bytes if stop is None else min(stop, info.size_bytes)
    if first >= end:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{info.size_bytes}"})
    return first, end


def _tagged(response: Response, info: FileInfo) -> Response:
    response.headers["ETag"] = f'"{info.etag}"'
    return response


def _describe(response: Response, name: str, file: ServedFile | None) -> None:
    """Set the type of the content and its name; only images are shown, everything else is downloaded."""
    if response.status_code == 304:
        response.headers.pop("Content-Type", None)
        return
    response.headers["Accept-Ranges"] = "bytes"
    media_type = file.media_type if file is not None else IMAGE_TYPES[name.rpartition(".")[2]]
    # A text is UTF-8: its upload was refused otherwise.
    response.headers["Content-Type"] = (
        f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    )
    if file is not None:
        # Decided by the type, not by the row: what a browser could run is never shown.
        shown = "inline" if media_type in IMAGE_TYPES.values() else "attachment"
        own_name = PurePosixPath(file.file_name).with_suffix(PurePosixPath(name).suffix).name
        response.headers.set("Content-Disposition", shown, **_file_name(own_name))


def _file_name(text: str) -> dict[str, str]:
    """Return the parameters of `Content-Disposition` for a name (RFC 6266, RFC 8187)."""
    if text.isascii():
        return {"filename": text}
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return {
        "filename": plain if not plain.startswith(".") else f"file{plain}",
        "filename*": f"UTF-8''{quote(text, safe='!#$&+-.^_`|~')}",
    }


def _with_headers(response: Response, cache_control: str) -> Response:
    response.headers["Cache-Control"] = cache_control
    response.headers["Content-Security-Policy"] = _POLICY
    if cache_control != _PRIVATE:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
