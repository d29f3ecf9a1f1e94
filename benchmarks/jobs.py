"""Speed of background jobs: how many short ones a second, how soon an idle worker begins, and what idling costs.

    python -m benchmarks.jobs          # 5,000 jobs on SQLite and on PostgreSQL, with two processes

Each job writes one row. The aims are 500 jobs a second on PostgreSQL and 300 on SQLite, 95 % of the jobs begun within
100 ms by an idle worker, which uses at most 0.5 % of a processor; 1 if one is missed. Jobs that are due when the worker
is killed are in tests/faults/test_killed_workers.py.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.pool import NullPool

from benchmarks import results
from benchmarks.processes import ROOT, cpu_s, inherited, stop
from benchmarks.publication import OPTIONS
from service.app import create_app
from service.config import load_settings
from service.core.database import transaction
from service.core.jobs import queue
from service.models.jobs import Job, JobState
from tests import postgresql
from tests.core.jobs.sample_tasks import add, create_effects
from tests.servers import migrate

JOBS = 5_000
WAKE_UPS = 100
IDLE_S = 20
PROCESSES = 2
AIMS_PER_S = {"SQLite": 300, "PostgreSQL": 500}
WAKE_UP_P95_MS = 100
IDLE_CPU = 0.005


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("jobs", type=int, nargs="?", default=JOBS, help="how many")
    count = parser.parse_args().jobs
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    missed = False
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        with patch.dict(postgresql.OPTIONS, OPTIONS):
            server = postgresql.PostgresqlServer()
        stack.callback(server.stop)
        for kind, url in (
            ("SQLite", f"sqlite:///{name}/service.sqlite3"),
            ("PostgreSQL", server.create_database("jobs")),
        ):
            folder = Path(name) / kind
            folder.mkdir()
            migrate(url, folder)
            missed |= measure(kind, url, folder, count)
    return int(missed)


def measure(kind: str, url: str, folder: Path, count: int) -> bool:
    """Measure on one database, print the result, and tell whether an aim was missed."""
    app = create_app(load_settings("testing", {"DATABASE_URL": url, "VAR_DIR": str(folder)}))
    engine = create_engine(url, poolclass=NullPool)
    create_effects(engine)
    with app.app_context():
        with transaction():
            for number in range(count):
                queue.enqueue(add, number=number)
        with worker(url, folder) as process:
            wait_for(engine, 1)
            begin, first = time.perf_counter(), succeeded(engine)
            wait_for(engine, count)
            per_s = (count - first) / (time.perf_counter() - begin)
            cpu_before = cpu_s(process.pid)
            time.sleep(IDLE_S)
            idle = (cpu_s(process.pid) - cpu_before) / IDLE_S
            for number in range(WAKE_UPS):
                with transaction():
                    queue.enqueue(add, number=number)
                wait_for(engine, count + number + 1)
        wake_up_ms = delays_ms(engine, WAKE_UPS)
    p95_ms = statistics.quantiles(wake_up_ms, n=20)[-1]
    print(
        f"- {kind}: {per_s:.0f} jobs/s with {PROCESSES} processes (aim {AIMS_PER_S[kind]})\n"
        f"  - an idle worker begins after {statistics.median(wake_up_ms):.0f} ms, p95 {p95_ms:.0f} ms "
        f"(aim {WAKE_UP_P95_MS}), and uses {idle:.2%} of a processor (aim {IDLE_CPU:.1%})",
        flush=True,
    )
    return per_s < AIMS_PER_S[kind] or p95_ms > WAKE_UP_P95_MS or idle > IDLE_CPU


@contextmanager
def worker(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with the tasks of the tests, and the leases and intervals of the service."""
    environment = {
        "DATABASE_URL": url,
        "VAR_DIR": str(folder),
        "FLASK_ENV": "testing",
        "LOG_LEVEL": "WARNING",
    }
    program = (
        "import tests.core.jobs.sample_tasks; from service.app import create_app; "
        f"from service.core.jobs.pool import Pool; Pool(create_app(), {PROCESSES}).run()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**inherited(), **environment},
        stderr=subprocess.DEVNULL,  # one of the tasks fails on purpose
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)


def succeeded(engine: Engine) -> int:
    """Return how many of the jobs have succeeded."""
    done = select(func.count()).where(Job.task == add.name, Job.state == JobState.SUCCEEDED)
    with engine.connect() as connection:
        return int(connection.execute(done).scalar_one())


def wait_for(engine: Engine, count: int) -> None:
    """Return once `count` jobs have succeeded."""
    while succeeded(engine) < count:
        time.sleep(0.01)


def delays_ms(engine: Engine, count: int) -> list[float]:
    """Return how long after its commit each of the last jobs began, in milliseconds by the clock of the database."""
    last = select(Job.due_at, Job.started_at).where(Job.task == add.name).order_by(Job.id.desc()).limit(count)
    with engine.connect() as connection:
        return [(row.started_at - row.due_at).total_seconds() * 1000 for row in connection.execute(last)]


if __name__ == "__main__":
    sys.exit(main())
