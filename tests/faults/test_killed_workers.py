"""Workers that are killed, and jobs that kill: nothing is lost, and each effect is committed once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from service.config import settings
from service.core.database import transaction
from service.core.jobs import queue
from service.core.jobs.wakeup import wake_workers
from service.extensions import db
from service.models.jobs import Job
from tests.core.jobs.sample_tasks import (
    add,
    create_effects,
    effects,
    kill_process,
    never_end,
)
from tests.servers import INHERITED, ROOT, stop
from tests.waiting import wait_until

JOBS = 1_000
RUNNERS_KILLED = 5


@contextlib.contextmanager
def worker(folder, database_url, processes=2, poll_s=0.5):
    """Run a worker; its process group is killed at the end, if it has not stopped."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {
        "DATABASE_URL": database_url,
        "VAR_DIR": str(folder),
        "FLASK_ENV": "testing",
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "INFO",
    }
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.jobs_worker", str(processes), str(poll_s)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def runners_of(process):
    """Return the process ids of the runners of a worker."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def kill_all(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def engine(app, database_url):
    # The worker has connections of its own; ours must not be in a transaction while it writes.
    engine = create_engine(database_url, poolclass=NullPool)
    create_effects(engine)
    return engine


@pytest.fixture
def folder(app):
    """Return the directory in which the application looks for workers to wake."""
    return settings().var_dir


def states(engine, *jobs):
    with engine.connect() as connection:
        rows = connection.execute(select(Job.id, Job.state)).all()
    return [state for job_id, state in rows if not jobs or job_id in jobs]


def enqueue(task, **payload):
    with transaction():
        job_id = queue.enqueue(task, **payload)
    db.session.remove()
    return job_id


def enqueue_many(number):
    with transaction():
        jobs = [queue.enqueue(add, number=each) for each in range(number)]
    db.session.remove()
    return jobs


class TestKilledWorker:
    def test_no_job_is_lost_and_none_is_done_twice(self, engine, folder, database_url):
        jobs = enqueue_many(JOBS)
        done = 0
        with worker(folder, database_url) as process:
            for _ in range(RUNNERS_KILLED):
                wait_until(lambda done=done: len(effects(engine)) > done)
                for runner in runners_of(process):
                    os.kill(runner, signal.SIGKILL)
                done = len(effects(engine))
            wait_until(lambda: len(effects(engine)) > done)
            kill_all(process)
        assert len(effects(engine)) < JOBS
        with worker(folder, database_url):
            wait_until(
                lambda: "waiting" not in states(engine, *jobs) and "running" not in states(engine, *jobs)
            )
        assert effects(engine) == list(range(JOBS))
        assert set(states(engine, *jobs)) == {"succeeded"}

    def test_stopped_with_sigterm_it_finishes_what_it_runs(self, engine, folder, database_url):
        jobs = enqueue_many(JOBS)
        with worker(folder, database_url) as process:
            wait_until(lambda: effects(engine))
            process.terminate()
            assert process.wait(60) == 0
        assert set(states(engine, *jobs)) <= {"succeeded", "waiting"}
        assert len(effects(engine)) == states(engine, *jobs).count("succeeded")


class TestJobsThatKill:
    def test_fail_after_their_attempts_and_hold_up_nobody(self, engine, folder, database_url):
        killing = enqueue(kill_process, number=1)
        others = [enqueue(add, number=number) for number in range(10, 20)]
        with worker(folder, database_url, processes=1):
            wait_until(lambda: states(engine, killing, *others).count("succeeded") == 10)
            wait_until(lambda: states(engine, killing) == ["failed"])
        assert effects(engine) == list(range(10, 20))
        with engine.connect() as connection:
            row = connection.execute(select(Job.attempts, Job.error).where(Job.id == killing)).one()
        assert row == (2, "The process that ran the job ended by SIGKILL.")

    def test_end_at_their_time_limit(self, engine, folder, database_url):
        endless = enqueue(never_end, number=1)
        after = enqueue(add, number=2)
        with worker(folder, database_url, processes=1):
            wait_until(lambda: states(engine, after) == ["succeeded"])
        with engine.connect() as connection:
            row = connection.execute(select(Job.state, Job.error).where(Job.id == endless)).one()
        assert row == ("failed", "The time limit of 0.5 s was exceeded.")
        assert effects(engine) == [2]

    def test_a_cancelled_job_ends_while_it_runs(self, engine, folder, database_url):
        endless = enqueue(never_end, number=1)
        with worker(folder, database_url, processes=1):
            wait_until(lambda: states(engine, endless) == ["running"])
            with engine.begin() as connection:
                connection.execute(
                    update(Job).where(Job.id == endless).values(state="cancelled", lease_token=None)
                )
            after = enqueue(add, number=2)
            wait_until(lambda: states(engine, after) == ["succeeded"])
        assert effects(engine) == [2]


class TestWakeUp:
    def test_an_idle_worker_starts_at_once(self, engine, folder, database_url):
        # By itself it would look for jobs in ten minutes.
        with worker(folder, database_url, processes=1, poll_s=600):
            wait_until(lambda: {"succeeded", "failed"} <= set(states(engine)))  # it has run the periodic jobs
            for number in range(3):
                job_id = enqueue(add, number=number)
                wait_until(lambda job_id=job_id: states(engine, job_id) == ["succeeded"])

    def test_a_worker_that_has_gone_is_forgotten(self, engine, folder, database_url):
        with worker(folder, database_url, processes=1) as process:
            wait_until(lambda: "succeeded" in states(engine))
            kill_all(process)
        sockets = folder / "workers"
        wait_until(lambda: wake_workers(sockets) or not list(sockets.glob("*.socket")))
        enqueue(add, number=1)
        with worker(folder, database_url, processes=1):
            wait_until(lambda: effects(engine) == [1])
