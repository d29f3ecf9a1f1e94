"""Background jobs: how many short ones a second, what kill -9 loses, how soon a worker begins, and what idling costs.

    python -m benchmarks.jobs          # 3,000 jobs on each queue, with two processes; some ten minutes

Each job writes one row. Both engines of the service are compared with Celery alone and Huey on the same work. The aims
are 500 jobs a second of the embedded engine on PostgreSQL and 300 on SQLite, none lost, 95 % of the jobs begun within
100 ms by an idle worker, which uses at most 0.5 % of a processor and one statement a second, and 1.15 times the time
for a request that emits; the exit status is 1 if one is missed. Other work on the machine changes the jobs a second,
and hardly the processor time of each.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Connection, Engine, select, text

from benchmarks import results
from benchmarks.job_queues import (
    Queue,
    celery_alone,
    huey_alone,
    measure,
    service_queue,
    wait_for,
)
from benchmarks.processes import cpu_s
from benchmarks.publication import OPTIONS
from service.app import create_app
from service.config import load_settings
from service.models.jobs import Job
from tests import brokers, postgresql
from tests.accounts import auth_headers
from tests.core.jobs.sample_tasks import add, create_effects
from tests.factories import create_post, create_user
from tests.servers import migrate

JOBS = 3_000
WAKE_UPS = 100
IDLE_S = 20
# PostgreSQL counts the transactions of a connection when it has been idle for 10 s.
SETTLED_S = 15
EMBEDDED_SQLITE, EMBEDDED_POSTGRESQL = "embedded, SQLite", "embedded, PostgreSQL"
AIMS_PER_S = {EMBEDDED_SQLITE: 300, EMBEDDED_POSTGRESQL: 500}
WAKE_UP_P95_MS = 100
IDLE_CPU = 0.005
IDLE_STATEMENTS_PER_S = 1.0
REQUESTS = 300
EMITTING_RATIO = 1.15


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("jobs", type=int, nargs="?", default=JOBS, help="how many")
    parser.add_argument("--only", default="", help="only the queues whose name has this text")
    asked = parser.parse_args()
    count = asked.jobs
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    missed = False
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        with patch.dict(postgresql.OPTIONS, OPTIONS):
            server = postgresql.PostgresqlServer()
        stack.callback(server.stop)
        folder = Path(name)
        redis = stack.enter_context(brokers.redis(folder))
        sqlite, own = f"sqlite:///{name}/service.sqlite3", server.create_database("jobs")
        for url in (sqlite, own):
            migrate(url, folder)
        embedded = [
            service_queue(EMBEDDED_SQLITE, sqlite, folder),
            service_queue(EMBEDDED_POSTGRESQL, own, folder),
        ]
        celery = service_queue("Celery engine, PostgreSQL and Redis", own, folder, redis.url)
        contenders = [*embedded, celery, celery_alone(own, redis.url), huey_alone(own, redis.url)]
        contenders = [contender for contender in contenders if asked.only in contender.name]
        print("\n| queue | jobs/s | CPU ms for a job | lost | doubled |\n|---|---|---|---|---|", flush=True)
        for contender in contenders:
            found = measure(contender, count)
            print(
                f"| {contender.name} | {found.per_s:.0f} | {found.cpu_ms:.2f} | {found.lost} | {found.doubled} |",
                flush=True,
            )
            if contender in (*embedded, celery):
                missed |= found.lost + found.doubled > 0
            missed |= found.per_s < AIMS_PER_S.get(contender.name, 0)
        print(flush=True)
        for contender in [one for one in (*embedded, celery) if one in contenders]:
            is_missed = measure_waiting(contender)
            missed |= is_missed and contender is not celery
        missed |= measure_emitting(own, folder)
    return int(missed)


def measure_waiting(contender: Queue) -> bool:
    """Measure an idle worker, print the result, and tell whether an aim was missed."""
    engine = contender.engine
    create_effects(engine)
    with contender.working() as process:
        contender.enqueue(1)
        wait_for(engine, 1)
        time.sleep(SETTLED_S)  # it has run the periodic jobs
        with engine.connect() as connection:  # one, for to connect is some transactions itself
            cpu_before, statements_before = cpu_s(process.pid), statements(connection)
            time.sleep(IDLE_S)
            idle = (cpu_s(process.pid) - cpu_before) / IDLE_S
            per_s = (statements(connection) - statements_before) / IDLE_S
        for _ in range(WAKE_UPS):
            create_effects(engine)
            contender.enqueue(1)
            wait_for(engine, 1)
    wake_up_ms = delays_ms(engine, WAKE_UPS)
    p95_ms = statistics.quantiles(wake_up_ms, n=20)[-1]
    shown = "not counted on SQLite" if engine.dialect.name == "sqlite" else f"{per_s:.1f} transactions/s"
    print(
        f"- {contender.name}: an idle worker begins after {statistics.median(wake_up_ms):.0f} ms, p95 {p95_ms:.0f} ms "
        f"(aim {WAKE_UP_P95_MS}); it uses {idle:.2%} of a processor (aim {IDLE_CPU:.1%}), {shown}",
        flush=True,
    )
    return p95_ms > WAKE_UP_P95_MS or idle > IDLE_CPU or per_s > IDLE_STATEMENTS_PER_S


def statements(connection: Connection) -> int:
    """Return how many transactions the PostgreSQL database has had; those of an idle worker have one query each."""
    if connection.dialect.name == "sqlite":
        return 0
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    found = connection.execute(
        text("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")
    )
    return int(found.scalar_one())


def measure_emitting(url: str, folder: Path) -> bool:
    """Compare comments whose event has reactions with those whose event has none, by turns; tell whether it is slow."""
    app = create_app(
        load_settings("testing", {"DATABASE_URL": url, "VAR_DIR": str(folder), "LOG_LEVEL": "ERROR"})
    )
    reactions = app.extensions["reactions"]
    spent_s: dict[bool, list[float]] = {True: [], False: []}
    with app.app_context():
        post, headers = create_post(status="published"), auth_headers(create_user())
        path = f"/api/posts/{post.id}/comments"
    for number in range(2 * REQUESTS):
        emits = number % 2 == 0
        app.extensions["reactions"] = reactions if emits else {}
        begin_s = time.perf_counter()
        answer = app.test_client().post(path, json={"body": "A comment."}, headers=headers)
        spent_s[emits].append(time.perf_counter() - begin_s)
        if answer.status_code != 201:
            raise RuntimeError(answer.text)
    ratio = statistics.median(spent_s[True]) / statistics.median(spent_s[False])
    print(
        f"- a comment that emits takes {statistics.median(spent_s[True]) * 1000:.2f} ms, {ratio:.2f} times as long as "
        f"without reactions (aim {EMITTING_RATIO})",
        flush=True,
    )
    return ratio > EMITTING_RATIO


def delays_ms(engine: Engine, count: int) -> list[float]:
    """Return how long after its commit each of the last jobs began, in milliseconds by the clock of the database."""
    last = select(Job.due_at, Job.started_at).where(Job.task == add.name).order_by(Job.id.desc()).limit(count)
    with engine.connect() as connection:
        return [(row.started_at - row.due_at).total_seconds() * 1000 for row in connection.execute(last)]


if __name__ == "__main__":
    sys.exit(main())
