"""How long imports and their archives are kept."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, delete, select, update

from service.config import settings
from service.core.database import database_now
from service.core.uploads import discard_upload
from service.extensions import db
from service.models.imports import Import
from service.models.jobs import FINISHED_STATES, Job, JobState

DAY_S = 86_400
# For the archives of dry runs, and of imports that have failed or were cancelled and can be resumed.
ARCHIVE_DAYS = 7
BATCH_SIZE = 20

_without_objects = {"synchronize_session": False}


def keep_state() -> None:
    """Note the state of jobs that have failed or were cancelled, which are not kept as long. One UPDATE."""
    ended = (JobState.FAILED, JobState.CANCELLED)
    job = select(Job.state).where(Job.id == Import.job_id, Job.state.in_(ended))
    state: ScalarSelect[JobState] = job.scalar_subquery()
    db.session.execute(
        update(Import).where(Import.finished_at.is_(None), job.exists()).values(state=state),
        execution_options=_without_objects,
    )


def discard_archives() -> None:
    """Delete the archives that nobody has asked for again for `ARCHIVE_DAYS`; their imports cannot be resumed."""
    is_under_way = select(Job.id).where(Job.id == Import.job_id, Job.state.not_in(FINISHED_STATES)).exists()
    old = (
        select(Import.id, Import.upload_id)
        .where(
            Import.upload_id.is_not(None),
            Import.created_at < database_now(-ARCHIVE_DAYS * DAY_S),
            ~is_under_way,
        )
        .with_for_update()
    )
    for import_id, upload_id in db.session.execute(old).all():
        discard_upload(str(upload_id))
        db.session.execute(update(Import).where(Import.id == import_id).values(upload_id=None))


def delete_expired() -> int:
    """Delete one batch of old imports with their items, unless they are under way; return how many."""
    before = database_now(-settings().import_retention_days * DAY_S)
    is_under_way = select(Job.id).where(Job.id == Import.job_id, Job.state.not_in(FINISHED_STATES)).exists()
    old = list(
        db.session.execute(
            select(Import.id, Import.upload_id)
            .where(Import.created_at < before, ~is_under_way)
            .limit(BATCH_SIZE)
        )
    )
    for _, upload_id in old:
        if upload_id is not None:
            discard_upload(upload_id)
    if old:
        db.session.execute(
            delete(Import).where(Import.id.in_([row.id for row in old])), execution_options=_without_objects
        )
    return len(old)
