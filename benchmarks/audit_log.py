"""Filters of the audit log with a million entries: the time of a page, on both databases.

    python -m benchmarks.audit_log            # a million entries; some minutes
    python -m benchmarks.audit_log 100000

Each filter is asked for its first page and for one in the middle of the log, `REPEATS` times; the median counts.
The aim is 50 ms at the most. The entries are of 500 accounts, one of which did every second action, and of 50,000
objects.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from alembic import command

from benchmarks import results
from service.app import create_app
from service.audit.queries import Filters, list_entries
from service.core.audit_log import time_of
from service.core.cursor_pagination import encode_cursor
from service.extensions import db
from service.models.audit import ACTIONS, ActorKind, AuditEntry
from tests.conftest import alembic_config, settings_on
from tests.postgresql import PostgresqlServer

ENTRIES = 1_000_000
AIM_MS = 50
REPEATS = 20
BATCH = 10_000
BUSY, RARE = 1, 499
FIRST_MS = 1_700_000_000_000
STEP_MS = 60_000


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("entries", type=int, nargs="?", default=ENTRIES, help="how many")
    number = parser.parse_args().entries
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    server = PostgresqlServer()
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            slowest = [
                measure(kind, url, Path(name), number)
                for kind, url in (
                    ("SQLite", f"sqlite:///{name}/audit.sqlite3"),
                    ("PostgreSQL", server.create_database("audit")),
                )
            ]
    finally:
        server.stop()
    return int(max(slowest) > AIM_MS)


def measure(kind: str, url: str, folder: Path, number: int) -> float:
    """Fill a database and print the time of each filter; return the longest in milliseconds."""
    settings = settings_on(url, folder)
    command.upgrade(alembic_config(settings), "head")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app, slowest = create_app(settings), 0.0
    with app.app_context():
        fill(number)
        middle = entry_id(number // 2)
        after = encode_cursor(time_of(middle), middle.int)
        for name, filters in asked(number).items():
            took = [time_of_page(filters, cursor) for cursor in (None, after)]
            slowest = max(slowest, *took)
            print(f"- {kind}, {name}: {took[0]:.1f} ms, from the middle {took[1]:.1f} ms", flush=True)
        db.engine.dispose()
    print(f"- {kind}: {slowest:.1f} ms at the most (aim {AIM_MS}), {number} entries", flush=True)
    return slowest


def asked(number: int) -> dict[str, Filters]:
    """Return the filters: usual ones, and those that find little or nothing."""
    from_middle = time_of(entry_id(number // 2))
    return {
        "no filter": Filters(),
        "an action": Filters(action="post.deleted"),
        "an action that nobody did": Filters(action="audit.restarted"),
        "a busy account": Filters(actor_id=BUSY),
        "a busy account and an action": Filters(actor_id=BUSY, action="tag.merged"),
        "a busy account and a type": Filters(actor_id=BUSY, object_type="export"),
        "a rare account and a type": Filters(actor_id=RARE, object_type="post"),
        "an object": Filters(object_type="post", object_id="77"),
        "an object and an account": Filters(object_type="post", object_id="77", actor_id=RARE),
        "an action before the middle": Filters(action="post.deleted", recorded_before=from_middle),
        "an account after the middle": Filters(actor_id=RARE, recorded_after=from_middle),
    }


def time_of_page(filters: Filters, after: str | None) -> float:
    """Return the median time of a page in milliseconds."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        list_entries(filters, after, 20)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def fill(number: int) -> None:
    """Add the entries, and let the database know what it has."""
    for begin in range(0, number, BATCH):
        with db.engine.begin() as connection:
            connection.execute(sa.insert(AuditEntry.__table__), list(rows(begin, min(begin + BATCH, number))))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE audit_entries")


def rows(begin: int, end: int) -> Iterator[dict[str, object]]:
    chosen = random.Random(begin)
    names = [name for name in ACTIONS if name != "audit.restarted"]
    for number in range(begin, end):
        action = chosen.choice(names)
        yield {
            "id": entry_id(number),
            "recorded_at": time_of(entry_id(number)),
            "action": action,
            "actor_kind": ActorKind.USER,
            "actor_id": BUSY if number % 2 else chosen.randrange(2, 500),
            "api_key_id": None,
            "object_type": action.partition(".")[0],
            "object_id": str(chosen.randrange(50_000)),
            "request_id": f"request-{number}",
            "details": {"author_id": 7},
            "mac": bytes(32),
            "position": number + 1,
            "chain_mac": bytes(32),
        }


def entry_id(number: int) -> UUID:
    """Return the id of an entry: one each minute, from 2023 on."""
    return UUID(int=(FIRST_MS + number * STEP_MS) << 80 | 0x7 << 76 | 0b10 << 62 | number)


if __name__ == "__main__":
    raise SystemExit(main())
