"""The long contract run, `make contract`: several seeds, both databases, direct and through nginx, in one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from tests.conformance.schemathesis_run import Verdict, run, target
from tests.postgresql import PostgresqlServer

SEEDS = (1, 2, 3)
DATABASES = ("sqlite", "postgresql")
WAYS = ("direct", "nginx")
EXAMPLES = 100
STEPS = 3_000
COLUMNS = "{:>5} {:<11} {:<8} {:>7} {:>9} {:>11} {:>13} {:>8}  {}"
HEADINGS = (
    "seed",
    "database",
    "through",
    "cases",
    "failures",
    "operations",
    "links walked",
    "seconds",
    "verdict",
)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/contract.sqlite3"
        return
    server = PostgresqlServer()
    try:
        yield server.create_database("contract")
    finally:
        server.stop()


def one(kind: str, through: str, folder: Path, *, seed: int, examples: int, steps: int) -> Verdict:
    """Return the verdict of one run; what it printed is kept in `folder`."""
    folder.mkdir(parents=True)
    with database(kind, folder) as url, target(url, folder, through=through) as tested:
        return run(tested, folder, seed=seed, examples=examples, steps=steps)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, then everything that is not clean; return 1 if there is anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="for each operation and phase")
    parser.add_argument("--steps", type=int, default=STEPS, help="along the document's links")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--databases", nargs="+", default=DATABASES, choices=DATABASES)
    parser.add_argument("--through", nargs="+", default=WAYS, choices=WAYS)
    chosen = parser.parse_args(arguments)
    explanations = []
    print(COLUMNS.format(*HEADINGS), flush=True)
    with tempfile.TemporaryDirectory(prefix="contract-") as folder:
        for kind, through, seed in product(chosen.databases, chosen.through, chosen.seeds):
            place = Path(folder) / f"{kind}-{through}-{seed}"
            found = one(kind, through, place, seed=seed, examples=chosen.examples, steps=chosen.steps)
            print(row(kind, through, seed, found), flush=True)
            explanations += [found.explain()] if found.complaints else []
    print(*explanations, sep="\n\n")
    return 1 if explanations else 0


def row(kind: str, through: str, seed: int, found: Verdict) -> str:
    """Return the line of the table for one run."""
    verdict = "clean" if not found.complaints else f"{len(found.complaints)} complaints, below"
    return COLUMNS.format(
        seed,
        kind,
        through,
        found.cases,
        found.failures,
        f"{found.tested} of {found.operations}",
        f"{len(found.walked)} of {len(found.links)}",
        round(found.seconds),
        verdict,
    )


if __name__ == "__main__":
    sys.exit(main())
