"""The long contract run, `make contract`: several seeds on both databases, in one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.schemathesis_run import Verdict, run, target
from tests.postgresql import PostgresqlServer

SEEDS = (1, 2, 3)
EXAMPLES = 100
COLUMNS = "{:>5} {:<11} {:<8} {:>7} {:>9} {:>11} {:>13} {:>8}  {}"
HEADINGS = ("seed", "database", "through", "cases", "failures", "operations", "links", "seconds", "verdict")


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


def one(kind: str, seed: int, examples: int, folder: Path) -> Verdict:
    """Return the verdict of one run; what it printed is kept in `folder`."""
    folder.mkdir(parents=True)
    with database(kind, folder) as url, target(url, folder) as tested:
        return run(tested, folder, seed=seed, examples=examples)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, then everything that is not clean; return 1 if there is anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--databases", nargs="+", default=("sqlite", "postgresql"))
    chosen = parser.parse_args(arguments)
    explanations = []
    print(COLUMNS.format(*HEADINGS), flush=True)
    with tempfile.TemporaryDirectory(prefix="contract-") as folder:
        for kind in chosen.databases:
            for seed in chosen.seeds:
                found = one(kind, seed, chosen.examples, Path(folder) / f"{kind}-{seed}")
                print(_row(kind, seed, found), flush=True)
                explanations += [found.explain()] if found.complaints else []
    print(*explanations, sep="\n\n")
    return 1 if explanations else 0


def _row(kind: str, seed: int, found: Verdict) -> str:
    operations = f"{found.tested} of {found.operations}"
    verdict = "clean" if not found.complaints else f"{len(found.complaints)} complaints, below"
    return COLUMNS.format(
        seed,
        kind,
        "direct",
        found.cases,
        found.failures,
        operations,
        found.links,
        round(found.seconds),
        verdict,
    )


if __name__ == "__main__":
    sys.exit(main())
