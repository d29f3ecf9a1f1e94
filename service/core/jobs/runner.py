"""The process that runs jobs, one at a time: claim, run in a transaction, extend the lease meanwhile.

`pool` starts several of these, ends those that take too long, and replaces those that die.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple, Self

import psycopg
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from service.config import settings
from service.core.database import read_connection, transaction
from service.core.jobs import queue
from service.core.jobs.queue import ClaimedJob, LeaseLost, Progress
from service.core.jobs.running import RunningJob, running
from service.core.jobs.tasks import (
    AttemptFailed,
    PayloadInvalid,
    PermanentFailure,
    ResultInvalid,
    declared_tasks,
)
from service.core.jobs.wakeup import Listener
from service.extensions import db

# How often an idle runner looks for itself, in case a wake-up was lost; also how soon it sees a lapsed lease.
POLL_S = 10.0
# After an error of the database.
PAUSE_S = 1.0
# How often at most the progress of a job is written.
PROGRESS_INTERVAL_S = 0.5

log = structlog.get_logger(__name__)


class Started(NamedTuple):
    """Tells the pool that an attempt has begun, which must end within the time limit."""

    job: ClaimedJob
    time_limit_s: float


class Ended(NamedTuple):
    """Tells the pool that the attempt has ended."""


@dataclass(frozen=True, slots=True)
class LostAttempt:
    """An attempt whose process has died, and why."""

    job: ClaimedJob
    error: str


class Runner:
    """Runs jobs until the pool closes its end of the pipe, or is gone."""

    def __init__(self, app: Flask, pool: Pipe) -> None:
        self._app = app
        self._pool = pool

    def run(self, lost: LostAttempt | None = None) -> None:
        """Record the attempt of a predecessor that died; then run jobs. An unavailable database is waited for."""
        self._until_recorded(lost)
        while not self._pool.poll():
            try:
                with self._app.app_context(), Listener(db.engine, settings().var_dir / "workers") as listener:
                    self._listen(listener)
            except (SQLAlchemyError, psycopg.Error, OSError) as error:
                log.warning("the database is unavailable; jobs wait", error=type(error).__name__)
                self._pool.poll(PAUSE_S)

    def _until_recorded(self, lost: LostAttempt | None) -> None:
        while lost is not None and not self._pool.poll():
            try:
                with self._app.app_context(), transaction():
                    queue.fail_attempt(lost.job, lost.error)
            except SQLAlchemyError:
                self._pool.poll(PAUSE_S)
            else:
                return

    def _listen(self, listener: Listener) -> None:
        """Run what is due, then wait for more."""
        while not self._pool.poll():
            with self._app.app_context():
                look_after_jobs()
                wait_s = queue.seconds_until_due(read_connection())
            while wait_s == 0 and not self._pool.poll():
                if not self._run_one():
                    break
            else:
                listener.wait(POLL_S if wait_s is None else min(wait_s, POLL_S), self._pool.fileno())

    def _run_one(self) -> bool:
        """Run one job that is due; return False if there is none."""
        with self._app.app_context():
            job = queue.claim_next(db.engine)
        if job is None:
            return False
        self._tell(Started(job, declared_tasks()[job.task].time_limit_s))
        with Heartbeat(self._app, job) as heartbeat:
            run_attempt(self._app, job, heartbeat.show_progress)
        self._tell(Ended())
        return True

    def _tell(self, message: Started | Ended) -> None:
        """Tell the pool, unless it has closed the pipe: a job that is claimed is run all the same."""
        with contextlib.suppress(OSError):
            self._pool.send(message)


def look_after_jobs() -> None:
    """Record attempts whose worker is gone, and add periodic jobs that are missing. Two SELECTs when all is well."""
    for job in queue.lapsed_attempts(read_connection()):
        with transaction():
            queue.fail_attempt(job, queue.WORKER_LOST)
    for task in queue.missing_periodic_tasks(read_connection()):
        delay_s = queue.seconds_until_next(read_connection(), task)
        with transaction():
            queue.enqueue_periodic(task, delay_s=delay_s)


def run_attempt(app: Flask, job: ClaimedJob, show: Callable[[Progress], None] | None = None) -> None:
    """Run an attempt: what the task does and the job's success are committed together, or neither is.

    `show` is told of progress while the task runs; the last progress and the result belong to the success.
    """
    task = declared_tasks()[job.task]
    started_s = time.perf_counter()
    state: str | None
    error = None
    with app.app_context():
        try:
            with transaction(), running(RunningJob(job, show)) as current:
                task.check_payload(job.payload)
                more = task.run(**job.payload) or False
                result = current.result if more else task.check_result(current.result)
                queue.succeed(job, more=more, result=result, progress=current.progress)
            state = "succeeded"
        except LeaseLost:
            state = None
        except Exception as raised:  # whatever a task raises, the next job must run
            error = str(raised) if isinstance(raised, AttemptFailed) else f"{type(raised).__name__}: {raised}"
            if not isinstance(raised, AttemptFailed | PayloadInvalid | ResultInvalid):
                log.exception("job failed", task=job.task, job_id=str(job.id))
            with transaction():
                state = queue.fail_attempt(job, error, is_last=isinstance(raised, PermanentFailure))
    log.info(
        "job",
        task=job.task,
        job_id=str(job.id),
        attempt=job.attempts,
        state=state or "lease lost",
        duration_ms=round((time.perf_counter() - started_s) * 1000, 2),
        **({"error": error} if error else {}),
    )


class Heartbeat:
    """Extends the lease of a job and shows its progress while it runs; ends the process when the lease is lost.

    The lease is lost when the job was cancelled, or given to another worker while this one stood still. Both are
    written on a connection of its own: what the task has done is committed by nobody but the task.
    """

    def __init__(self, app: Flask, job: ClaimedJob, end: Callable[[int], None] = os._exit) -> None:
        self._app = app
        self._job = job
        self._end = end
        self._progress: Progress | None = None
        self._changed = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._changed.set()
        self._thread.join()

    def show_progress(self, progress: Progress) -> None:
        """Have `progress` written soon; of several within `PROGRESS_INTERVAL_S` the last one."""
        self._progress = progress
        self._changed.set()

    def _work(self) -> None:
        beat_at_s = time.monotonic() + queue.HEARTBEAT_S
        while not self._done.is_set():
            self._changed.wait(max(0.0, beat_at_s - time.monotonic()))
            self._changed.clear()
            if self._done.is_set():
                return
            if self._progress is not None:
                self._write_progress()
                self._done.wait(PROGRESS_INTERVAL_S)
            if time.monotonic() >= beat_at_s:
                self._beat()
                beat_at_s = time.monotonic() + queue.HEARTBEAT_S

    def _write_progress(self) -> None:
        """Write what the task has reported last.

        On SQLite the task holds the one write lock from its first statement on: this waits for it, but the task never
        waits for this, and its success has the same progress in it.
        """
        progress, self._progress = self._progress, None
        assert progress is not None  # noqa: S101  # for the type checker
        with contextlib.suppress(SQLAlchemyError), self._app.app_context(), db.engine.begin() as connection:
            queue.write_progress(connection, self._job, progress)

    def _beat(self) -> None:
        try:
            with self._app.app_context(), db.engine.begin() as connection:
                is_ours = queue.extend_lease(connection, self._job)
        except SQLAlchemyError:
            return  # the lease lasts for two more beats
        if not is_ours and not self._done.is_set():
            log.warning("lease lost; ending the process", task=self._job.task, job_id=str(self._job.id))
            self._end(1)
