"""The stored files that the posts of an export use: their readable names, and what is said about them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.core.database import read_connection
from service.core.storage import Storage
from service.importing.image_details import ENDING, ImageDetails, write_details
from service.models.media import Media, MediaKind, MediaUse

IMAGES, FILES = "images", "files"
STEM_MAX = 80
_MEDIA = "/media/"
# Of a rendition too: its original is exported.
_STORED = re.compile(r"([0-9a-f]{32}|[0-9a-f]{64})(?:-[0-9x-]+)?\.[a-z0-9]{1,8}")
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)

_of_posts = (
    select(Media)
    .join(MediaUse, MediaUse.media_id == Media.id)
    .with_only_columns(
        Media.id,
        Media.name,
        Media.kind,
        Media.file_name,
        Media.alt_text,
        Media.caption,
        Media.credit,
        Media.focal_x,
        Media.focal_y,
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class ExportedMedia:
    """A stored file in an export: its path, its name in the storage, and the text of the file beside it."""

    path: str
    name: str
    details: str | None


class MediaOfPosts:
    """Names each file when the first post refers to it: as it was called when it was uploaded, made unique.

    Files that no exported post uses stay behind. Of files from before there were media, the name is the stored one.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._rows: dict[str, Any] = {}
        self._stems: dict[UUID, str] = {}
        self._exported: dict[str, ExportedMedia] = {}
        self._paths: set[str] = set()

    def load(self, post_ids: Sequence[UUID]) -> None:
        """Look up the media of posts. One SELECT."""
        for row in read_connection().execute(_of_posts.where(MediaUse.post_id.in_(post_ids))):
            stem = row.name.partition(".")[0]
            self._rows.setdefault(stem, row)
            self._stems[row.id] = stem

    def path_of_url(self, destination: str) -> str | None:
        """Return the path in the export of the file at a destination in a body; None for all others."""
        match = _STORED.fullmatch(destination.removeprefix(_MEDIA))
        if match is None or not destination.startswith(_MEDIA):
            return None
        return self._path(match[1], destination.removeprefix(_MEDIA))

    def path_of_id(self, media_id: UUID | None) -> str | None:
        """Return the path in the export of a file by its id."""
        stem = self._stems.get(media_id) if media_id else None
        return None if stem is None else self._path(stem, "")

    def files(self) -> Iterator[ExportedMedia]:
        """Return the files that have been asked for."""
        return iter(self._exported.values())

    def _path(self, stem: str, name: str) -> str | None:
        if stem not in self._exported:
            row = self._rows.get(stem)
            if row is None and self._storage.stat(name) is None:
                return None
            self._exported[stem] = self._unnamed(name) if row is None else self._named(row)
        return self._exported[stem].path

    def _unnamed(self, name: str) -> ExportedMedia:
        return ExportedMedia(self._unique(IMAGES, name), name, None)

    def _named(self, row: Any) -> ExportedMedia:
        path = self._unique(IMAGES if row.kind is MediaKind.IMAGE else FILES, _readable(row))
        details = ImageDetails(
            file_name=row.file_name if row.file_name != path.rpartition("/")[2] else None,
            alt_text=row.alt_text,
            caption=row.caption,
            credit=row.credit,
            focal_x=row.focal_x,
            focal_y=row.focal_y,
        )
        return ExportedMedia(path, row.name, write_details(details))

    def _unique(self, folder: str, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        path, number = f"{folder}/{name}", 1
        # Some file systems take names that differ only in case for the same.
        while path.casefold() in self._paths:
            number += 1
            path = f"{folder}/{stem}-{number}{dot}{ending}"
        self._paths.add(path.casefold())
        return path


def _readable(row: Any) -> str:
    """Return the name of a file that every file system takes: in ASCII, with the ending of its type."""
    text = unicodedata.normalize("NFKD", PurePosixPath(row.file_name).stem).encode("ascii", "ignore").decode()
    stem = _UNSAFE.sub("-", text).strip(".-_")[:STEM_MAX].rstrip(".-_")
    return f"{stem or row.kind.value}.{row.name.rpartition('.')[2]}"


def details_path(path: str) -> str:
    """Return the path of the file beside an image that tells what is said about it."""
    return f"{path}{ENDING}"
