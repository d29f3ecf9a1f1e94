"""The processes of a worker: starts the runners, ends those over their time limit, replaces those that die.

It never connects to the database: connections do not survive a fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

import structlog
from flask import Flask

from service.core.jobs.runner import LostAttempt, Runner, Started

# For running jobs, when stopped; below the 30 s that orchestrators allow.
STOP_TIMEOUT_S = 25.0
# A runner that dies at once is replaced after this time, so that a broken one does not take the whole processor.
REPLACE_AFTER_S = 1.0

_fork = multiprocessing.get_context("fork")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RunnerProcess:
    """A runner, the pipe to it, and the attempt it is at."""

    process: ForkProcess
    pipe: Pipe
    started: Started | None = None
    deadline_s: float = float("inf")
    over_time: bool = False


class Pool:
    """A number of runners."""

    def __init__(self, app: Flask, processes: int) -> None:
        self._app = app
        self._processes = processes
        self._runners: list[RunnerProcess] = []
        self._stop_read, self._stop_write = os.pipe()
        self._is_stopping = False

    def run(self) -> None:
        """Run jobs until SIGTERM or SIGINT; running jobs are finished then, within `STOP_TIMEOUT_S`."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        for _ in range(self._processes):
            self._start()
        log.info("the worker is ready", processes=self._processes)
        while not self._is_stopping:
            self._wait_once()
        self._stop()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._is_stopping = True
        os.write(self._stop_write, b"!")

    def _wait_once(self) -> None:
        """Wait for a message, the death of a runner, or the end of a time limit; and act on it."""
        deadline_s = min((runner.deadline_s for runner in self._runners), default=float("inf"))
        timeout_s = None if deadline_s == float("inf") else max(0.0, deadline_s - time.monotonic())
        ready = wait(
            [
                self._stop_read,
                *(source for one in self._runners for source in (one.pipe, one.process.sentinel)),
            ],
            timeout_s,
        )
        for runner in list(self._runners):
            if runner.pipe in ready:
                self._receive(runner)
            if runner.process.sentinel in ready:
                self._replace(runner)
            elif time.monotonic() >= runner.deadline_s:
                runner.over_time = True
                runner.deadline_s = float("inf")
                runner.process.kill()

    @staticmethod
    def _receive(runner: RunnerProcess) -> bool:
        """Take a message of the runner; return False if there is none."""
        try:
            if not runner.pipe.poll():
                return False
            message = runner.pipe.recv()
        except (EOFError, OSError):  # it has died
            return False
        if isinstance(message, Started):
            runner.started = message
            runner.deadline_s = time.monotonic() + message.time_limit_s
        else:
            runner.started = None
            runner.deadline_s = float("inf")
        return True

    def _replace(self, runner: RunnerProcess) -> None:
        """Start another runner, which records the attempt that this one was at."""
        while self._receive(runner):  # what it sent before it died
            pass
        self._runners.remove(runner)
        runner.pipe.close()
        runner.process.join()
        lost = None
        if runner.started is not None:
            lost = LostAttempt(runner.started.job, _reason(runner))
            log.error(
                "a job ended its process", task=lost.job.task, job_id=str(lost.job.id), error=lost.error
            )
        else:
            log.error("a runner ended by itself", status=runner.process.exitcode)
            wait([self._stop_read], REPLACE_AFTER_S)
        if not self._is_stopping:
            self._start(lost)

    def _start(self, lost: LostAttempt | None = None) -> None:
        ours, theirs = _fork.Pipe()
        process = _fork.Process(target=self._run_in_child, args=(ours, theirs, lost))
        process.start()
        theirs.close()
        self._runners.append(RunnerProcess(process, ours))

    def _run_in_child(self, ours: Pipe, theirs: Pipe, lost: LostAttempt | None) -> None:
        # The pool decides when to stop: a signal to the whole group must not end a job in the middle.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        # Inherited ends would keep the pipes open when the pool has gone.
        for pipe in (ours, *(runner.pipe for runner in self._runners)):
            pipe.close()
        os.close(self._stop_write)
        Runner(self._app, theirs).run(lost)

    def _stop(self) -> None:
        for runner in self._runners:
            runner.pipe.close()  # it ends after the job that it is at
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        for runner in self._runners:
            runner.process.join(max(0.0, deadline_s - time.monotonic()))
            if runner.process.exitcode is None:
                runner.process.kill()
                runner.process.join()


def _reason(runner: RunnerProcess) -> str:
    assert runner.started is not None  # noqa: S101  # for the type checker
    if runner.over_time:
        return f"The time limit of {runner.started.time_limit_s:g} s was exceeded."
    status = runner.process.exitcode or 0
    how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    return f"The process that ran the job ended {how}."
