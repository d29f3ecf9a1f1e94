"""Selects of the export of an account's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import Connection, select

from service.contract import NotFound
from service.core.database import read_connection
from service.core.etags import BUILD_ID
from service.exports.queries import ERROR, STATE
from service.models.exports import Export
from service.models.jobs import Job, JobState


class NoAccountExport(NotFound):
    """There is no export of this account. Ask for one with `POST /api/auth/me/export`."""

    code = "NO_ACCOUNT_EXPORT"


@dataclass(frozen=True, slots=True)
class AccountExport:
    """The export of an account; `error` tells why the last attempt of its job failed."""

    id: UUID
    job_id: UUID
    state: JobState
    error: str | None
    size_bytes: int | None
    sha256: str | None
    created_at: datetime
    expires_at: datetime
    finished_at: datetime | None

    @property
    def etag(self) -> str:
        """Return the ETag: a digest of everything that is shown."""
        return f'"{blake2b(repr(self).encode(), digest_size=12).hexdigest()}-{BUILD_ID}"'


_export = select(
    Export.id,
    Export.job_id,
    STATE.label("state"),
    ERROR.label("error"),
    Export.size_bytes,
    Export.sha256,
    Export.created_at,
    Export.expires_at,
    Export.finished_at,
).outerjoin(Job, Job.id == Export.job_id)


def find_account_export(account_id: int, connection: Connection | None = None) -> AccountExport | None:
    """Return the export of an account as `connection` sees it, None if there is none. One statement."""
    row = (
        (connection or read_connection())
        .execute(_export.where(Export.account_id == account_id))
        .one_or_none()
    )
    if row is None:
        return None
    return AccountExport(**{**row._asdict(), "state": JobState(row.state)})


def get_account_export(account_id: int) -> AccountExport:
    """Return the export of an account; raise `NoAccountExport`. One statement."""
    export = find_account_export(account_id)
    if export is None:
        raise NoAccountExport
    return export
