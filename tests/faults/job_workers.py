"""Workers of both engines for the tests that kill them, and the jobs that they run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from service.core.database import database_now, transaction
from service.core.jobs import queue
from service.core.jobs.tasks import Task
from service.extensions import db
from service.models.jobs import Job, JobState
from tests.core.jobs.sample_tasks import add, effects
from tests.servers import INHERITED, ROOT, stop
from tests.waiting import wait_until

JOBS = 1_000
PORTION = 50  # for each process that is killed: with all at once, a fast worker would be done before the last
# What a killed worker was at begins again on another within this time.
REPEATED_WITHIN_S = 60
WORKERS_KILLED = 20

Worker = subprocess.Popen[bytes]

LONG = pytest.mark.skipif(os.environ.get("FAULTS") != "long", reason="runs for minutes: make faults")


@contextlib.contextmanager
def worker(
    folder: Path,
    database_url: str,
    processes: int = 2,
    *,
    poll_s: float = 0.5,
    lease_s: float = 1.5,
    env: Mapping[str, str] | None = None,
) -> Iterator[Worker]:
    """Run a worker; its process group is killed at the end, if it has not stopped."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {
        "DATABASE_URL": database_url,
        "VAR_DIR": str(folder),
        "FLASK_ENV": "testing",
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "INFO",
        **(env or {}),
    }
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.jobs_worker", str(processes), str(poll_s), str(lease_s)],
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


def runners_of(process: Worker) -> list[int]:
    """Return the process ids of the runners of a worker; with Celery, also that of beat."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def kill_all(process: Worker) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def states(engine: Engine, *jobs: UUID) -> list[str]:
    """Return the states of some jobs, by default of all."""
    with engine.connect() as connection:
        rows = connection.execute(select(Job.id, Job.state)).all()
    return [state for job_id, state in rows if not jobs or job_id in jobs]


def are_finished(engine: Engine, jobs: list[UUID]) -> bool:
    return not {"waiting", "running"} & set(states(engine, *jobs))


def enqueue(task: Task, **payload: int) -> UUID:
    with transaction():
        job_id = queue.enqueue(task, **payload)
    db.session.remove()
    return job_id


def enqueue_many(number: int, *, first: int = 0) -> list[UUID]:
    """Add so many jobs with one effect each, numbered from `first`, in one transaction."""
    with transaction():
        jobs = [queue.enqueue(add, number=each) for each in range(first, first + number)]
    db.session.remove()
    return jobs


def kill_workers(
    engine: Engine, folder: Path, database_url: str, env: Mapping[str, str] | None = None
) -> None:
    """Kill one worker after another, each with all its processes; with the leases of the service.

    Each job must be done once, and those that were running when a worker was killed be repeated in time.
    """
    jobs = enqueue_many(JOBS)
    killed_at: dict[UUID, datetime] = {}
    for number in range(1, WORKERS_KILLED + 1):
        with worker(folder, database_url, poll_s=5, lease_s=30, env=env) as process:
            wait_until(lambda number=number: len(effects(engine)) > number * JOBS // (WORKERS_KILLED + 5))
            kill_all(process)
        with engine.connect() as connection:
            running = connection.execute(
                select(Job.id, database_now()).where(Job.id.in_(jobs), Job.state == JobState.RUNNING)
            )
            # One that was running for an earlier worker is counted from the death of that one.
            killed_at = {job_id: killed_at.get(job_id, now) for job_id, now in running}
    assert len(effects(engine)) < JOBS
    with worker(folder, database_url, poll_s=5, lease_s=30, env=env):
        wait_until(lambda: are_finished(engine, jobs), 2 * REPEATED_WITHIN_S)
    assert effects(engine) == list(range(JOBS))
    assert set(states(engine, *jobs)) == {"succeeded"}
    with engine.connect() as connection:
        begun_at = dict(connection.execute(select(Job.id, Job.started_at).where(Job.id.in_(killed_at))).all())
    waits_s = [(begun_at[job_id] - at).total_seconds() for job_id, at in killed_at.items()]
    assert max(waits_s, default=0) <= REPEATED_WITHIN_S
