"""Checks a file that is to become a media and puts it into the storage; the row is added by `actions.add_media`.

    inspected = inspect_file(path, "photo.jpg")      # no database, no storage; removes the file's metadata
    stored = store_file(inspected)                   # under a random name
    media = add_media(stored, uploader_id=7)

What a client says of the type is ignored, and the ending of the name chooses only among documents.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from service.config import settings
from service.contract import Conflict
from service.core.images import ImageRefused, NotAnImage, read_header, remove_metadata
from service.core.storage import open_storage
from service.core.uploads import shown_file_name, storage_error
from service.media.document_types import DOCUMENT_TYPES, document_type
from service.models.media import MediaKind

_IMAGE_ENDINGS = frozenset({"png", "jpg", "jpeg", "jfif", "webp", "gif", "avif"})
_SVG_REFUSED = (
    "SVG files are not accepted: they can contain scripts, and what they show depends on the browser. Save the image "
    "as PNG or WebP."
)


class MediaRefused(Conflict):
    """The file cannot be accepted."""


class MediaTypeRefused(MediaRefused):
    """The file is not of an accepted type. Images are PNG, JPEG, WebP, GIF or AVIF; the content decides, not the name.

    Which other types are accepted is the operator's choice (`MEDIA_DOCUMENT_TYPES`).
    """

    code = "MEDIA_TYPE_REFUSED"


class ImageInvalid(MediaRefused):
    """The image is damaged or incomplete, or has too many pixels. `detail` says which."""

    code = "IMAGE_INVALID"


class MediaTooLarge(MediaRefused):
    """The file is larger than the operator allows (`MEDIA_MAX_BYTES`)."""

    code = "MEDIA_TOO_LARGE"


class MediaEmpty(MediaRefused):
    """The file is empty. Choose another one, or upload it again."""

    code = "MEDIA_EMPTY"


FILE_PROBLEMS = (MediaTypeRefused, ImageInvalid, MediaTooLarge, MediaEmpty)


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file on the disk that can be accepted, without its metadata; `file_name` is a text to show."""

    path: Path
    file_name: str
    media_type: str
    extension: str
    kind: MediaKind
    size_bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None
    is_animated: bool = False


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file in the storage that has no row yet. Without one it is deleted after a while."""

    name: str
    inspected: InspectedFile


def inspect_file(path: Path, file_name: str) -> InspectedFile:
    """Check a file, and remove the metadata of an image in place; `file_name` is what it is called outside.

    Memory does not grow with the file. Raise `MediaTypeRefused`, `ImageInvalid`, `MediaTooLarge`, `MediaEmpty`,
    `InsufficientStorage`.
    """
    try:
        _check_size(path)
        try:
            header = read_header(path)
        except NotAnImage:
            return _inspect_document(path, file_name)
        ending = _ending(file_name)
        if ending in DOCUMENT_TYPES.values():
            raise MediaTypeRefused(f"The file is named .{ending}, but it is an image. Give it its name back.")
        remove_metadata(path)
        return InspectedFile(
            path,
            shown_file_name(file_name),
            header.media_type,
            header.extension,
            MediaKind.IMAGE,
            path.stat().st_size,
            _sha256(path),
            header.width,
            header.height,
            header.is_animated,
        )
    except (ImageRefused, NotAnImage) as error:
        raise ImageInvalid(str(error)) from None
    except OSError as error:
        raise storage_error(error) from error


def store_file(inspected: InspectedFile) -> StoredMedia:
    """Put a file into the storage under a new random name. Raise `InsufficientStorage`, `StorageUnavailable`."""
    # Whoever does not know the name cannot guess it: the file of a draft is nobody else's affair.
    name = f"{secrets.token_hex(16)}.{inspected.extension}"
    open_storage().put(name, inspected.path, inspected.media_type)
    return StoredMedia(name, inspected)


def _check_size(path: Path) -> None:
    size, limit = path.stat().st_size, settings().media_max_bytes
    if size == 0:
        raise MediaEmpty
    if size > limit:
        raise MediaTooLarge(f"The file has {size:,} bytes; at most {limit:,} are accepted.")


def _inspect_document(path: Path, file_name: str) -> InspectedFile:
    ending = _ending(file_name)
    media_type = document_type(path, ending)
    if media_type is None:
        raise MediaTypeRefused(_reason(path, ending))
    return InspectedFile(
        path,
        shown_file_name(file_name),
        media_type,
        ending,
        MediaKind.DOCUMENT,
        path.stat().st_size,
        _sha256(path),
    )


def _reason(path: Path, ending: str) -> str | None:
    """Return why a file that is no image is refused; None for the general reason."""
    with path.open("rb") as file:
        head = file.read(1024).lower()
    if ending in {"svg", "svgz"} or b"<svg" in head:
        return _SVG_REFUSED
    if ending in _IMAGE_ENDINGS:
        return f"The file is named .{ending}, but it is no image. Upload the image itself."
    if ending in settings().media_document_types:
        return f"The file is named .{ending}, but its content is something else."
    if ending in DOCUMENT_TYPES.values():
        return f"Files of the type .{ending} are not accepted here."
    return None


def _ending(file_name: str) -> str:
    return file_name.rpartition(".")[2].strip().lower()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
