"""Selects of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from service.contract import NotFound
from service.core.database import read_connection
from service.core.pagination import OffsetPage, PageRequest
from service.models.jobs import Job as JobRow
from service.models.jobs import JobState


@dataclass(frozen=True, slots=True)
class Job:
    """A job without its payload, which may hold what administrators need not see."""

    id: UUID
    task: str
    state: JobState
    attempts: int
    error: str | None
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def etag(self) -> str:
        """Return the ETag: each change of a job is one of its state, or an attempt."""
        return f'"job-{self.id}-{self.state}-{self.attempts}-{self.due_at.timestamp()}"'


@dataclass(frozen=True, slots=True)
class JobFilters:
    """Filters of the list; None does not filter."""

    state: JobState | None = None
    task: str | None = None


_columns = select(
    JobRow.id,
    JobRow.task,
    JobRow.state,
    JobRow.attempts,
    JobRow.error,
    JobRow.created_at,
    JobRow.due_at,
    JobRow.started_at,
    JobRow.finished_at,
)


def list_jobs(filters: JobFilters, page: PageRequest) -> OffsetPage[Job]:
    """Return a page of jobs, newest first. Two statements."""
    conditions: list[ColumnElement[bool]] = []
    if filters.state is not None:
        conditions.append(JobRow.state == filters.state)
    if filters.task is not None:
        conditions.append(JobRow.task == filters.task)
    connection = read_connection()
    total = connection.execute(select(func.count()).select_from(JobRow).where(*conditions)).scalar_one()
    rows = connection.execute(
        _columns.where(*conditions).order_by(JobRow.id.desc()).limit(page.limit).offset(page.offset)
    )
    return OffsetPage([Job(*row) for row in rows], total, page)


def get_job(job_id: UUID, connection: Any = None) -> Job:
    """Return the job as `connection` sees it, by default the autocommit one; raise `NotFound`. One statement."""
    row = (connection or read_connection()).execute(_columns.where(JobRow.id == job_id)).one_or_none()
    if row is None:
        raise NotFound
    return Job(*row)
