"""The queues that `jobs` compares: both engines of the service, Celery alone and Huey, all with the same work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from benchmarks.processes import ROOT, cpu_s, inherited, stop
from service.app import create_app
from service.config import load_settings
from service.core.database import transaction
from service.core.jobs import queue
from tests.core.jobs.sample_tasks import add, create_effects

PROCESSES = 2
KILLS = 3
# What is not done so long after the last kill is lost; leases of the service last 30 s.
SETTLED_S = 60.0

_EMBEDDED = (
    "import tests.core.jobs.sample_tasks; from service.app import create_app; "
    f"from service.core.jobs.pool import Pool; Pool(create_app(), {PROCESSES}).run()"
)
_CELERY = (
    "import tests.core.jobs.sample_tasks; from service.app import create_app; "
    f"from service.core.jobs.celery_worker import run_worker; run_worker(create_app(), {PROCESSES})"
)
_ENQUEUE_ALONE = "from benchmarks.peers.celery_alone import add\nfor n in range({count}): add.delay(n)"
_ENQUEUE_HUEY = "from benchmarks.peers.huey_alone import add\nfor n in range({count}): add(n)"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: how its worker is started, and how jobs are added."""

    name: str
    database_url: str
    worker: Sequence[str]
    environment: dict[str, str]
    enqueue: Callable[[int], None]

    @property
    def engine(self) -> Engine:
        """Return an engine for the table of effects."""
        return create_engine(self.database_url, poolclass=NullPool)

    @contextmanager
    def working(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker with `PROCESSES` processes."""
        process = subprocess.Popen(
            self.worker,
            cwd=ROOT,
            env={**inherited(), **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # one of the tasks fails on purpose
            start_new_session=True,
        )
        try:
            yield process
        finally:
            stop(process)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a queue."""

    per_s: float
    cpu_ms: float  # of the worker, for a job
    lost: int
    doubled: int


def service_queue(name: str, url: str, folder: Path, broker_url: str | None = None) -> Queue:
    """Return an engine of the service, on a migrated database."""
    environment = {
        "DATABASE_URL": url,
        "VAR_DIR": str(folder),
        "FLASK_ENV": "testing",
        "LOG_LEVEL": "WARNING",
    }
    if broker_url is not None:
        environment |= {"JOB_ENGINE": "celery", "JOB_BROKER_URL": broker_url}
    app = create_app(load_settings("testing", environment))

    def enqueue(count: int) -> None:
        with app.app_context(), transaction():
            for number in range(count):
                queue.enqueue(add, number=number)

    program = _EMBEDDED if broker_url is None else _CELERY
    return Queue(name, url, [sys.executable, "-c", program], environment, enqueue)


def peer_queue(name: str, url: str, broker_url: str, worker: Sequence[str], program: str) -> Queue:
    """Return a queue that is not the service's, over a broker."""
    environment = {
        "BROKER_URL": broker_url,
        "EFFECTS_URL": url.replace("postgresql+psycopg://", "postgresql://"),
        "PYTHONPATH": str(ROOT),
    }

    def enqueue(count: int) -> None:
        subprocess.run(
            [sys.executable, "-c", program.format(count=count)],
            cwd=ROOT,
            env={**inherited(), **environment},
            check=True,
        )

    return Queue(name, url, [sys.executable, "-m", *worker], environment, enqueue)


def celery_alone(url: str, broker_url: str) -> Queue:
    """Return Celery with its defaults."""
    worker = ("celery", "--app", "benchmarks.peers.celery_alone", "worker", "--concurrency", str(PROCESSES))
    return peer_queue("Celery alone, Redis", url, broker_url, worker, _ENQUEUE_ALONE)


def huey_alone(url: str, broker_url: str) -> Queue:
    """Return Huey with processes."""
    consumer = (
        "huey.bin.huey_consumer",
        "benchmarks.peers.huey_alone.huey",
        "-k",
        "process",
        "-w",
        str(PROCESSES),
    )
    return peer_queue("Huey, Redis", url, broker_url, consumer, _ENQUEUE_HUEY)


def measure(contender: Queue, count: int) -> Measured:
    """Run `count` jobs undisturbed, then as many with the worker killed `KILLS` times."""
    engine = contender.engine
    create_effects(engine)
    contender.enqueue(count)
    with contender.working() as process:
        wait_for(engine, 1)
        with engine.connect() as connection:
            begin_s, first, cpu_before = time.perf_counter(), done(connection), cpu_s(process.pid)
        wait_for(engine, count)
        number = count - first
        per_s = number / (time.perf_counter() - begin_s)
        cpu_ms = (cpu_s(process.pid) - cpu_before) / number * 1000
    create_effects(engine)
    contender.enqueue(count)
    for kill in range(1, KILLS + 1):
        with contender.working() as process:
            wait_for(engine, count * kill // (KILLS + 2), SETTLED_S)
            os.killpg(process.pid, signal.SIGKILL)
    with contender.working():
        wait_for(engine, count, SETTLED_S)
    with engine.connect() as connection:
        total, different = connection.execute(
            text("SELECT count(*), count(DISTINCT number) FROM effects")
        ).one()
    return Measured(per_s, cpu_ms, count - different, total - different)


def done(connection: Connection) -> int:
    """Return how many jobs have had their effect."""
    found = int(connection.execute(text("SELECT count(DISTINCT number) FROM effects")).scalar_one())
    connection.rollback()
    return found


def wait_for(engine: Engine, count: int, within_s: float = 600.0) -> None:
    """Return once `count` jobs have had their effect, or after `within_s`."""
    deadline_s = time.monotonic() + within_s
    # One connection: to connect takes the processor time of several jobs.
    with engine.connect() as connection:
        while done(connection) < count and time.monotonic() < deadline_s:
            time.sleep(0.02)
