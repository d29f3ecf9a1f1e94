"""Selects of exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, select

from service.contract import NotFound
from service.core.database import read_connection
from service.core.etags import BUILD_ID
from service.core.pagination import OffsetPage, PageRequest
from service.models.exports import Export as ExportRow
from service.models.jobs import Job, JobState
from service.models.users import User


@dataclass(frozen=True, slots=True)
class Account:
    """The account that asked for an export."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Export:
    """An export as administrators see it; `error` tells why the last attempt of its job failed."""

    id: UUID
    job_id: UUID
    state: JobState
    error: str | None
    posts: int | None
    images: int | None
    size_bytes: int | None
    sha256: str | None
    created_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    created_by: Account | None

    @property
    def etag(self) -> str:
        """Return the ETag: a digest of everything that is shown."""
        return f'"{blake2b(repr(self).encode(), digest_size=12).hexdigest()}-{BUILD_ID}"'


# The others are of an account's own data, and nobody else's.
OF_PUBLICATION = ExportRow.account_id.is_(None)

# That of its job, until the archive is written or the job is no longer kept.
STATE = case(
    (ExportRow.finished_at.is_not(None), JobState.SUCCEEDED.value),
    else_=func.coalesce(Job.state, ExportRow.state),
)
ERROR = case((ExportRow.finished_at.is_(None), Job.error))

_exports = (
    select(
        ExportRow.id,
        ExportRow.job_id,
        STATE.label("state"),
        ERROR.label("error"),
        ExportRow.post_count,
        ExportRow.image_count,
        ExportRow.size_bytes,
        ExportRow.sha256,
        ExportRow.created_at,
        ExportRow.expires_at,
        ExportRow.finished_at,
        User.id,
        User.username,
        User.display_name,
    )
    .outerjoin(Job, Job.id == ExportRow.job_id)
    .outerjoin(User, User.id == ExportRow.owner_id)
    .where(OF_PUBLICATION)
)


def list_exports(page: PageRequest) -> OffsetPage[Export]:
    """Return a page of exports, newest first. Two statements."""
    connection = read_connection()
    total = connection.scalar(select(func.count(ExportRow.id)).where(OF_PUBLICATION)) or 0
    rows = connection.execute(_exports.order_by(ExportRow.id.desc()).limit(page.limit).offset(page.offset))
    return OffsetPage([_export(row) for row in rows], total, page)


def get_export(export_id: UUID, connection: Connection | None = None) -> Export:
    """Return the export as `connection` sees it, by default the autocommit one; raise `NotFound`. One statement."""
    row = (connection or read_connection()).execute(_exports.where(ExportRow.id == export_id)).one_or_none()
    if row is None:
        raise NotFound
    return _export(row)


def archive_etag(export_id: UUID) -> str | None:
    """Return the ETag of the archive, its SHA-256; None if there is none. One statement."""
    sha256 = read_connection().scalar(
        select(ExportRow.sha256).where(ExportRow.id == export_id, OF_PUBLICATION)
    )
    return None if sha256 is None else f'"{sha256}"'


def _export(row: Any) -> Export:
    *own, user_id, username, display_name = row
    own[2] = JobState(row.state)
    columns: tuple[Any, ...] = (
        *own,
        None if user_id is None else Account(user_id, username, display_name),
    )
    return Export(*columns)
