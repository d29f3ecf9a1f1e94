"""Model of jobs: work that happens outside of requests."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Enum, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.ids import uuid7
from service.models.users import User

TASK_NAME_MAX = 80
UNIQUE_KEY_MAX = 200
CONCURRENCY_KEY_MAX = 200
PROGRESS_MESSAGE_MAX = 200
ERROR_MAX = 2_000


class JobState(StrEnum):
    """The states of a job. A waiting job runs when it is due; the last three are final until a retry by hand."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED_STATES = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)

# The condition of the unique index, in the words with which an upsert names that index.
UNFINISHED = text("state IN ('waiting', 'running')")


class Job(Model):
    """A job: a task with its payload, waiting in the queue, running or finished.

    A row is written in the transaction of the change that asks for the work. A worker that runs it holds a lease:
    `lease_token` identifies the attempt, and from `leased_until` on another worker may take over. `attempts` is
    counted before the work. Of unfinished jobs with the same `unique_key` there is one; `runs_again` has it run once
    more when it was asked for again while it was running. `error` tells why the last attempt failed.

    `updated_at` is when it was last asked for, begun or ended; neither progress nor a heartbeat changes it, as it is in
    two indexes. `owner_id` is the account that asked for the work. Running jobs with the same `concurrency_key` have
    different slots, from 1 to the number that may run at a time: so two workers that claim at the same moment cannot
    exceed it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        # The claim reads the first rows of it; finished jobs, the most, are not in it.
        Index(
            "ix_jobs_waiting",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # The list, with a state and without.
        Index("ix_jobs_state", "state", "updated_at", "id"),
        Index("ix_jobs_updated_at", "updated_at", "id"),
        Index(
            "uq_jobs_unique_key",
            "unique_key",
            unique=True,
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
        Index(
            "uq_jobs_concurrency_slot",
            "concurrency_key",
            "concurrency_slot",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    task: Mapped[str] = mapped_column(String(TASK_NAME_MAX))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[JobState] = mapped_column(
        Enum(
            JobState,
            native_enum=False,
            length=16,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=JobState.WAITING,
    )
    priority: Mapped[int]
    unique_key: Mapped[str | None] = mapped_column(String(UNIQUE_KEY_MAX))
    runs_again: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="SET NULL"), index=True)
    progress_done: Mapped[int | None] = mapped_column(BigInteger)
    progress_total: Mapped[int | None] = mapped_column(BigInteger)
    progress_message: Mapped[str | None] = mapped_column(String(PROGRESS_MESSAGE_MAX))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    concurrency_key: Mapped[str | None] = mapped_column(String(CONCURRENCY_KEY_MAX))
    concurrency_slot: Mapped[int | None]
    lease_token: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    # The default of the table is for rows of code that does not know the column.
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, server_default="1970-01-01 00:00:00.000000")
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
