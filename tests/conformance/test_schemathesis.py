"""The contract run: Schemathesis against a running service, all operations and links."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.schemathesis_run import links_of, run, target
from tests.conftest import NewDatabase

# Enough for every boundary of every schema (the coverage phase makes those whatever this says), and few random
# values beyond; `make contract` takes ten times as many.
EXAMPLES = 10
CASES_AT_LEAST = 40  # for each operation, on average
# The same steps on every machine, with this seed: they lead along a third of the links. `make contract` goes farther.
STEPS_PER_LINK = 6
WALKED_AT_LEAST = 1 / 4


def test_no_check_fails_on_any_operation(empty_database_url: str, tmp_path: Path) -> None:
    check(empty_database_url, tmp_path, "direct", examples=EXAMPLES, cases=CASES_AT_LEAST)


def test_nor_through_nginx(new_database: NewDatabase, tmp_path: Path) -> None:
    # What nginx changes or answers by itself does not depend on random values.
    check(new_database("sqlite"), tmp_path, "nginx", examples=1, cases=CASES_AT_LEAST / 2)


def check(database_url: str, folder: Path, through: str, *, examples: int, cases: float) -> None:
    with target(database_url, folder, through=through) as tested:
        steps = STEPS_PER_LINK * len(links_of(tested.document))
        verdict = run(tested, folder, seed=1, examples=examples, steps=steps)
        errors = [line for line in tested.server.output().splitlines() if '"level":"error"' in line]
    assert verdict.complaints == [], verdict.explain()
    assert verdict.tested == tested.operations
    assert verdict.cases >= cases * tested.operations
    assert len(verdict.walked) >= WALKED_AT_LEAST * len(verdict.links)
    assert errors == []
