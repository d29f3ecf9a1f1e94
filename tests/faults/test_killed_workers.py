"""Workers that are killed, and jobs that kill: nothing is lost, and each effect is committed once."""

from __future__ import annotations

import os
import signal

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from service.config import settings
from service.core.jobs.wakeup import wake_workers
from service.models.jobs import Job
from tests.core.jobs.sample_tasks import add, create_effects, effects, kill_process, never_end
from tests.faults.job_workers import (
    JOBS,
    LONG,
    PORTION,
    are_finished,
    enqueue,
    enqueue_many,
    kill_all,
    kill_workers,
    runners_of,
    states,
    worker,
)
from tests.waiting import wait_until

RUNNERS_KILLED = 20


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


class TestKilledWorker:
    def test_no_job_is_lost_and_none_is_done_twice(self, engine, folder, database_url):
        jobs = []
        with worker(folder, database_url) as process:
            for _ in range(RUNNERS_KILLED):
                done = len(effects(engine))
                jobs += enqueue_many(PORTION, first=len(jobs))
                wait_until(lambda done=done: len(effects(engine)) > done)
                for runner in runners_of(process):
                    os.kill(runner, signal.SIGKILL)
            others = len(jobs)
            jobs += enqueue_many(JOBS, first=others)
            wait_until(lambda: len(effects(engine)) > others)
            kill_all(process)
        assert len(effects(engine)) < len(jobs)
        with worker(folder, database_url):
            wait_until(lambda: are_finished(engine, jobs))
        assert effects(engine) == list(range(len(jobs)))
        assert set(states(engine, *jobs)) == {"succeeded"}

    @LONG
    def test_jobs_of_killed_workers_are_repeated_within_a_minute(self, engine, folder, database_url):
        kill_workers(engine, folder, database_url)

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
