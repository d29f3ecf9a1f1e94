"""Takes the files of a tree into the media: each is read once and found again by its bytes, or stored as a new one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sqlalchemy import select

from service.config import settings
from service.core.database import read_connection
from service.core.uploads.files import IncomingFile
from service.importing.adoption import adopted
from service.importing.exported_media import details_path
from service.importing.files import FileRejected
from service.importing.image_details import MAX_BYTES, ImageDetails, read_details
from service.importing.trees import SourceTree
from service.media.files import InspectedFile, MediaRefused, StoredMedia, inspect_file, store_file
from service.models.media import Media, StoredFile


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file of a tree as one of the media: `name` is that of its URL, `digest` the SHA-256 of its bytes in the tree.

    `stored` is None if there is a row of these bytes already. In a dry run nothing is stored, and the name is made up.
    """

    name: str
    digest: str
    stored: StoredMedia | None
    is_new: bool
    details: ImageDetails


class TreeMedia:
    """The files that posts of a tree refer to, by their paths and by their bytes."""

    def __init__(self, tree: SourceTree, *, dry_run: bool) -> None:
        self._tree = tree
        self._dry_run = dry_run
        self._taken: dict[str, TreeFile | str] = {}
        self._by_digest: dict[str, TreeFile] = {}

    def take(self, path: str) -> TreeFile:
        """Return the file at `path` as one of the media; raise `FileRejected`, the second time without reading it."""
        if path not in self._taken:
            try:
                self._taken[path] = self._read(path)
            except (FileRejected, MediaRefused) as refused:
                self._taken[path] = str(refused)
        taken = self._taken[path]
        if isinstance(taken, str):
            raise FileRejected(taken)
        return taken

    def _read(self, path: str) -> TreeFile:
        """Copy a file out of its tree, where it is cleaned, and then stored or found again. Two SELECTs."""
        with IncomingFile(settings().upload_dir) as copy:
            read = hashlib.sha256()
            for piece in self._tree.files.pieces(path, settings().media_max_bytes):
                copy.write(piece)
                read.update(piece)
            digest = read.hexdigest()
            if digest not in self._by_digest:
                inspected = inspect_file(copy.path, PurePosixPath(path).name)
                self._by_digest[digest] = self._found(digest, inspected) or self._stored(
                    digest, inspected, path
                )
        return self._by_digest[digest]

    def _found(self, digest: str, inspected: InspectedFile) -> TreeFile | None:
        """Return the file of these bytes that is there already: the oldest, if there are several."""
        connection = read_connection()
        # What was stored before there were media has the metadata of cameras still.
        digests = {digest, inspected.sha256}
        by_bytes = select(Media.name).where(Media.sha256.in_(digests)).order_by(Media.created_at, Media.id)
        if (name := connection.scalar(by_bytes.limit(1))) is not None:
            return TreeFile(name, digest, None, is_new=False, details=ImageDetails())
        # Stored by an earlier import, and no media yet: its name stays in bodies, and becomes that of the row.
        earlier = [f"{each}.{inspected.extension}" for each in digests]
        there = select(StoredFile.name, StoredFile.size_bytes).where(StoredFile.name.in_(earlier))
        row = connection.execute(there.limit(1)).one_or_none()
        if row is None:
            return None
        return TreeFile(row.name, digest, adopted(*row, inspected), is_new=True, details=ImageDetails())

    def _stored(self, digest: str, inspected: InspectedFile, path: str) -> TreeFile:
        details = self._details(path)
        if details.file_name is not None:
            inspected = replace(inspected, file_name=details.file_name)
        if self._dry_run:
            made_up = f"{digest[:32]}.{inspected.extension}"
            return TreeFile(made_up, digest, None, is_new=True, details=details)
        stored = store_file(inspected)
        return TreeFile(stored.name, digest, stored, is_new=True, details=details)

    def _details(self, path: str) -> ImageDetails:
        """Return what the file beside an image tells; nothing if there is none, or it is another program's."""
        beside = details_path(path)
        if not self._tree.has_file(beside):
            return ImageDetails()
        try:
            return read_details(self._tree.files.read_file(beside, MAX_BYTES))
        except FileRejected:
            return ImageDetails()
