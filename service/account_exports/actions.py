"""Ask for the export of an account, open its archive, and delete it; raises this feature's errors."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select

from service.account_exports.queries import (
    AccountExport,
    NoAccountExport,
    find_account_export,
    get_account_export,
)
from service.account_exports.tasks import write_account_export
from service.config import settings
from service.core.audit_log import record
from service.core.database import database_time
from service.core.identity import Identity
from service.core.jobs import queue
from service.core.jobs.queue import enqueue
from service.core.step_up import require_step_up
from service.exports.actions import ExportNotReady
from service.exports.files import archive_path
from service.extensions import db
from service.models.exports import Export
from service.models.ids import uuid7
from service.models.jobs import JobState
from service.models.users import User

UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


def create_account_export(caller: Identity) -> AccountExport:
    """Have the caller's data written to an archive by a job, which replaces an archive of before.

    While one is being written, that one is returned. Raise `StepUpRequired`.
    """
    require_step_up(caller)
    # Somebody who asks twice at once gets one export.
    db.session.execute(select(User.id).where(User.id == caller.id).with_for_update(key_share=True))
    connection = db.session.connection()
    current = find_account_export(caller.id, connection)
    if current is not None and current.state in UNDER_WAY:
        return current
    _delete(caller.id)
    export_id = uuid7()
    job_id = enqueue(write_account_export, owner=caller.id, export_id=str(export_id))
    expires_at = database_time() + timedelta(days=settings().export_retention_days)
    db.session.add(
        Export(id=export_id, account_id=caller.id, owner_id=caller.id, job_id=job_id, expires_at=expires_at)
    )
    db.session.flush()
    record("account_export.created", export_id)
    created = find_account_export(caller.id, connection)
    assert created is not None  # noqa: S101 - it was added above, in this transaction
    return created


def find_archive(caller: Identity) -> tuple[AccountExport, Path]:
    """Return the export of the caller's data and the file of its archive.

    Raise `NoAccountExport`, also when the file is gone, and `ExportNotReady` before it is written.
    """
    export = get_account_export(caller.id)
    if export.state is not JobState.SUCCEEDED:
        raise ExportNotReady
    path = archive_path(export.id)
    if not path.is_file():
        raise NoAccountExport
    return export, path


def delete_account_export(caller: Identity) -> None:
    """Delete the export of the caller's data and its archive; one that is under way is cancelled.

    Raise `NoAccountExport`.
    """
    if not _delete(caller.id):
        raise NoAccountExport


def _delete(account_id: int) -> bool:
    row = db.session.execute(
        delete(Export).where(Export.account_id == account_id).returning(Export.id, Export.job_id)
    ).one_or_none()
    if row is None:
        return False
    queue.cancel(row.job_id)
    # It cannot be rolled back; without the row the sweeper would delete it too.
    archive_path(row.id).unlink(missing_ok=True)
    return True
