"""Adds the rows of the files that a batch of posts refers to, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from service.extensions import db
from service.importing.preparing import UsedFile
from service.importing.tree_media import TreeFile
from service.media.actions import add_media
from service.models.media import Media


class FileGone(Exception):
    """A file that was among the media when its post was prepared has been deleted since."""


class MediaRows:
    """The rows of files, by the names of these; those that were missing have been added."""

    def __init__(self, files: Iterable[UsedFile], uploader_id: int | None) -> None:
        """Find or add the rows: one SELECT, and for each new file the statements of an upload. Raise `FileGone`."""
        # The first that says something about a file says it.
        wanted: dict[str, UsedFile] = {}
        for used in files:
            wanted.setdefault(used.file.name, used)
        self._ids: dict[str, UUID] = {}
        self._new: set[str] = set()
        if wanted:
            known = select(Media.name, Media.id).where(Media.name.in_(wanted))
            self._ids.update(db.session.execute(known).all())
        for name, used in wanted.items():
            if name not in self._ids:
                self._ids[name] = _added(used, uploader_id)
                self._new.add(name)

    def id_of(self, file: TreeFile) -> UUID:
        """Return the id of a file."""
        return self._ids[file.name]

    def count_new(self, files: Iterable[UsedFile]) -> int:
        """Return how many of the files are new; each counts for the first post only."""
        new = {used.file.name for used in files} & self._new
        self._new -= new
        return len(new)


def _added(used: UsedFile, uploader_id: int | None) -> UUID:
    stored, details = used.file.stored, used.file.details
    if stored is None:
        raise FileGone
    media = add_media(
        stored,
        uploader_id=uploader_id,
        alt_text=details.alt_text or used.alt_text,
        caption=details.caption or used.caption,
        credit=details.credit or used.credit,
        focal_x=details.focal_x,
        focal_y=details.focal_y,
        is_imported=True,
    )
    return media.id
