"""The process that runs jobs, one at a time: claim, run in a transaction, extend the lease meanwhile.

`pool` starts several of these, ends those that take too long, and replaces those that die.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple

import psycopg
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from service.config import settings
from service.core.database import read_connection, transaction
from service.core.jobs import queue
from service.core.jobs.due import look
from service.core.jobs.heartbeat import Heartbeat
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
        with Heartbeat(self._app) as heartbeat:
            while not self._pool.poll():
                with self._app.app_context():
                    wait_s = look_after_jobs()
                if wait_s == 0:
                    self._run_due(heartbeat)
                else:
                    listener.wait(POLL_S if wait_s is None else min(wait_s, POLL_S), self._pool.fileno())

    def _run_due(self, heartbeat: Heartbeat) -> None:
        """Run jobs until none is due; for so long at most that lapsed leases are seen in time."""
        until_s = time.monotonic() + POLL_S

        def goes_on() -> bool:
            return time.monotonic() < until_s and not self._pool.poll()

        job = self._claim()
        while job is not None:
            self._tell(Started(job, declared_tasks()[job.task].time_limit_s))
            following = run_watched(self._app, job, heartbeat, goes_on)
            if following is None:  # else that it has begun tells that this one has ended
                self._tell(Ended())
                following = self._claim() if goes_on() else None
            job = following

    def _claim(self) -> ClaimedJob | None:
        with self._app.app_context():
            return queue.claim_next(db.engine)

    def _tell(self, message: Started | Ended) -> None:
        """Tell the pool, unless it has closed the pipe: a job that is claimed is run all the same."""
        with contextlib.suppress(OSError):
            self._pool.send(message)


def look_after_jobs() -> float | None:
    """Record attempts whose worker is gone, and add periodic jobs that are missing. One SELECT when all is well.

    Return in how many seconds the next job is due, 0 for one that is; None if none is waiting.
    """
    due = look(read_connection())
    if due.has_lapsed_attempts:
        for job in queue.lapsed_attempts(read_connection()):
            with transaction():
                queue.fail_attempt(job, queue.WORKER_LOST)
    if due.lacks_periodic_jobs:
        for task in queue.missing_periodic_tasks(read_connection()):
            delay_s = queue.seconds_until_next(read_connection(), task)
            with transaction():
                queue.enqueue_periodic(task, delay_s=delay_s)
    if due.has_lapsed_attempts or due.lacks_periodic_jobs:
        due = look(read_connection())
    return due.wait_s


def run_watched(
    app: Flask, job: ClaimedJob, heartbeat: Heartbeat, goes_on: Callable[[], bool]
) -> ClaimedJob | None:
    """Run an attempt under a heartbeat; if the process `goes_on`, the next one begins with its success.

    Not behind the middle of its time limit: a process that is ended for a job must not be at the next one.
    """
    ends_alone_at_s = time.monotonic() + declared_tasks()[job.task].time_limit_s / 2
    with heartbeat.of(job) as attempt:

        def claims_next() -> bool:
            attempt.is_ending = True
            return time.monotonic() < ends_alone_at_s and goes_on()

        return run_attempt(app, job, heartbeat.show_progress, claims_next)


def run_attempt(
    app: Flask,
    job: ClaimedJob,
    show: Callable[[Progress], None] | None = None,
    claims_next: Callable[[], bool] | None = None,
) -> ClaimedJob | None:
    """Run an attempt: what the task does and the job's success are committed together, or neither is.

    `show` is told of progress while the task runs; the last progress and the result belong to the success. If
    `claims_next`, which is asked when the task has done its work, the next attempt begins with the success and is
    returned; whoever asks for it must run it.
    """
    task = declared_tasks()[job.task]
    started_s = time.perf_counter()
    state: str | None
    error: str | None = None
    following: ClaimedJob | None = None
    with app.app_context():
        try:
            with transaction(), running(RunningJob(job, show)) as current:
                task.check_payload(job.payload)
                more = task.run(**job.payload) or False
                result = current.result if more else task.check_result(current.result)
                is_followed = claims_next is not None and claims_next()
                queue.succeed(job, more=more, result=result, progress=current.progress)
                # The last statement: nobody waits for the rows of both jobs.
                claimed = queue.claim_following(db.session.connection(), job) if is_followed else None
            state, following = "succeeded", claimed
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
    return following
