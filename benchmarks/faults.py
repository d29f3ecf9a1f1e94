"""Measures how the service behaves while its database does not answer, with the settings of production.

    python -m benchmarks.faults                # PostgreSQL frozen for 20 s under 64 clients
    python -m benchmarks.faults --clients 24 --database sqlite    # the write lock held for 20 s

The clients send example requests of the document one after another, and ask for liveness all the time.
"""

from __future__ import annotations

import argparse
import itertools
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from sqlalchemy import make_url

from tests.conformance.conftest import RawSocket, Request
from tests.conformance.example_calls import Operation
from tests.faults.conftest import OPERATIONS, Database, Service
from tests.postgresql import PostgresqlServer
from tests.waiting import wait_until

BEFORE_S, AFTER_S = 3.0, 10.0
PAUSE_S = 0.1  # after a 503: a client that asks again sooner measures itself
LIVENESS = Request("GET", "/health/live")
WRITES = ("createItem", "createTag", "createPost")


@dataclass(frozen=True, slots=True)
class Sample:
    """One response: when it was asked for, how long it took, its status; None if there was none."""

    started_s: float
    seconds: float
    status: int | None

    @property
    def ended_s(self) -> float:
        return self.started_s + self.seconds


def ask(service: Service, requests: Iterator[Request], is_over: Event) -> list[Sample]:
    """Send one request after another until it is over."""
    samples, client = [], RawSocket(service.server.port)
    while not is_over.is_set():
        request, started_s = next(requests), time.monotonic()
        try:
            status = client.send(request).status
        except (OSError, ValueError, IndexError):
            status = None
        samples.append(Sample(started_s, time.monotonic() - started_s, status))
        if status == 503:
            time.sleep(PAUSE_S)
    return samples


@contextmanager
def locked(file: str) -> Iterator[None]:
    """Hold the write lock of an SQLite database."""
    with sqlite3.connect(file, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")


def measure(
    service: Service,
    fault: AbstractContextManager[None],
    chosen: Sequence[Operation],
    *,
    clients: int,
    seconds: float,
) -> None:
    """Print what the clients saw before, during and after the fault."""
    wait_until(lambda: all(service.is_ready() for _ in range(20)))  # both workers
    is_over = Event()
    with ThreadPoolExecutor(clients + 1) as threads:
        loads = [
            threads.submit(ask, service, itertools.cycle(map(service.request, chosen)), is_over)
            for _ in range(clients)
        ]
        liveness = threads.submit(ask, service, itertools.repeat(LIVENESS), is_over)
        time.sleep(BEFORE_S)
        with fault:
            begin_s = time.monotonic()
            time.sleep(seconds)
        end_s = time.monotonic()
        time.sleep(AFTER_S)
        is_over.set()
    samples = [sample for load in loads for sample in load.result()]
    for title, found in (("requests", samples), ("liveness", liveness.result())):
        report(f"{title} before", [each for each in found if each.ended_s < begin_s])
        during = [each for each in found if each.ended_s >= begin_s and each.started_s < end_s]
        report(f"{title} during", during)
        report(f"{title} after", [each for each in found if each.started_s >= end_s])
    bad = [each.ended_s - end_s for each in samples if (each.status or 500) >= 500]
    print(f"the last 5xx came {max(bad):+.2f} s after the end of the fault")


def report(title: str, samples: list[Sample]) -> None:
    """Print one line."""
    statuses = Counter(str(each.status) for each in samples)
    slowest = max((each.seconds for each in samples), default=0)
    print(f"{title:24} {len(samples):6} responses, slowest {slowest:6.3f} s, {dict(statuses.most_common())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the fault lasts")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    chosen = parser.parse_args()
    reads = [each for each in OPERATIONS if each.method == "GET"]
    writes = [each for each in OPERATIONS if each.id in WRITES]
    with tempfile.TemporaryDirectory(prefix="faults-") as name, ExitStack() as ending:
        folder = Path(name)
        if chosen.database == "sqlite":
            database = Database.create(f"sqlite:///{folder}/faults.sqlite3", folder)
            fault, operations = locked(str(make_url(database.url).database)), writes
        else:
            server = PostgresqlServer()
            ending.callback(server.stop)
            database = Database.create(server.create_database("faults"), folder)
            fault, operations = server.frozen(), reads + writes
        with database.service(folder / "server", defaults=True) as service:
            measure(service, fault, operations, clients=chosen.clients, seconds=chosen.seconds)


if __name__ == "__main__":
    main()
