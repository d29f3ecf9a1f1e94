"""The heartbeat of a process that runs jobs: a thread that extends the lease of what is running and shows progress."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from service.core.jobs import queue
from service.core.jobs.queue import ClaimedJob, Progress
from service.extensions import db

# How often at most the progress of a job is written.
PROGRESS_INTERVAL_S = 0.5

log = structlog.get_logger(__name__)


class Attempt:
    """The attempt that is running, as its heartbeat sees it."""

    def __init__(self, job: ClaimedJob) -> None:
        self.job = job
        self.beat_at_s = time.monotonic() + queue.HEARTBEAT_S
        self.progress: Progress | None = None
        # Set before the statement that ends it: without its lease that raises, and with it the lease ends, too.
        self.is_ending = False


class Heartbeat:
    """Extends the lease of a job and shows its progress while it runs; ends the process when the lease is lost.

    The lease is lost when the job was cancelled, or given to another worker while this one stood still. Both are
    written on a connection of its own: what the task has done is committed by nobody but the task. Use it as a context
    manager around many jobs: starting a thread takes as long as a statement.
    """

    def __init__(self, app: Flask, end: Callable[[int], None] = os._exit) -> None:
        self._app = app
        self._end = end
        self._attempt: Attempt | None = None
        self._changed = threading.Event()
        self._closed = threading.Event()
        # Held while the thread executes a statement: an attempt ends before it or behind it.
        self._working = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closed.set()
        self._changed.set()
        self._thread.join()

    @contextmanager
    def of(self, job: ClaimedJob) -> Iterator[Attempt]:
        """Watch over a job while the block runs."""
        # The thread is not woken for it: it sleeps for no longer than until the first beat of a job that begins now.
        attempt = self._attempt = Attempt(job)
        try:
            yield attempt
        finally:
            with self._working:
                self._attempt = None

    def show_progress(self, progress: Progress) -> None:
        """Have `progress` written soon; of several within `PROGRESS_INTERVAL_S` the last one."""
        if (attempt := self._attempt) is not None:
            attempt.progress = progress
            self._changed.set()

    def _work(self) -> None:
        while not self._closed.is_set():
            attempt = self._attempt
            beat_at_s = time.monotonic() + queue.HEARTBEAT_S if attempt is None else attempt.beat_at_s
            self._changed.wait(max(0.0, beat_at_s - time.monotonic()))
            self._changed.clear()
            with self._working:
                has_written = self._look_after(self._attempt)
            if has_written:
                self._closed.wait(PROGRESS_INTERVAL_S)

    def _look_after(self, attempt: Attempt | None) -> bool:
        """Write what is due for the attempt; return whether that was progress."""
        if attempt is None or self._closed.is_set():
            return False
        progress, attempt.progress = attempt.progress, None
        if progress is not None:
            self._write_progress(attempt.job, progress)
        if time.monotonic() >= attempt.beat_at_s:
            attempt.beat_at_s = time.monotonic() + queue.HEARTBEAT_S
            self._beat(attempt)
        return progress is not None

    def _write_progress(self, job: ClaimedJob, progress: Progress) -> None:
        """Write what the task has reported last.

        On SQLite the task holds the one write lock from its first statement on: this waits for it, but the task never
        waits for this, and its success has the same progress in it.
        """
        with contextlib.suppress(SQLAlchemyError), self._app.app_context(), db.engine.begin() as connection:
            queue.write_progress(connection, job, progress)

    def _beat(self, attempt: Attempt) -> None:
        try:
            with self._app.app_context(), db.engine.begin() as connection:
                is_ours = queue.extend_lease(connection, attempt.job)
        except SQLAlchemyError:
            return  # the lease lasts for two more beats
        if not is_ours and not attempt.is_ending:
            log.warning("lease lost; ending the process", task=attempt.job.task, job_id=str(attempt.job.id))
            self._end(1)
