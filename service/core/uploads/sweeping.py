"""The periodic task that deletes uploads which no row refers to."""

from __future__ import annotations

import contextlib
import itertools
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Column, MetaData, select

from service.config import settings
from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task
from service.core.uploads.files import INCOMING, UPLOAD_ID
from service.extensions import db
from service.models.uploads import UploadId

SWEEP_S = 3_600
# Longer than any request takes to commit after its last byte: whoever receives a file writes to it again and again.
UNCLAIMED_S = 3_600
BATCH_SIZE = 500
# An upload, one that is being received, and what would have replaced either without its metadata.
_OURS = re.compile(rf"{UPLOAD_ID.pattern}({re.escape(INCOMING)})?(\.[0-9a-f]{{8}}\.draft)?")


@task("uploads.sweep", every_s=SWEEP_S, result=DELETED)
def sweep_uploads() -> bool:
    """Delete the files to which no row refers after an hour: the process of their request was killed."""
    add_deleted(delete_unclaimed(UNCLAIMED_S))
    return False


def delete_unclaimed(older_than_s: float) -> int:
    """Delete uploads that no row refers to and nobody has written to for so long; return their number."""
    deleted = 0
    old = _files_before(settings().upload_dir, time.time() - older_than_s)
    while files := list(itertools.islice(old, BATCH_SIZE)):
        claimed = _claimed([path.name for path in files])
        for path in files:
            if path.name not in claimed:
                path.unlink(missing_ok=True)
                deleted += 1
    return deleted


def _files_before(folder: Path, changed_before: float) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        # Somebody may point UPLOAD_DIR at a folder with other files; ours may be deleted meanwhile.
        if _OURS.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < changed_before:
                    yield path


def _claimed(names: Sequence[str]) -> set[str]:
    """Return those of the uploads that a row refers to. One SELECT for each column of the type `UploadId`."""
    return {
        upload_id
        for column in upload_columns(db.metadata)
        for upload_id in db.session.scalars(select(column).where(column.in_(names)))
    }


def upload_columns(metadata: MetaData) -> list[Column[str]]:
    """Return the columns that refer to uploads."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UploadId)
    ]
