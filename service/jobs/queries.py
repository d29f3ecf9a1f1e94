"""Selects of jobs and of periodic tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, Uuid, func, literal, select, tuple_

from service.contract import NotFound
from service.core.cursor_pagination import CursorPage, CursorRequest, encode_cursor
from service.core.database import read_connection
from service.core.etags import BUILD_ID
from service.core.identity import Identity
from service.core.jobs.tasks import declared_tasks, periodic_key
from service.core.pagination import OffsetPage, PageRequest
from service.core.permissions import can_manage_jobs
from service.models.base import UtcDateTime
from service.models.jobs import FINISHED_STATES, UNFINISHED, JobState
from service.models.jobs import Job as JobRow
from service.models.users import User

# What the owner reads in place of an error, which may tell how the server is built.
ERROR_FOR_OWNERS = "The work could not be done."


@dataclass(frozen=True, slots=True)
class JobOwner:
    """The account that asked for a job."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job has come: `done` of `total`, which may be unknown."""

    done: int
    total: int | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job without its payload, which may hold what nobody need see."""

    id: UUID
    task: str
    state: JobState
    attempts: int
    error: str | None
    result: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: JobProgress | None
    owner: JobOwner | None

    @property
    def version(self) -> str:
        """Return a digest of everything that is shown, which differs after each change."""
        return blake2b(repr(self).encode(), digest_size=12).hexdigest()

    @property
    def etag(self) -> str:
        """Return the ETag."""
        return f'"{self.version}-{BUILD_ID}"'

    @property
    def cursor(self) -> str:
        """Return the cursor of the job in the list."""
        return encode_cursor(self.updated_at, self.id.int)

    @property
    def is_finished(self) -> bool:
        """Tell whether the job has come to its end."""
        return self.state in FINISHED_STATES


@dataclass(frozen=True, slots=True)
class JobFilters:
    """Filters of the list; None does not filter."""

    state: JobState | None = None
    task: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions of the filters that are set."""
        if self.state is not None:
            yield JobRow.state == self.state
        if self.task is not None:
            yield JobRow.task == self.task
        if self.created_after is not None:
            yield JobRow.created_at >= self.created_after
        if self.created_before is not None:
            yield JobRow.created_at < self.created_before


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A task that runs by itself: its last job that has ended, and the one that waits or runs."""

    name: str
    every_s: float
    last_job: Job | None
    next_job: Job | None


_OWN_COLUMNS = 11  # the first fields of a Job, in their order; then what makes the last two, and the key
_jobs = select(
    JobRow.id,
    JobRow.task,
    JobRow.state,
    JobRow.attempts,
    JobRow.error,
    JobRow.result,
    JobRow.created_at,
    JobRow.updated_at,
    JobRow.due_at,
    JobRow.started_at,
    JobRow.finished_at,
    JobRow.progress_done,
    JobRow.progress_total,
    JobRow.progress_message,
    JobRow.owner_id,
    User.username,
    User.display_name,
    JobRow.unique_key,
).outerjoin(User, User.id == JobRow.owner_id)


def list_jobs(filters: JobFilters, page: PageRequest | CursorRequest) -> OffsetPage[Job] | CursorPage[Job]:
    """Return a page of jobs, the last changed one first: one statement with a cursor, two with a page number."""
    conditions = [*filters.conditions()]
    connection = read_connection()
    newest = newest_jobs(conditions)
    if isinstance(page, CursorRequest):
        # One row more than the page: its presence tells whether there is a next page.
        rows = connection.execute(jobs_after(newest, page).limit(page.size + 1))
        jobs = [_job(row) for row in rows]
        return CursorPage(jobs[: page.size], jobs[page.size - 1].cursor if len(jobs) > page.size else None)
    total = connection.execute(select(func.count()).select_from(JobRow).where(*conditions)).scalar_one()
    rows = connection.execute(newest.limit(page.limit).offset(page.offset))
    return OffsetPage([_job(row) for row in rows], total, page)


def newest_jobs(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Return the SELECT of jobs that meet the conditions, the last changed one first. Two indexes are in this order."""
    return _jobs.where(*conditions).order_by(JobRow.updated_at.desc(), JobRow.id.desc())


def jobs_after(jobs: Select[Any], cursor: CursorRequest) -> Select[Any]:
    """Return the SELECT of those that come after a cursor: a row-value comparison, which both databases look up."""
    position = tuple_(literal(cursor.timestamp, UtcDateTime()), literal(UUID(int=cursor.id), Uuid()))
    return jobs.where(tuple_(JobRow.updated_at, JobRow.id) < position)


def get_job(viewer: Identity, job_id: UUID, connection: Connection | None = None) -> Job:
    """Return the job as `connection` sees it, by default the autocommit one. One statement.

    Raise `NotFound` also for a job that `viewer` neither owns nor manages. An owner does not see the error itself.
    """
    row = (connection or read_connection()).execute(_jobs.where(JobRow.id == job_id)).one_or_none()
    if row is None:
        raise NotFound
    job = _job(row)
    if can_manage_jobs(viewer):
        return job
    if job.owner is None or job.owner.id != viewer.id:
        raise NotFound
    return replace(job, error=job.error and ERROR_FOR_OWNERS)


def list_periodic_tasks() -> list[PeriodicTask]:
    """Return all periodic tasks by name, each with its last and its next job. Two statements."""
    tasks = {periodic_key(task): task for task in declared_tasks().values() if task.every_s is not None}
    ended = (
        select(JobRow.unique_key, func.max(JobRow.finished_at).label("finished_at"))
        .where(JobRow.unique_key.in_(tasks), JobRow.state.in_(FINISHED_STATES))
        .group_by(JobRow.unique_key)
        .subquery()
    )
    last = _jobs.join(
        ended, (ended.c.unique_key == JobRow.unique_key) & (ended.c.finished_at == JobRow.finished_at)
    )
    connection = read_connection()
    last_jobs = {row.unique_key: _job(row) for row in connection.execute(last)}
    unfinished = _jobs.where(JobRow.unique_key.in_(tasks), UNFINISHED)
    next_jobs = {row.unique_key: _job(row) for row in connection.execute(unfinished)}
    return [
        PeriodicTask(task.name, task.every_s or 0, last_jobs.get(key), next_jobs.get(key))
        for key, task in sorted(tasks.items())
    ]


def _job(row: Row[Any]) -> Job:
    done, total, message, owner_id, username, display_name = row[_OWN_COLUMNS:-1]
    progress = None if done is None else JobProgress(done, total, message)
    owner = None if owner_id is None else JobOwner(owner_id, username, display_name)
    columns: tuple[Any, ...] = (*row[:_OWN_COLUMNS], progress, owner)
    return Job(*columns)
