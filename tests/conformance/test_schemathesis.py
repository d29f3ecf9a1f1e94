"""Does the running service keep its document, whatever a client sends?"""

from __future__ import annotations

from pathlib import Path

from tests.conformance.schemathesis_run import run, target

# Enough for every boundary of every schema (the coverage phase makes those whatever this says), and few random
# values beyond; `make contract` takes ten times as many.
EXAMPLES = 10
CASES_AT_LEAST = 40  # for each operation, on average


def test_no_check_fails_on_any_operation(empty_database_url: str, tmp_path: Path) -> None:
    with target(empty_database_url, tmp_path) as tested:
        verdict = run(tested, tmp_path, seed=1, examples=EXAMPLES)
        errors = [line for line in tested.server.output().splitlines() if '"level":"error"' in line]
    assert verdict.complaints == [], verdict.explain()
    assert verdict.exit_code == 0
    assert verdict.tested == tested.operations
    assert verdict.cases >= CASES_AT_LEAST * tested.operations
    assert errors == []
