"""The Celery worker of `JOB_ENGINE=celery`: its tasks claim jobs in the database, as a `Runner` does.

A message names no job: its reader claims what is most urgent, one job after the other, until nothing is due. What ends
with its process, at its time limit or by a signal, is recorded by the process that takes its place.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import pickle
import signal
import time
from collections.abc import Callable
from typing import Any

import billiard.pool
import psycopg
import structlog
from billiard.process import current_process
from celery import Celery, signals
from flask import Flask
from kombu.transport import virtual
from sqlalchemy.exc import SQLAlchemyError

from service.core.database import read_connection, transaction
from service.core.jobs import broker, queue
from service.core.jobs.heartbeat import Heartbeat
from service.core.jobs.queue import ClaimedJob
from service.core.jobs.runner import POLL_S, look_after_jobs, run_watched
from service.core.jobs.tasks import declared_tasks
from service.extensions import db

# After this time a process hands on to the next wake-up, so that a worker can be stopped between two jobs.
SLICE_S = 1.0
# A wake-up for a certain time comes so much later: one that came too early would find nothing due.
LATE_S = 0.05
# What the tick sends when jobs are due that nobody runs; each is handed on while there are more.
TICK_WAKE_UPS = 16
# Flower shows a worker as offline that has missed two of these.
HEARTBEAT_INTERVAL_S = 10.0
PROCESSES_MAX = 256
SLOT_BYTES = 512

log = structlog.get_logger(__name__)


class Slots:
    """What each process is at, in memory that they share with those that take their place."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, PROCESSES_MAX * SLOT_BYTES)

    def begin(self, index: int, job: ClaimedJob, deadline_s: float) -> None:
        """Note that the process has begun an attempt."""
        # Without the payload, which may be large.
        content = pickle.dumps((job.id, job.task, job.attempts, job.lease_token, deadline_s))
        place = index * SLOT_BYTES
        self._memory[place + 2 : place + 2 + len(content)] = content
        self._memory[place : place + 2] = len(content).to_bytes(2, "big")

    def end(self, index: int) -> None:
        """Note that the attempt has ended."""
        self._memory[index * SLOT_BYTES : index * SLOT_BYTES + 2] = b"\0\0"

    def lost(self, index: int) -> tuple[ClaimedJob, str] | None:
        """Return the attempt that the last process of this number has not ended, and why."""
        place = index * SLOT_BYTES
        size = int.from_bytes(self._memory[place : place + 2], "big")
        if not size:
            return None
        content = self._memory[place + 2 : place + 2 + size]
        job_id, task, attempts, token, deadline_s = pickle.loads(content)  # noqa: S301 - we wrote it
        job = ClaimedJob(job_id, task, {}, attempts, token)
        if time.monotonic() >= deadline_s:
            return job, f"The time limit of {declared_tasks()[task].time_limit_s:g} s was exceeded."
        return job, "The process that ran the job ended."


class CeleryRunner:
    """What a process of a Celery worker does with its messages."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._slots = Slots()
        self._sender: broker.WakeUpSender = app.extensions["job_broker"]
        self._woken_at_s = 0.0
        self._look_again_s = 0.0

    def work(self) -> None:
        """Run jobs until none is due."""
        with contextlib.suppress(
            SQLAlchemyError, psycopg.Error
        ):  # jobs wait for the database, and for the tick
            self._record_lost()
            if time.monotonic() >= self._look_again_s:
                self._look_after_jobs()
            if self._run_due():
                self._wake_later()
            else:
                self._sender.wake()

    def tick(self) -> None:
        """Look for what is due without a wake-up: delayed jobs, lapsed leases, periodic jobs that are missing."""
        with contextlib.suppress(SQLAlchemyError, psycopg.Error):
            self._record_lost()
            wait_s = self._look_after_jobs()
            if wait_s == 0:
                self._sender.wake(TICK_WAKE_UPS)
            else:
                self._wake_in(wait_s)

    def start(self, **_sender: Any) -> None:
        """Prepare a process: it looks for jobs at once, and records what its predecessor did not end."""
        # How often, every 0.1 s, a process that is stopped asks whether its results were read: nobody needs them, and
        # after a lost connection they never are. By default it is stopped 30 s later.
        billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 5
        # The kernel ends the process at the time limit, whatever the job is doing.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self._sender.wake()

    def _look_after_jobs(self) -> float | None:
        # Also with the first wake-up of a process: workers that live for less than a tick must look, too.
        with self._app.app_context():
            wait_s = look_after_jobs()
        self._look_again_s = time.monotonic() + POLL_S
        return wait_s

    def _run_due(self) -> bool:
        """Run jobs for a while; return whether none is left that is due."""
        until_s = time.monotonic() + SLICE_S

        def goes_on() -> bool:
            return time.monotonic() < until_s

        with Heartbeat(self._app) as heartbeat:
            job = self._claim()
            while job is not None:
                following = self._run(job, heartbeat, goes_on)
                if following is None:
                    if not goes_on():
                        return False
                    following = self._claim()
                job = following
        return True

    def _run(self, job: ClaimedJob, heartbeat: Heartbeat, goes_on: Callable[[], bool]) -> ClaimedJob | None:
        """Run a job within its time limit; return the one that is claimed with its success."""
        limit_s = declared_tasks()[job.task].time_limit_s
        self._slots.begin(_index(), job, time.monotonic() + limit_s)
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        try:
            return run_watched(self._app, job, heartbeat, goes_on)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._slots.end(_index())

    def _claim(self) -> ClaimedJob | None:
        with self._app.app_context():
            return queue.claim_next(db.engine)

    def _record_lost(self) -> None:
        lost = self._slots.lost(_index())
        if lost is not None:
            job, error = lost
            log.error("a job ended its process", task=job.task, job_id=str(job.id), error=error)
            with self._app.app_context(), transaction():
                queue.fail_attempt(job, error)
            self._slots.end(_index())

    def _wake_later(self) -> None:
        """Send a wake-up for what is due before the next tick, one at a time."""
        with self._app.app_context():
            self._wake_in(queue.seconds_until_due(read_connection()))

    def _wake_in(self, wait_s: float | None) -> None:
        if wait_s is None or wait_s > broker.TICK_S:
            return
        now_s = time.monotonic()
        at_s = now_s + wait_s + LATE_S
        if not now_s < self._woken_at_s <= at_s + LATE_S:
            self._woken_at_s = at_s
            self._sender.wake(in_s=wait_s + LATE_S)


def _index() -> int:
    """Return the number of this process in its worker; a process that dies is replaced by one of the same number."""
    return int(current_process().index)


def add_tasks(app: Flask) -> Celery:
    """Add the tasks to the Celery application of `app`, and return it."""
    celery: Celery = app.extensions["celery"]
    runner = CeleryRunner(app)

    @celery.task(name=broker.WORK)
    def work() -> None:
        runner.work()

    @celery.task(name=broker.TICK)
    def tick() -> None:
        runner.tick()

    signals.worker_process_init.connect(runner.start, weak=False)
    signals.setup_logging.connect(_keep_logs, weak=False)
    return celery


def run_worker(app: Flask, processes: int) -> int:
    """Run a Celery worker with beat until SIGTERM or Ctrl+C, and return the exit status.

    Each worker has a beat: a tick that comes twice does no harm, and no single process has to be up.
    """
    # A worker on Redis would give back what it has not acknowledged: to a server that is gone, which ends the worker.
    virtual.QoS.restore_at_shutdown = False
    worker = add_tasks(app).Worker(
        hostname=f"colophon-{os.getpid()}@{os.uname().nodename}",
        concurrency=processes,
        beat=True,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        heartbeat_interval=HEARTBEAT_INTERVAL_S,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _keep_logs(**_options: Any) -> None:
    """Leave logging as the service has configured it; lines for each wake-up would hide those of the jobs."""
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(name).setLevel(logging.WARNING)
