"""The archives of exports on disk: writing one in a job, finding it, and deleting those that have expired."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select, update

from service.config import settings
from service.core.database import database_now, read_connection
from service.core.jobs.tasks import AttemptFailed
from service.core.storage import open_storage
from service.extensions import db
from service.importing.export_archive import DRAFT, ExportArchive, write_archive
from service.importing.exporting import count_posts, exported_files
from service.models.exports import Export
from service.models.jobs import Job, JobState

# Longer than a job writes one: a file without a row may be under way.
UNCLAIMED_S = 2 * 3_600
BATCH_SIZE = 100


def archive_path(export_id: UUID) -> Path:
    """Return the path of the archive of an export; it may not exist."""
    return settings().export_dir / f"{export_id}.zip"


def write_export(export_id: UUID, progress: Callable[[int, int], None]) -> ExportArchive | None:
    """Write the archive of an export and note it in the session's transaction; None if the export was deleted.

    `progress` is called with the number of posts so far and of all. Raise `AttemptFailed` if it cannot be written.
    """
    # Not in the session, whose transaction would lock SQLite while the archive is written.
    if read_connection().scalar(select(Export.id).where(Export.id == export_id)) is None:
        return None
    total = count_posts()
    try:
        archive = write_archive(
            archive_path(export_id),
            exported_files(open_storage()),
            lambda posts: progress(posts, max(posts, total)),
        )
    except OSError as error:
        raise AttemptFailed(f"The archive cannot be written: {error.strerror}.") from error
    note_archive(export_id, archive)
    return archive


def note_archive(export_id: UUID, archive: ExportArchive) -> None:
    """Note in the session's transaction that the archive of an export is written."""
    db.session.execute(
        update(Export)
        .where(Export.id == export_id)
        .values(
            state=JobState.SUCCEEDED,
            post_count=archive.posts,
            image_count=archive.images,
            size_bytes=archive.size_bytes,
            sha256=archive.sha256,
            finished_at=database_now(),
        )
    )


def delete_expired() -> int:
    """Delete one batch of the exports that have expired, with their jobs' work; return how many."""
    expired = list(
        db.session.scalars(select(Export.id).where(Export.expires_at < database_now()).limit(BATCH_SIZE))
    )
    if expired:
        db.session.execute(delete(Export).where(Export.id.in_(expired)))
    return len(expired)


def delete_unclaimed(older_than_s: float = UNCLAIMED_S) -> int:
    """Delete the files that belong to no export, written longer ago than that; return how many."""
    folder, deleted = settings().export_dir, 0
    old_s = time.time() - older_than_s
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        export_id = _export_id(path.name)
        if export_id is not None and path.stat().st_mtime < old_s and not _is_claimed(export_id, path):
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def keep_state() -> None:
    """Note the state of jobs that have failed or were cancelled, which are not kept as long. One UPDATE."""
    ended = select(Job.state).where(Job.id == Export.job_id).scalar_subquery()
    has_ended = (
        select(Job.id)
        .where(Job.id == Export.job_id, Job.state.in_((JobState.FAILED, JobState.CANCELLED)))
        .exists()
    )
    db.session.execute(
        update(Export)
        .where(Export.finished_at.is_(None), has_ended)
        .values(state=ended)
        .execution_options(synchronize_session=False)
    )


def _export_id(name: str) -> UUID | None:
    try:
        return UUID(name.removesuffix(DRAFT).removesuffix(".zip"))
    except ValueError:
        return None


def _is_claimed(export_id: UUID, path: Path) -> bool:
    """Tell whether a file is the archive of an export: a draft of that age is never one."""
    if path.name.endswith(DRAFT):
        return False
    return read_connection().scalar(select(Export.id).where(Export.id == export_id)) is not None
