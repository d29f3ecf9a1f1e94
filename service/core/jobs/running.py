"""The job that is running in this context, as its task sees it: its progress while it runs, and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from service.core.jobs.queue import ClaimedJob, Progress

_current: ContextVar[RunningJob] = ContextVar("current_job")


class RunningJob:
    """A job that is running. What it leaves in `result` is stored with its success, and checked then."""

    def __init__(self, claimed: ClaimedJob, show: Callable[[Progress], None] | None = None) -> None:
        self.id = claimed.id
        self.owner_id = claimed.owner_id
        self.result: dict[str, Any] = dict(claimed.result or {})
        self.progress: Progress | None = None
        self._show = show

    def report_progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Tell how far the job has come, in numbers and in words for whoever waits for it. It never waits.

        On PostgreSQL others see it within half a second, while the transaction of the task is open. SQLite has one
        writer: they see it when that transaction ends, so a long task works in batches and returns True.
        """
        self.progress = Progress(done, total, message)
        if self._show is not None:
            self._show(self.progress)


def current_job() -> RunningJob:
    """Return the job that is running; raise LookupError outside of a task."""
    return _current.get()


@contextmanager
def running(job: RunningJob) -> Iterator[RunningJob]:
    """Make `job` the current one."""
    token = _current.set(job)
    try:
        yield job
    finally:
        _current.reset(token)


# The result of tasks that delete rows.
DELETED = {"deleted": {"type": "integer", "minimum": 0}}


def add_deleted(rows: int) -> bool:
    """Add a batch of deleted rows to the result of the current job, `DELETED`; return whether there may be more."""
    job = current_job()
    job.result["deleted"] = job.result.get("deleted", 0) + rows
    job.report_progress(job.result["deleted"])
    return rows > 0
