"""Start, resume and delete imports; raises this feature's errors. The work itself is in `batches`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select

from service.contract import Conflict, NotFound
from service.core.audit_log import record
from service.core.identity import Identity
from service.core.jobs import queue
from service.core.uploads import UploadedFile, discard_upload, file_name, keep_upload, upload_path
from service.extensions import db
from service.importing.archives import Archive, ArchiveRejected
from service.importing.link_map import POSTS
from service.imports.queries import Import, get_import
from service.imports.tasks import run_import
from service.models.ids import uuid7
from service.models.imports import SITE_URLS_MAX, ImportItem, ItemOutcome
from service.models.imports import Import as ImportRow
from service.models.jobs import JobState
from service.models.users import User


class ArchiveInvalid(Conflict):
    """The file is not a zip archive that can be imported: it is damaged, protected by a password, or too large."""

    code = "ARCHIVE_INVALID"


class NoPostsInArchive(Conflict):
    """The archive has no Markdown files. Choose an archive of the folder of your site, or of its posts."""

    code = "NO_POSTS_IN_ARCHIVE"


class ImportAuthorNotFound(Conflict):
    """There is no account with the id in `author_id`."""

    code = "IMPORT_AUTHOR_NOT_FOUND"


class TooManySiteUrls(Conflict):
    """There are more than ten URLs in `site_url`."""

    code = "TOO_MANY_SITE_URLS"


class ImportNotStopped(Conflict):
    """Only an import that has failed or was cancelled can be resumed, or one that was a dry run."""

    code = "IMPORT_NOT_STOPPED"


class ArchiveGone(Conflict):
    """The archive of this import is not kept any more. Upload it again."""

    code = "ARCHIVE_GONE"


STOPPED = (JobState.FAILED, JobState.CANCELLED)


def create_import(
    caller: Identity,
    archive: UploadedFile,
    *,
    author_id: int | None,
    site_url: Sequence[str] | None,
    dry_run: bool,
) -> Import:
    """Keep an archive and have a job import it; posts without an author get `author_id`, or the caller.

    Raise `TooManySiteUrls`, `ImportAuthorNotFound`, `ArchiveInvalid` and `NoPostsInArchive`.
    """
    if len(site_url or ()) > SITE_URLS_MAX:
        raise TooManySiteUrls
    if author_id is not None and db.session.get(User, author_id) is None:
        raise ImportAuthorNotFound
    upload_id = keep_upload(archive)
    path = upload_path(upload_id)
    _check_archive(path)
    row = ImportRow(
        id=uuid7(),
        owner_id=caller.id,
        upload_id=upload_id,
        file_name=file_name(archive),
        size_bytes=path.stat().st_size,
        author_id=author_id or caller.id,
        site_urls=list(site_url or ()),
        dry_run=dry_run,
    )
    row.job_id = _enqueued(caller, row.id)
    db.session.add(row)
    db.session.flush()
    record("import.created", row.id, dry_run=dry_run)
    return get_import(row.id, db.session.connection())


def resume_import(caller: Identity, import_id: UUID) -> Import:
    """Let a new job go on with an import that has failed or was cancelled, behind its last batch.

    After a dry run it imports what that has checked, from the beginning. Raise `NotFound`, `ImportNotStopped` and
    `ArchiveGone`.
    """
    row, state = _locked(import_id)
    is_checked = state is JobState.SUCCEEDED and row.dry_run
    if state not in STOPPED and not is_checked:
        raise ImportNotStopped
    if row.upload_id is None or not upload_path(row.upload_id).is_file():
        raise ArchiveGone
    if is_checked:
        _begin_anew(row)
    row.state = JobState.WAITING
    row.job_id = _enqueued(caller, row.id)
    db.session.flush()
    record("import.resumed", row.id)
    return get_import(import_id, db.session.connection())


def delete_import(import_id: UUID) -> None:
    """Delete an import with its report and its archive; posts stay. One that is under way is cancelled.

    Raise `NotFound`.
    """
    row, _ = _locked(import_id)
    if row.upload_id is not None:
        discard_upload(row.upload_id)
    job_id = row.job_id
    db.session.delete(row)
    db.session.flush()
    record("import.deleted", import_id)
    # Last: the job's row is locked after all others everywhere.
    queue.cancel(job_id)


def _check_archive(path: Path) -> None:
    """Refuse at once what no job could import. It reads the directory of the archive, and no file."""
    try:
        with Archive(path) as archive:
            files, _ = archive.walk()
    except ArchiveRejected as error:
        raise ArchiveInvalid(str(error)) from None
    if not any(Path(file).suffix.lower() in POSTS for file in files):
        raise NoPostsInArchive


def _locked(import_id: UUID) -> tuple[ImportRow, JobState]:
    """Lock an import and return it with its state; raise `NotFound`."""
    row = db.session.scalars(
        select(ImportRow).where(ImportRow.id == import_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    return row, get_import(import_id, db.session.connection()).state


def _enqueued(caller: Identity, import_id: UUID) -> UUID:
    return queue.enqueue(
        run_import, unique_key=f"imports.run:{import_id}", owner=caller.id, import_id=str(import_id)
    )


def _begin_anew(row: ImportRow) -> None:
    """Forget the report of a dry run."""
    db.session.execute(delete(ImportItem).where(ImportItem.import_id == row.id))
    row.dry_run = False
    row.last_path = row.total_posts = row.started_at = row.finished_at = None
    row.note_count = row.image_count = 0
    for outcome in ItemOutcome:
        setattr(row, f"{outcome.value}_count", 0)
