"""Ask for an export, open its archive, and delete it; raises this feature's errors."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete

from service.config import settings
from service.contract import Conflict, NotFound
from service.core.audit_log import record
from service.core.database import database_time
from service.core.identity import Identity
from service.core.jobs import queue
from service.core.jobs.queue import enqueue
from service.exports.files import archive_path
from service.exports.queries import OF_PUBLICATION, Export, get_export
from service.exports.tasks import write_export
from service.extensions import db
from service.models.exports import Export as ExportRow
from service.models.ids import uuid7
from service.models.jobs import JobState


class ExportNotReady(Conflict):
    """The archive has not been written: the job of the export waits, is running, has failed or was cancelled."""

    code = "EXPORT_NOT_READY"


def create_export(caller: Identity) -> Export:
    """Have all posts and images written to an archive by a job."""
    export_id = uuid7()
    job_id = enqueue(write_export, owner=caller.id, export_id=str(export_id))
    expires_at = database_time() + timedelta(days=settings().export_retention_days)
    db.session.add(ExportRow(id=export_id, owner_id=caller.id, job_id=job_id, expires_at=expires_at))
    db.session.flush()
    record("export.created", export_id)
    return get_export(export_id, db.session.connection())


def find_archive(export_id: UUID) -> tuple[Export, Path]:
    """Return the export and the file of its archive.

    Raise `ExportNotReady` before it is written, and `NotFound` if the export or its file is not there.
    """
    export = get_export(export_id)
    if export.state is not JobState.SUCCEEDED:
        raise ExportNotReady
    path = archive_path(export_id)
    if not path.is_file():
        raise NotFound("The archive of this export is no longer there. Ask for a new export.")
    return export, path


def delete_export(export_id: UUID) -> None:
    """Delete an export and its archive; one whose job has not finished is cancelled. Raise `NotFound`."""
    job_id = db.session.execute(
        delete(ExportRow).where(ExportRow.id == export_id, OF_PUBLICATION).returning(ExportRow.job_id)
    ).scalar_one_or_none()
    if job_id is None:
        raise NotFound
    record("export.deleted", export_id)
    queue.cancel(job_id)
    # Last, because it cannot be rolled back; without the file there is nothing that the row would be good for.
    archive_path(export_id).unlink(missing_ok=True)
