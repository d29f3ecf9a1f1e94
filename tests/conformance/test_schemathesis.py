"""The contract run: Schemathesis against a running service, all operations and links."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.schemathesis_run import links_of, run, target
from tests.conftest import NewDatabase

# Enough for every boundary of every schema (the coverage phase makes those whatever this says), and few random
# values beyond; `make contract` takes ten times as many.
EXAMPLES = 10
CASES_AT_LEAST = 40  # for each operation, on average
# The same steps on every machine, with this seed: they lead along a third of the links. `make contract` goes farther.
STEPS_PER_LINK = 8
WALKED_AT_LEAST = 1 / 4


# Each database once, and each way to the service once: nginx does not know the database behind it.
@pytest.mark.parametrize(("kind", "through"), [("sqlite", "direct"), ("postgresql", "nginx")])
def test_no_check_fails_on_any_operation(
    new_database: NewDatabase, tmp_path: Path, kind: str, through: str
) -> None:
    with target(new_database(kind), tmp_path, through=through) as tested:
        steps = STEPS_PER_LINK * len(links_of(tested.document))
        verdict = run(tested, tmp_path, seed=1, examples=EXAMPLES, steps=steps)
        errors = [line for line in tested.server.output().splitlines() if '"level":"error"' in line]
    assert verdict.complaints == [], verdict.explain()
    assert verdict.tested == tested.operations
    assert verdict.cases >= CASES_AT_LEAST * tested.operations
    assert len(verdict.walked) >= WALKED_AT_LEAST * len(verdict.links)
    assert errors == []
